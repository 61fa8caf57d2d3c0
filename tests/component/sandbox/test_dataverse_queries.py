"""Dataverse in the sandbox: query options, expansions, counts and pages."""

import uuid
from urllib.parse import quote

import pytest

from tests.component.sandbox.conftest import SalesClient

NAMES = ["alpha", "Beta", "ALPHABET", "gamma's", "Ωmega"]


@pytest.fixture
async def uoms(sales: SalesClient) -> str:
    """A unit group with units of known names; gives the group's id."""
    group = await sales.create("uomschedules", {"name": "Tests", "baseuomname": NAMES[0]})
    for place, name in enumerate(NAMES[1:], start=2):
        await sales.create(
            "uoms", {"name": name, "uomscheduleid@odata.bind": f"/uomschedules({group})", "quantity": place}
        )
    return group


async def _names(sales: SalesClient, group: str, condition: str, more: str = "") -> list[str]:
    text = f"_uomscheduleid_value eq {group} and ({condition})"
    reply = await sales.get(f"uoms?$select=name&$filter={quote(text)}{more}")
    assert reply.status == 200, reply.body
    return [row["name"] for row in reply.json()["value"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name eq 'ALPHA'", {"alpha"}),
        ("name ne 'alpha'", {"Beta", "ALPHABET", "gamma's", "Ωmega"}),
        ("name eq 'gamma''s'", {"gamma's"}),
        ("contains(name,'pha')", {"alpha", "ALPHABET"}),
        ("startswith(name,'alph')", {"alpha", "ALPHABET"}),
        ("endswith(name,'BET')", {"ALPHABET"}),
        ("not contains(name,'a')", set()),
        ("quantity gt 3 and quantity le 5", {"gamma's", "Ωmega"}),
        ("quantity lt 2 or quantity eq 5", {"alpha", "Ωmega"}),
        ("isschedulebaseuom eq true", {"alpha"}),
        ("_baseuom_value eq null", {"alpha"}),
        ("baseuom/name eq 'alpha'", {"Beta", "ALPHABET", "gamma's", "Ωmega"}),
        ("name in ('BETA','ωMEGA')", {"Beta", "Ωmega"}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['alpha','beta'])", {"alpha", "Beta"}),
        ("Microsoft.Dynamics.CRM.In(PropertyName='quantity',PropertyValues=['2','3'])", {"Beta", "ALPHABET"}),
        ("modifiedon gt 2020-01-01T00:00:00Z", set(NAMES)),
        ("modifiedon lt 2020-01-01T00:00:00Z", set()),
    ],
)
async def test_filters_choose_rows_without_regard_to_case(
    sales: SalesClient, uoms: str, condition: str, expected: set[str]
) -> None:
    assert set(await _names(sales, uoms, condition)) == expected


@pytest.mark.parametrize(
    "query",
    [
        "$filter=nonsense eq 1",
        "$filter=name eq",
        "$filter=name eq 5",
        "$filter=concat(name,'x') eq 'y'",
        "$filter=name add 1 eq 2",
        "$select=nonsense",
        "$orderby=nonsense",
        "$orderby=name sideways",
        "$expand=nonsense",
        "$top=many",
        "$top=5001",
        "$skip=1",
        "$search=x",
        "$format=json",
        "$skiptoken=rubbish",
    ],
)
async def test_what_is_not_supported_is_refused_in_words(sales: SalesClient, query: str) -> None:
    reply = await sales.get(f"uoms?{query}")

    assert (reply.status, reply.code) == (400, "0x80060888")


async def test_rows_come_in_the_order_asked_for(sales: SalesClient, uoms: str) -> None:
    assert await _names(sales, uoms, "quantity ge 1", "&$orderby=name desc") == [
        "Ωmega",
        "gamma's",
        "Beta",
        "ALPHABET",
        "alpha",
    ]
    assert (await _names(sales, uoms, "quantity ge 1", "&$orderby=quantity desc&$top=2")) == ["Ωmega", "gamma's"]


async def test_parameter_aliases_stand_for_values(sales: SalesClient, uoms: str) -> None:
    reply = await sales.get(f"uoms?$filter=_uomscheduleid_value eq @g and name eq @n&@g={uoms}&@n='beta'")

    assert [row["name"] for row in reply.json()["value"]] == ["Beta"]


async def test_expansions_show_the_rows_on_both_ends_of_a_lookup(sales: SalesClient, uoms: str) -> None:
    unit = (
        await sales.get("uoms?$filter=name eq 'Beta'&$expand=baseuom($select=name),uomscheduleid($select=name)")
    ).json()
    group = (
        await sales.get(
            f"uomschedules({uoms})?$select=name&$expand="
            "unit_of_measure_schedule_conversions($select=name;$filter=quantity gt 2;$orderby=quantity desc;$top=2)"
        )
    ).json()

    row = unit["value"][0]
    assert row["baseuom"]["name"] == "alpha"
    assert row["uomscheduleid"]["name"] == "Tests"
    assert [unit["name"] for unit in group["unit_of_measure_schedule_conversions"]] == ["Ωmega", "gamma's"]


async def test_counts_come_with_the_page_and_by_themselves(sales: SalesClient, uoms: str) -> None:
    page = (await sales.get(f"uoms?$count=true&$top=2&$filter=_uomscheduleid_value eq {uoms}")).json()
    count = await sales.get(f"uoms/$count?$filter=_uomscheduleid_value eq {uoms}")

    assert (page["@odata.count"], len(page["value"])) == (5, 2)
    assert count.body == b"5"


async def test_counts_are_capped_at_5000_and_say_so_on_request(sales: SalesClient) -> None:
    rows = [{"name": f"Team {number}"} for number in range(5001)]
    sales.running.tenants.sales.world.load("team", rows, moment="2024-01-01T00:00:00Z")

    reply = await sales.get("teams?$count=true&$top=1&$select=name", Prefer='odata.include-annotations="*"')

    assert reply.json()["@odata.count"] == 5000
    assert reply.json()["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is True
    assert (await sales.get("teams/$count")).body == b"5000"
    assert len((await sales.get("teams?$select=name")).json()["value"]) == 5000


@pytest.mark.parametrize("order", ["", "&$orderby=quantity desc", "&$orderby=name", "&$orderby=modifiedon desc,name"])
async def test_following_next_links_gives_every_row_once(sales: SalesClient, order: str) -> None:
    group = await sales.create("uomschedules", {"name": "Many", "baseuomname": "one"})
    sales.running.tenants.sales.world.load(
        "uom",
        [
            {"uomid": str(uuid.uuid4()), "name": f"u{n % 7}", "uomscheduleid": group, "quantity": n % 3}
            for n in range(22)
        ],
        moment="2024-01-01T00:00:00Z",
    )
    prefer = "odata.maxpagesize=5"
    reply = await sales.get(f"uoms?$select=uomid&$filter=_uomscheduleid_value eq {group}{order}", Prefer=prefer)
    seen = []
    sizes = []

    while True:
        assert reply.headers["Preference-Applied"] == prefer
        rows = reply.json()["value"]
        seen += [row["uomid"] for row in rows]
        sizes.append(len(rows))
        link = reply.json().get("@odata.nextLink")
        if link is None:
            break
        assert "$skiptoken=" in link and "pagingcookie" in link
        reply = await sales.get(link, Prefer=prefer)

    assert sizes == [5, 5, 5, 5, 3]
    assert len(set(seen)) == 23


async def test_top_is_passed_over_when_a_page_size_is_asked_for(sales: SalesClient) -> None:
    everything = (await sales.get("systemusers?$select=fullname")).json()["value"]

    page = await sales.get("systemusers?$select=fullname&$top=1", Prefer="odata.maxpagesize=5000")

    assert len(page.json()["value"]) == len(everything) > 1


async def test_addresses_that_are_too_long_are_refused(sales: SalesClient) -> None:
    reply = await sales.get(f"accounts?$filter=name eq '{'x' * 33000}'")

    assert reply.status in (400, 414)


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ("Between(PropertyName='creditlimit',PropertyValues=['10','20'])", ["b", "c"]),
        ('Between(PropertyName="name",PropertyValues=["B","c"])', ["b", "c"]),
        ("NotBetween(PropertyName='creditlimit',PropertyValues=[10,20])", ["a"]),
        ("NotIn(PropertyName='accountnumber',PropertyValues=['a','B'])", ["c"]),
        ("On(PropertyName='createdon',PropertyValue='2001-01-01')", []),
        ("OnOrAfter(PropertyName='createdon',PropertyValue='2001-01-01')", ["a", "b", "c"]),
        ("OnOrBefore(PropertyName='createdon',PropertyValue=2001-01-01)", []),
        ("LastXDays(PropertyName='createdon',PropertyValue=2)", ["a", "b", "c"]),
        ("Tomorrow(PropertyName='createdon')", []),
    ],
)
async def test_query_functions_of_dataverse_filter(sales: SalesClient, function: str, found: list[str]) -> None:
    for number, limit in (("a", 5), ("b", 10), ("c", 20)):
        await sales.create("accounts", {"name": number.upper(), "accountnumber": number, "creditlimit": limit})

    reply = await sales.get(
        "accounts?$select=accountnumber&$orderby=accountnumber"
        f"&$filter=accountnumber in ('a','b','c') and Microsoft.Dynamics.CRM.{function}"
    )

    assert reply.status == 200, reply.body
    assert [row["accountnumber"] for row in reply.json()["value"]] == found


@pytest.mark.parametrize(
    "condition",
    [
        "Microsoft.Dynamics.CRM.Between(PropertyName='creditlimit',PropertyValues=['10'])",
        "Microsoft.Dynamics.CRM.Between(PropertyName='creditlimit',PropertyValues=['x','y'])",
        "Microsoft.Dynamics.CRM.On(PropertyName='name',PropertyValue='2001-01-01')",
        "Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon')",
        "Microsoft.Dynamics.CRM.Nothing(PropertyName='name',PropertyValue='x')",
        "creditlimit gt name",
        "creditonhold eq name",
    ],
)
async def test_conditions_that_do_not_fit_their_columns_are_refused(sales: SalesClient, condition: str) -> None:
    reply = await sales.get(f"accounts?$select=name&$filter={condition}")

    assert (reply.status, reply.code) == (400, "0x80060888")


async def test_the_version_of_the_metadata_is_told_on_request_and_moves_on_publishing(sales: SalesClient) -> None:
    async def version() -> int:
        reply = await sales.get("accounts?$top=1", Prefer='odata.include-annotations="*"')
        return int(reply.json()["@Microsoft.Dynamics.CRM.globalmetadataversion"])

    before = await version()
    assert (await sales.post("PublishAllXml", {})).status == 204

    assert await version() > before


@pytest.mark.parametrize(
    "token",
    [
        "abc",
        "1!99/99/2026 00:00:00",
        '<cookie pagenumber="2" pagingcookie="%253ccookie%2520page%253d%25221%2522%253e%253ca%2520last%253d%2522z%2522'
        '%2520%252f%253e%253c%252fcookie%253e" istracking="False" />',
    ],
)
async def test_tokens_that_were_never_given_out_are_refused(sales: SalesClient, token: str) -> None:
    for name in ("$skiptoken", "$deltatoken"):
        reply = await sales.get(f"accounts?$select=name&{name}={quote(token)}")
        assert (reply.status, reply.code) == (400, "0x80060888"), name


@pytest.mark.parametrize("queries", [None, 1, [{}], [{"EntityName": "account", "Criteria": 5}]])
async def test_a_bulk_deletion_without_a_query_is_refused(sales: SalesClient, queries: object) -> None:
    reply = await sales.post("BulkDelete", {"JobName": "x", "QuerySet": queries})

    assert (reply.status, reply.code) == (400, "0x80048d19")
