"""Dataverse in the sandbox: $apply."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.component.sandbox.conftest import SalesClient

ROWS = (("a", "Oslo", 10), ("b", "oslo", 20.5), ("c", "Lund/X", None), ("d", None, 4))
MINE = "filter(startswith(name,'Sum'))"


async def asked(sales: SalesClient, apply: str) -> list[dict[str, Any]]:
    for number, city, limit in ROWS:
        body = {"name": f"Sum {number}", "address1_city": city, "creditlimit": limit}
        await sales.create("accounts", body)
    reply = await sales.get(f"accounts?$apply={quote(apply, safe='')}")
    assert reply.status == 200, reply.body
    found: list[dict[str, Any]] = reply.json()["value"]
    return found


async def test_figures_of_all_rows_that_pass(sales: SalesClient) -> None:
    wanted = ",".join(
        [
            "creditlimit with sum as total",
            "creditlimit with average as mean",
            "creditlimit with min as least",
            "creditlimit with max as most",
            "address1_city with countdistinct as cities",
            "$count as rows",
        ]
    )

    assert await asked(sales, f"{MINE}/aggregate({wanted})") == [
        {"total": 34.5, "mean": 11.5, "least": 4, "most": 20.5, "cities": 2, "rows": 4}
    ]


async def test_figures_of_groups_whose_text_has_no_case(sales: SalesClient) -> None:
    found = await asked(
        sales, f"{MINE}/groupby((address1_city,statecode),aggregate(creditlimit with sum as total,$count as rows))"
    )

    assert sorted(found, key=lambda row: str(row["address1_city"]).casefold()) == [
        {"address1_city": "Lund/X", "statecode": 0, "total": None, "rows": 1},
        {"address1_city": None, "statecode": 0, "total": 4, "rows": 1},
        {"address1_city": "Oslo", "statecode": 0, "total": 30.5, "rows": 2},
    ]


async def test_groups_alone_are_the_distinct_values(sales: SalesClient) -> None:
    found = await asked(sales, "filter(startswith(name,'Sum') and address1_city ne 'Lund/X')/groupby((address1_city))")

    assert {row["address1_city"] for row in found} == {"Oslo", None}


async def test_figures_of_no_rows(sales: SalesClient) -> None:
    found = await asked(sales, "filter(name eq '/()')/aggregate(creditlimit with sum as total,$count as rows)")

    assert found == [{"total": None, "rows": 0}]


@pytest.mark.parametrize(
    "query",
    [
        "$apply=aggregate(name with sum as x)",
        "$apply=aggregate(nosuch with sum as x)",
        "$apply=aggregate(creditlimit with median as x)",
        "$apply=aggregate(creditlimit)",
        "$apply=groupby(name)",
        "$apply=groupby((nosuch))",
        "$apply=groupby((name),filter(name eq 'x'))",
        "$apply=groupby((name))/aggregate($count as n)",
        "$apply=filter(name eq 'x')",
        "$apply=concat(aggregate($count as n))",
        "$apply=",
        "$apply=aggregate($count as n)&$filter=name eq 'x'",
        "$apply=aggregate($count as n)&$top=1",
    ],
)
async def test_what_cannot_be_applied_is_refused(sales: SalesClient, query: str) -> None:
    reply = await sales.get(f"accounts?{query}")

    assert (reply.status, reply.code) == (400, "0x80060888")
