"""The main job by every way into Financials that there may be: with and without the companion extension, online and
on-premises. What the surfaces give must agree on both sides; what they do not give is named before anything moves.
"""

from pathlib import Path

import pytest

from libs.dynamics.financials_tables import CUSTOMER
from services.demo.client import DemoFailed
from services.demo.command import parser, run
from services.demo.figures import Outcome

ALL = ("companion", "api_v2", "page_services")
WITHOUT_COMPANION = ("api_v2", "page_services")


async def told(data: Path, *, surfaces: tuple[str, ...], on_premises: bool = False, records: int = 120) -> Outcome:
    """The whole story of the demo: connect, full run, modified run, second run, each compared with both tenants."""
    arguments = ["--records", str(records), "--seed", "11", "--surfaces", ",".join(surfaces)]
    return await run(parser().parse_args([*arguments, *(["--on-premises"] if on_premises else [])]), data)


@pytest.mark.parametrize(
    ("surfaces", "on_premises"),
    [
        pytest.param(WITHOUT_COMPANION, False, id="online, without the companion"),
        pytest.param(WITHOUT_COMPANION, True, id="on-premises, without the companion"),
        pytest.param(ALL, True, id="on-premises, with the companion"),
    ],
)
async def test_every_figure_agrees_whatever_the_surfaces(
    tmp_path: Path, surfaces: tuple[str, ...], on_premises: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = await told(tmp_path, surfaces=surfaces, on_premises=on_premises)

    assert outcome.problems == []
    inserted = {row.name: row.inserted for row in outcome.first.figures if row.direction == "to_sales"}
    assert all(inserted[name] for name in ("CUSTOMER", "CONTACT", "ITEM-PRODUCT", "RESOURCE-PRODUCT"))
    assert inserted["SALESPRC-PRODPRICE"]
    created = {row.name: row.inserted for row in outcome.first.figures if row.direction == "from_sales"}
    assert created["SALESPEOPLE"]
    modified, second = outcome.modified.totals(), outcome.second.totals()
    assert modified["inserted"] == 0 < modified["modified"] == 8
    assert second["inserted"] == second["modified"] == 0 < second["unchanged"]
    said = capsys.readouterr().out
    assert ("Missing without the companion" in said) == ("companion" not in surfaces)


async def test_what_is_missing_is_told_by_table_and_by_feed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await told(tmp_path, surfaces=WITHOUT_COMPANION, records=40)

    said = " ".join(capsys.readouterr().out.split())
    # API v2.0 has the table; a field is missing there when it shows neither it nor the id of the record it names.
    fields = [field.name for field in CUSTOMER if not (field.api_v2 or field.api_v2_id or field.lookup)]
    assert len(fields) > 4
    assert f"Customer: {', '.join(fields)}" in said
    assert "deletions of Salesperson/Purchaser, Currency" in said
    assert "modification time of Shipping Agent, Resource, Customer Price Group, Sales Price" in said


async def test_every_figure_agrees_where_companies_are_told_apart_by_tandems_own_columns(tmp_path: Path) -> None:
    outcome = await run(parser().parse_args(["--records", "120", "--company-columns", "tandem"]), tmp_path)

    assert outcome.problems == []
    assert outcome.second.totals()["inserted"] == outcome.second.totals()["modified"] == 0


@pytest.mark.parametrize(
    ("surfaces", "on_premises", "words"),
    [
        (("api_v2",), False, ("TANDEM_FINANCIALS_SERVICES", "Sales Price", "page 7002", "SalesPrices", "companion")),
        (("page_services",), False, ("TANDEM_FINANCIALS_URL", "API v2.0")),
        (("page_services",), True, ("TANDEM_FINANCIALS_URL", "ApiServicesEnabled")),
    ],
)
async def test_surfaces_that_are_too_few_are_told_before_anything_moves(
    tmp_path: Path, surfaces: tuple[str, ...], on_premises: bool, words: tuple[str, ...]
) -> None:
    with pytest.raises(DemoFailed) as refused:
        await told(tmp_path, surfaces=surfaces, on_premises=on_premises, records=40)

    for word in words:
        assert word in str(refused.value)
