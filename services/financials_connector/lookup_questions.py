"""From a question behind an order line to what must be read of Financials. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from libs.contracts.lookup_facts import ProductRef
from libs.contracts.lookups import LookUpFacts
from libs.contracts.pages import Value
from libs.dynamics.financials_tables import (
    CURRENCY,
    CURRENCY_EXCHANGE_RATE,
    CUSTOMER,
    FINANCIALS_QUERIES,
    GENERAL_LEDGER_SETUP,
    ITEM,
    ITEM_UNIT_OF_MEASURE,
    ITEM_VARIANT,
    LOCATION,
    PRICE_LIST_LINE,
    PRICING_SETUP_PROPERTIES,
    PRICING_SETUP_SET,
    PURCHASE_LINE,
    RESOURCE,
    RESOURCE_UNIT_OF_MEASURE,
    SALES_LINE,
    SALES_LINE_DISCOUNT,
    SALES_PRICE,
    VAT_POSTING_SETUP,
)
from libs.dynamics.odata import BLANK_DATE
from services.financials_connector.lookup_readings import Conditions, Reading, Rows, Ways, in_chunks, once, reading_of
from services.financials_connector.surfaces import Surface

NOT_A_CUSTOMERS: list[Value] = ["All Customers", "Customer Price Group", "Customer Disc. Group", "Campaign"]
"""Sources of price list lines that are not one customer's own."""

OF_NO_PRODUCT: tuple[Conditions, ...] = (
    {"Asset Type": "Item Discount Group"},
    {"Asset Type": ["Item", "Resource"], "Asset No.": ""},
)
"""Price list lines for groups of products, and for all of a kind."""


@dataclass
class Question:
    """What to read in one round; ``prices`` and ``own`` by product, ``own`` by customer first."""

    customers: list[str] = field(default_factory=list)
    products: list[ProductRef] = field(default_factory=list)
    prices: list[ProductRef] = field(default_factory=list)
    own: dict[str, list[ProductRef]] = field(default_factory=dict)
    stock: list[str] = field(default_factory=list)
    company: bool = False
    ended_before: str = ""

    @classmethod
    def of(cls, message: LookUpFacts) -> "Question":
        return cls(
            customers=once([*message.customers, *message.customer_prices]),
            products=list(message.products),
            prices=list(message.prices),
            own=dict(message.customer_prices),
            stock=once(message.stock),
            company=message.company,
            ended_before=message.ended_before,
        )

    @property
    def asks_prices(self) -> bool:
        return bool(self.prices or self.own or self.company)

    def following(self, bill_to: Mapping[str, str]) -> "Question | None":
        """What is to be read besides because customers are billed to others; null when nothing is."""
        customers = [payer for payer in once(bill_to.values()) if payer and payer not in self.customers]
        own: dict[str, dict[tuple[str, str], ProductRef]] = {}
        for customer, products in self.own.items():
            payer = bill_to.get(customer, "")
            if payer and payer != customer:
                asked = _named(self.own.get(payer, ()))
                if more := {name: product for name, product in _named(products).items() if name not in asked}:
                    own.setdefault(payer, {}).update(more)
        if not customers and not own:
            return None
        return Question(
            customers=customers,
            own={payer: list(products.values()) for payer, products in own.items()},
            ended_before=self.ended_before,
        )


def readings(question: Question, ways: Ways, price_lists: bool | None) -> list[Reading]:
    """Everything to be read for a question. ``price_lists``: which tables decide prices; null: not known yet, so
    that both are read."""
    found = [
        ways.chunked(Rows.CUSTOMERS, CUSTOMER, ("No.", question.customers)),
        *_cards(question, ways),
        *price_readings(question, ways, price_lists),
        *_stock(question.stock, ways),
    ]
    if question.asks_prices and ways.pricing_setup:
        found.append(Reading(Rows.PRICING_SETUP, Surface.COMPANION, PRICING_SETUP_SET, PRICING_SETUP_PROPERTIES[1:]))
    if question.company:
        found += [
            ways.whole(Rows.CURRENCIES, CURRENCY),
            ways.whole(Rows.RATES, CURRENCY_EXCHANGE_RATE),
            ways.whole(Rows.VAT, VAT_POSTING_SETUP),
            ways.whole(Rows.LEDGER_SETUP, GENERAL_LEDGER_SETUP),
        ]
    return [reading for reading in found if reading is not None and reading.filters]


def price_readings(question: Question, ways: Ways, price_lists: bool | None) -> list[Reading | None]:
    """The price lines alone."""
    found: list[Reading | None] = []
    if price_lists is not False:
        found += _list_lines(question, ways)
    if price_lists is not True:
        found += _older_prices(question, ways)
    if question.ended_before:
        found = [reading and _not_ended(reading, question.ended_before) for reading in found]
    return found


def _not_ended(reading: Reading, day: str) -> Reading:
    """Without the lines that ended before the day: prices of years are kept, and few of them still hold."""
    ending = reading.plan and reading.plan.properties.get("Ending Date")
    if not ending:
        return reading
    lasting = f"({ending} eq {BLANK_DATE} or {ending} ge {day})"
    return replace(reading, filters=tuple(f"{each} and {lasting}" for each in reading.filters))


def _cards(question: Question, ways: Ways) -> list[Reading | None]:
    items, resources = numbers(question.products, "item"), numbers(question.products, "resource")
    # Flow filters tell the stock of a variant only to those who name it.
    varying = [*items, *question.stock] if ways.stock_list else items
    return [
        ways.chunked(Rows.ITEMS, ITEM, ("No.", items)),
        ways.chunked(Rows.ITEM_UNITS, ITEM_UNIT_OF_MEASURE, ("Item No.", items)),
        ways.chunked(Rows.VARIANTS, ITEM_VARIANT, ("Item No.", varying)),
        ways.chunked(Rows.RESOURCES, RESOURCE, ("No.", resources)),
        ways.chunked(Rows.RESOURCE_UNITS, RESOURCE_UNIT_OF_MEASURE, ("Resource No.", resources)),
    ]


def _list_lines(question: Question, ways: Ways) -> list[Reading | None]:
    table = PRICE_LIST_LINE
    sale: Conditions = {"Price Type": "Sale"} if ways.gives(table, "Price Type") else {}
    active: Conditions = {"Status": "Active", **sale}
    everybodys = {**active, "Source Type": list(NOT_A_CUSTOMERS)}
    found = [
        ways.chunked(
            Rows.LIST_LINES, table, ("Asset No.", numbers(question.prices, kind)), {**everybodys, "Asset Type": asset}
        )
        for kind, asset in (("item", "Item"), ("resource", "Resource"))
    ]
    for customer, products in question.own.items():
        own = {**active, "Source Type": "Customer", "Source No.": customer}
        found += [
            ways.chunked(Rows.LIST_LINES, table, ("Asset No.", numbers(products, kind)), {**own, "Asset Type": asset})
            for kind, asset in (("item", "Item"), ("resource", "Resource"))
        ]
        if products:
            found += [ways.whole(Rows.LIST_LINES, table, {**own, **each}) for each in OF_NO_PRODUCT]
    if question.company:
        found += [ways.whole(Rows.GROUP_LIST_LINES, table, {**everybodys, **each}) for each in OF_NO_PRODUCT]
    return found


def _older_prices(question: Question, ways: Ways) -> list[Reading | None]:
    items = numbers(question.prices, "item")
    sources: list[Value] = ["Customer Price Group", "All Customers", "Campaign"]
    discounted: list[Value] = ["Customer Disc. Group", "All Customers", "Campaign"]
    found = [
        ways.chunked(Rows.SALES_PRICES, SALES_PRICE, ("Item No.", items), {"Sales Type": sources}),
        ways.chunked(
            Rows.LINE_DISCOUNTS, SALES_LINE_DISCOUNT, ("Code", items), {"Type": "Item", "Sales Type": discounted}
        ),
    ]
    for customer, products in question.own.items():
        own: Conditions = {"Sales Type": "Customer", "Sales Code": customer}
        its = numbers(products, "item")
        by_item, by_group = {**own, "Type": "Item"}, {**own, "Type": "Item Disc. Group"}
        found += [
            ways.chunked(Rows.SALES_PRICES, SALES_PRICE, ("Item No.", its), own),
            ways.chunked(Rows.LINE_DISCOUNTS, SALES_LINE_DISCOUNT, ("Code", its), by_item),
        ]
        if its:
            found.append(ways.whole(Rows.LINE_DISCOUNTS, SALES_LINE_DISCOUNT, by_group))
    if question.company:
        groups: Conditions = {"Type": "Item Disc. Group", "Sales Type": discounted}
        found.append(ways.whole(Rows.GROUP_LINE_DISCOUNTS, SALES_LINE_DISCOUNT, groups))
    return found


def _stock(items: Sequence[str], ways: Ways) -> list[Reading | None]:
    """The companion's sums. Without them what is open on documents, and what the item list needs to be asked with its
    flow filters (flow_filters.py); where it is not published, the whole inventory of each item."""
    if not items:
        return []
    if ways.queries:
        return [
            Reading(
                Rows(each.name),
                Surface.COMPANION,
                each.name,
                each.properties,
                tuple(in_chunks([], each.columns[0][0], items)),
            )
            for each in FINANCIALS_QUERIES.values()
        ]
    on_orders: Conditions = {"Document Type": "Order", "Type": "Item"}
    found = [ways.chunked(Rows.PURCHASE_LINES, PURCHASE_LINE, ("No.", items), on_orders)]
    if ways.stock_list:
        return [*found, ways.whole(Rows.LOCATIONS, LOCATION)]
    card = ways.plan(ITEM)
    if card is not None and card.gives("Inventory"):
        filters = tuple(in_chunks([], card.properties["No."], items))
        found.append(reading_of(Rows.INVENTORY, card, filters, ("No.", "Inventory")))
    return [*found, ways.chunked(Rows.SALES_LINES, SALES_LINE, ("No.", items), on_orders)]


def numbers(products: Iterable[ProductRef], kind: str) -> list[str]:
    return once([product["number"] for product in products if product["kind"] == kind])


def _named(products: Iterable[ProductRef]) -> dict[tuple[str, str], ProductRef]:
    return {(product["kind"], product["number"]): product for product in products}
