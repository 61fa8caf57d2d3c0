"""A whole generated company, hostile records included, is read exactly as Financials holds it."""

from datetime import UTC, datetime

import pytest

from libs.contracts.pages import TableRead
from libs.contracts.vocabulary import RunKind, System
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.odata import decimal_text
from services.financials_connector.derived import Codes
from services.financials_connector.discovery import Tenants
from services.financials_connector.reading import PageReading
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import TenantSettings
from services.sandbox.financials.shapes import API_V2, COMPANION
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.generator import generate
from tests.component.financials_connector.in_process import TODAY, InProcessFinancials


@pytest.mark.parametrize("surface", [COMPANION, API_V2])
async def test_every_table_is_read_field_by_field_as_it_is_held(surface: str) -> None:
    generated = generate(400, 7)
    world = FinancialsWorld.of(generated, lambda: datetime(TODAY.year, TODAY.month, TODAY.day, 8, tzinfo=UTC))
    session = InProcessFinancials(world)
    if surface == API_V2:
        session.off.add(COMPANION)
    remote = Remote(session, session.addresses)
    tenant = await Tenants(remote, TenantSettings(session.addresses, generated.company_name)).current()
    reading = PageReading(remote, Codes(remote))
    closed = world.company.closed_pages if surface == API_V2 else frozenset()
    assert set(tenant.plans) == set(FINANCIALS_TABLES) - closed
    for plan in tenant.plans.values():
        table = plan.table
        fields = [field.name for field in table if plan.gives(field.name)]
        wanted = TableRead(system=System.FINANCIALS, table=table.name, fields=fields)
        records, cursor, first = [], "", True
        while first or cursor:
            page = await reading.page(tenant, wanted, run=RunKind.FULL, cursor=cursor, page_size=97, today=TODAY)
            records += page.records
            cursor, first = page.next_cursor, False
        held = world.dump(table.name)
        decimals = {field.name for field in table if field.type == "decimal"}
        assert [record["values"] for record in records] == [
            {name: decimal_text(row[name]) if name in decimals else row[name] for name in fields} for row in held
        ]
        if plan.has_ids:
            assert [record["id"] for record in records] == [row["SystemId"] for row in held]
        assert len({record["id"] for record in records}) == len(held) > 0
