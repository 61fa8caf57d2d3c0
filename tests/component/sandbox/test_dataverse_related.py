"""Dataverse in the sandbox: rows behind a collection-valued navigation property, in pages and in filters."""

from typing import Any

import pytest

from tests.component.sandbox.conftest import SalesClient

THREE = "odata.maxpagesize=3"


@pytest.fixture
async def account(sales: SalesClient) -> str:
    """An account with the contacts C0 to C7, in no order."""
    found = await sales.create("accounts", {"name": "Parent"})
    for number in (5, 0, 7, 2, 4, 1, 6, 3):
        await contact(sales, found, f"C{number}")
    return found


async def contact(sales: SalesClient, account: str, lastname: str) -> str:
    bind = {"parentcustomerid_account@odata.bind": f"/accounts({account})"}
    return await sales.create("contacts", {"lastname": lastname, "firstname": "F", **bind})


async def rest(sales: SalesClient, link: str | None) -> list[str]:
    """Last names on the page at that address and on all that follow."""
    names: list[str] = []
    while link:
        page = (await sales.get(link, Prefer=THREE)).json()
        names += lastnames(page["value"])
        link = page.get("@odata.nextLink")
    return names


def lastnames(rows: list[dict[str, Any]]) -> list[str]:
    return [row["lastname"] for row in rows]


@pytest.mark.parametrize("query", ["$select=lastname&$orderby=lastname desc", "$select=lastname,firstname"])
async def test_the_rows_of_a_collection_come_in_pages(sales: SalesClient, account: str, query: str) -> None:
    place = f"accounts({account})/contact_customer_accounts?$filter=lastname ne 'C4'&{query}&$count=true"

    first = await sales.get(place, Prefer=THREE)
    await contact(sales, account, "C9")
    names = lastnames(first.json()["value"]) + await rest(sales, first.json()["@odata.nextLink"])

    assert first.headers["Preference-Applied"] == THREE
    assert first.json()["@odata.count"] == 7
    assert sorted(set(names) - {"C9"}) == ["C0", "C1", "C2", "C3", "C5", "C6", "C7"]
    assert len(names) == len(set(names))
    if "desc" in query:
        assert names == sorted(names, reverse=True)


async def test_an_expanded_collection_has_a_next_link_of_its_own(sales: SalesClient, account: str) -> None:
    nested = "$select=lastname;$filter=lastname ne 'C4';$orderby=lastname;$expand=createdby($select=fullname)"

    shown = await sales.get(
        f"accounts({account})?$select=name&$expand=contact_customer_accounts({nested})", Prefer=THREE
    )
    link = shown.json()["contact_customer_accounts@odata.nextLink"]
    second = (await sales.get(link, Prefer=THREE)).json()

    assert lastnames(shown.json()["contact_customer_accounts"]) == ["C0", "C1", "C2"]
    assert link.startswith(f"{sales.root}accounts({account})/contact_customer_accounts?")
    assert second["value"][0]["createdby"]["fullname"]
    assert "firstname" not in second["value"][0]
    assert await rest(sales, link) == ["C3", "C5", "C6", "C7"]


async def test_an_expanded_collection_that_fits_has_no_next_link(sales: SalesClient, account: str) -> None:
    shown = (await sales.get(f"accounts({account})?$select=name&$expand=contact_customer_accounts($top=2)")).json()

    assert len(shown["contact_customer_accounts"]) == 2
    assert "contact_customer_accounts@odata.nextLink" not in shown


async def test_a_collection_of_a_row_refuses_what_a_set_refuses(sales: SalesClient, account: str) -> None:
    for option in ("$orderby=nosuch", "$orderby=lastname up", "$skip=1", "$filter=nosuch eq 1", "$select=nosuch"):
        reply = await sales.get(f"accounts({account})/contact_customer_accounts?{option}")
        assert (reply.status, reply.code) == (400, "0x80060888"), option


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("contact_customer_accounts/any(c:c/lastname eq 'c7')", True),
        ("contact_customer_accounts/any(c:c/lastname eq 'X')", False),
        ("contact_customer_accounts/any(c:startswith(c/lastname,'C') and c/firstname eq 'G')", False),
        ("contact_customer_accounts/any(c:c/createdby/fullname ne null)", True),
        ("contact_customer_accounts/any()", True),
        ("not account_parent_account/any()", True),
        ("contact_customer_accounts/all(c:startswith(c/lastname,'C'))", True),
        ("contact_customer_accounts/all(c:c/lastname eq 'C7')", False),
        ("contact_customer_accounts/any(c:c/account_primary_contact/any(a:a/name eq 'X'))", False),
    ],
)
async def test_a_filter_may_ask_for_rows_of_a_collection(
    sales: SalesClient, account: str, condition: str, found: bool
) -> None:
    reply = await sales.get(f"accounts?$select=name&$filter=accountid eq {account} and {condition}")

    assert reply.status == 200, reply.body
    assert bool(reply.json()["value"]) == found


@pytest.mark.parametrize(
    "condition",
    [
        "name/any(c:c/lastname eq 'X')",
        "contact_customer_accounts/any(c:lastname eq 'X')",
        "contact_customer_accounts/any(c:c/nosuch eq 'X')",
        "contact_customer_accounts/any(c/lastname eq 'X')",
        "contact_customer_accounts/any('c':c/lastname eq 'X')",
        "contact_customer_accounts/all()",
        "primarycontactid/any(c:c/lastname eq 'X')",
    ],
)
async def test_conditions_on_collections_that_make_no_sense_are_refused(sales: SalesClient, condition: str) -> None:
    reply = await sales.get(f"accounts?$select=name&$filter={condition}")

    assert (reply.status, reply.code) == (400, "0x80060888")
