"""Finds where lookups read each table: the companion extension, else published pages, else API v2.0, which shows
least of what prices rest on; and says what no surface of this Financials gives."""

from collections.abc import Sequence

from libs.contracts.lookups import LookUpFacts, MissingFact
from libs.dynamics.batch import Operation
from libs.dynamics.financials_tables import (
    CUSTOMER,
    FINANCIALS_TABLES,
    ITEM,
    ITEM_FLOW_FIELDS,
    ITEM_LIST_PAGE,
    ITEM_LIST_SERVICE,
    ITEM_UNIT_OF_MEASURE,
    ITEM_VARIANT,
    PRICE_LIST_LINE,
    PURCHASE_LINE,
    SALES_LINE,
    SALES_LINE_DISCOUNT,
    SALES_PRICE,
    VAT_POSTING_SETUP,
)
from libs.runtime.errors import TandemError
from services.financials_connector.addresses import query, segment
from services.financials_connector.lookup_readings import PRICED_AS, Ways, fields_of
from services.financials_connector.remote import Remote, refusal_of
from services.financials_connector.surfaces import Surface, plan_on
from services.financials_connector.tenant import Tenant, TenantSettings, company_path

ITEM_LIST = "Item List"
"""Stands for page 31, which is no table of its own, where services are named."""

INSTALL = "or install the companion extension."


class LookupWays:
    """Finds the ways once per tenant that was found."""

    def __init__(self, remote: Remote, settings: TenantSettings) -> None:
        self._remote = remote
        self._settings = settings
        self._last: tuple[Tenant, Ways] | None = None

    async def of(self, tenant: Tenant) -> Ways:
        """Costs a call only where the companion is not there."""
        if self._last is None or self._last[0] is not tenant:
            self._last = tenant, await self._find(tenant)
        return self._last[1]

    async def _find(self, tenant: Tenant) -> Ways:
        item = tenant.plans.get(ITEM.name)
        if item is not None and item.surface is Surface.COMPANION:
            return Ways(tenant.plans, queries=True, pricing_setup=True)
        better = [
            plan
            for name in PRICED_AS
            if (known := tenant.plans.get(name)) is not None
            and known.surface is Surface.API_V2
            and (plan := plan_on(Surface.PAGE_SERVICES, FINANCIALS_TABLES[name], self._settings.services))
        ]
        base = company_path(Surface.PAGE_SERVICES, tenant.company)
        operations = [
            _first_row(base, plan.service, [plan.properties[name] for name in fields_of(plan)]) for plan in better
        ]
        stock_list = self._settings.services.get(ITEM_LIST, ITEM_LIST_SERVICE)
        operations.append(_first_row(base, stock_list, ["No", *ITEM_FLOW_FIELDS]))
        try:
            parts = await self._remote.once(tenant.addresses.odata, operations)
        except TandemError as error:
            if error.transient:
                raise
            return Ways(tenant.plans)  # no page is published at all
        for part in parts:
            if not part.ok and (refusal := refusal_of(part)).transient:
                raise refusal.error()
        plans = {
            **tenant.plans,
            **{plan.table.name: plan for plan, part in zip(better, parts, strict=False) if part.ok},
        }
        return Ways(plans, stock_list=stock_list if parts[-1].ok else "")


def _first_row(base: str, service: str, properties: Sequence[str]) -> Operation:
    return Operation("GET", f"{base}/{segment(service)}{query([('$top', '1'), ('$select', ','.join(properties))])}")


def decided_by_price_lists(ways: Ways) -> bool | None:
    """Which tables decide prices, as far as it shows: the older ones cannot be read once price lists are switched on.
    Null where the companion tells."""
    return None if ways.pricing_setup else SALES_PRICE.name not in ways.plans


def missing_facts(message: LookUpFacts, ways: Ways, price_lists: bool) -> list[MissingFact]:
    """What the question asks for and no surface of this Financials gives."""
    missing: list[MissingFact] = []

    def lacks(fact: str, needed: bool, there: bool, words: str) -> None:
        if needed and not there:
            missing.append(MissingFact.model_validate({"fact": fact, "message": f"{words}, {INSTALL}"}))

    prices = bool(message.prices or message.customer_prices or message.company)
    if price_lists:
        there, page = PRICE_LIST_LINE.name in ways.plans, "page 7024 (PricesOverview)"
        discounts = there
    else:
        there, page = SALES_PRICE.name in ways.plans, "pages 7002 (SalesPrices) and 7004 (SalesLineDiscounts)"
        discounts = SALES_LINE_DISCOUNT.name in ways.plans
    grouped = ways.gives(CUSTOMER, "Customer Price Group")
    lacks("price_lines", prices, there, f"Price lines are not published: publish {page}")
    lacks("price_lines", bool(message.customers), grouped, "Customers' price groups: publish page 21 (CustomerCard)")
    lacks("discounts", prices, discounts, f"Line discounts are not published: publish {page}")
    grouped = ways.gives(ITEM, "Item Disc. Group")
    lacks("discounts", bool(message.products), grouped, "Items' discount groups: publish page 30 (ItemCard)")
    units = ITEM_UNIT_OF_MEASURE.name in ways.plans
    lacks("units", bool(message.products), units, "Units of items: publish page 5404 (ItemUnitsOfMeasure)")
    variants = ITEM_VARIANT.name in ways.plans
    lacks("variants", bool(message.products), variants, "Variants of items: publish page 5401 (ItemVariants)")
    vat = VAT_POSTING_SETUP.name in ways.plans
    lacks("vat", message.company, vat, "VAT percentages: publish page 472 (VATPostingSetup)")
    counted = ways.queries or bool(ways.stock_list)
    listed = f"publish page {ITEM_LIST_PAGE} (ItemList)"
    lacks("locations", bool(message.stock), counted, f"Stock by location: {listed}")
    open_lines = counted or SALES_LINE.name in ways.plans
    lacks("stock", bool(message.stock), open_lines, f"Quantities reserved on sales orders: {listed}")
    dated = ways.queries or PURCHASE_LINE.name in ways.plans
    lacks("supply_dates", bool(message.stock), dated, "When purchases arrive: publish page 518 (PurchaseLines)")
    return missing
