"""Dataverse in the sandbox: change tracking with delta links and deleted rows."""

from typing import Any

import pytest

from tests.component.sandbox.conftest import SalesClient

TRACK = "odata.track-changes"


async def _load(sales: SalesClient, place: str, prefer: str = TRACK) -> tuple[list[dict[str, Any]], str]:
    """All rows, and the delta link of the last page."""
    rows: list[dict[str, Any]] = []
    while True:
        reply = await sales.get(place, Prefer=prefer)
        assert reply.status == 200, reply.body
        document = reply.json()
        rows += document["value"]
        if "@odata.deltaLink" in document:
            assert "@odata.nextLink" not in document
            return rows, document["@odata.deltaLink"]
        place = document["@odata.nextLink"]


async def _changes(sales: SalesClient, link: str) -> dict[str, Any]:
    reply = await sales.get(link)
    assert reply.status == 200, reply.body
    document: dict[str, Any] = reply.json()
    return document


async def test_the_first_load_gives_all_rows_and_the_delta_link_on_its_last_page_only(sales: SalesClient) -> None:
    reply = await sales.get("accounts?$select=name", Prefer=f"{TRACK},odata.maxpagesize=5")
    rows, _ = await _load(sales, "accounts?$select=name", f"{TRACK},odata.maxpagesize=5")

    assert reply.headers["Preference-Applied"].startswith(TRACK)
    assert "@odata.deltaLink" not in reply.json()
    assert len(rows) == sales.running.tenants.sales.count("account") > 5


async def test_a_delta_gives_what_changed_once_with_deleted_rows_at_the_end(sales: SalesClient) -> None:
    kept = await sales.create("accounts", {"name": "Kept"})
    dropped = await sales.create("accounts", {"name": "Dropped"})
    _, link = await _load(sales, "accounts?$select=name")

    await sales.delete(f"accounts({dropped})")
    await sales.patch(f"accounts({kept})", {"name": "Kept 2"})
    new = await sales.create("accounts", {"name": "New"})
    brief = await sales.create("accounts", {"name": "Brief"})
    await sales.delete(f"accounts({brief})")
    await sales.patch(f"accounts({kept})", {"name": "Kept 3"})
    document = await _changes(sales, link)

    assert document["@odata.context"] == f"{sales.root}$metadata#accounts(name)/$delta"
    changed = [(row["accountid"], row["name"]) for row in document["value"] if "reason" not in row]
    assert changed == [(new, "New"), (kept, "Kept 3")]
    deleted = document["value"][2:]
    assert {row["id"] for row in deleted} == {dropped, brief}
    assert all(row["reason"] == "deleted" and row["@odata.context"].endswith("/$deletedEntity") for row in deleted)
    assert (await _changes(sales, document["@odata.deltaLink"]))["value"] == []


async def test_what_changes_during_the_first_load_comes_with_the_first_delta(sales: SalesClient) -> None:
    first = (await sales.get("accounts?$select=name", Prefer=f"{TRACK},odata.maxpagesize=5")).json()
    created = await sales.create("accounts", {"name": "Meanwhile"})
    _, link = await _load(sales, first["@odata.nextLink"], f"{TRACK},odata.maxpagesize=5")

    ids = [row["accountid"] for row in (await _changes(sales, link))["value"]]

    assert created in ids


async def test_deltas_come_in_pages_and_can_be_counted(sales: SalesClient) -> None:
    _, link = await _load(sales, "accounts?$select=name")
    created = {await sales.create("accounts", {"name": f"A{number}"}) for number in range(7)}
    token = link.split("$deltatoken=")[1]

    waiting = await sales.get(f"accounts/$count?$deltatoken={token}")
    rows, _ = await _load(sales, link, "odata.maxpagesize=3")

    assert waiting.body == b"7"
    assert {row["accountid"] for row in rows} == created


@pytest.mark.parametrize("query", ["$filter=name eq 'x'", "$orderby=name", "$expand=primarycontactid", "$top=3"])
async def test_other_query_options_are_refused(sales: SalesClient, query: str) -> None:
    reply = await sales.get(f"accounts?{query}", Prefer=TRACK)

    assert reply.status == 400
    assert "change tracking is on" in reply.message


async def test_a_table_without_change_tracking_refuses_it(sales: SalesClient) -> None:
    assert (await sales.get("organizations", Prefer=TRACK)).status == 400


async def test_a_token_that_is_too_old_is_refused(sales: SalesClient) -> None:
    _, link = await _load(sales, "accounts?$select=name")
    version = link.split("$deltatoken=")[1].split("%21")[0]

    reply = await sales.get(f"accounts?$deltatoken={version}%2101%2F02%2F2020%2008%3A00%3A00")

    assert reply.status == 400
    assert "expired" in reply.message
