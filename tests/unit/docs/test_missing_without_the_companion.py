"""docs/connecting.md lists just what the connection will say is missing without the companion extension."""

import re
from pathlib import Path

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.financials_connector.surfaces import (
    AUXILIARY,
    COMPUTED,
    DELETIONS,
    MODIFICATION_TIME,
    RECORD_IDS,
    Surface,
    TablePlan,
    missing_parts,
    plan_on,
)

PAGE = (Path(__file__).parents[3] / "docs" / "connecting.md").read_text(encoding="utf-8")
FEEDS = {DELETIONS, MODIFICATION_TIME, RECORD_IDS}


def without_the_companion() -> dict[str, TablePlan]:
    found: dict[str, TablePlan] = {}
    for surface in (Surface.API_V2, Surface.PAGE_SERVICES):
        for table in FINANCIALS_TABLES.values():
            plan = plan_on(surface, table, {})
            if plan is not None:
                found.setdefault(table.name, plan)
    return found


def test_the_fields_that_are_missing_are_those_of_the_page() -> None:
    missing: dict[str, list[str]] = {}
    for part in missing_parts(without_the_companion()):
        if part.field not in FEEDS:
            missing.setdefault(part.table, []).append(part.field)
    [table] = re.findall(r"\| Missing \| Of \|\n\| --- \| --- \|\n((?:\|.*\n)+)", PAGE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    told = {name: fields.split(", ") for fields, name in rows if name in FINANCIALS_TABLES}
    assert len(missing) == 4
    assert told == missing


def test_the_pages_to_publish_are_the_usual_ones() -> None:
    """Of the tables that API v2.0 does not have; the service's name is the one that is looked for first."""
    wanted = {
        (table.name, str(table.page_number), table.page_service)
        for table in FINANCIALS_TABLES.values()
        if not table.api_v2_set and (table.name not in AUXILIARY or table.name in COMPUTED.values())
    }
    [listed] = re.findall(r"\| Table \| Page \| Service name \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)", PAGE)
    rows = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in listed.splitlines()]
    assert {(re.sub(r" \(.*\)", "", name), page, service) for name, page, service in rows} == wanted
