"""Cards, customers and lines for tests of prices, with defaults that make one ordinary case."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from libs.synch.pricing import Customer, Document, Priced, PriceLine, Product, Question, Terms, price_of
from libs.synch.pricing_facts import Amount, Asset, Precision, Rate, Source

CHAIR = Product(
    kind="item",
    number="1000",
    base_unit="PCS",
    sales_unit="BOX",
    units={"PCS": Decimal(1), "BOX": Decimal(6)},
    variants=frozenset({"RED", "OAK"}),
    unit_price=Decimal(100),
    vat_product_group="VAT25",
    discount_group="FURNITURE",
)
FITTER = Product(
    kind="resource", number="R0010", type="Person", base_unit="HOUR", units={"HOUR": Decimal(1)}, unit_price=Decimal(80)
)
ADATUM = Customer("10000", price_group="RETAIL", discount_group="LARGE", vat_business_group="DOMESTIC")

TERMS = Terms(
    local_currency="GBP",
    precisions={
        "": Precision(Decimal("0.00001"), Decimal("0.01")),
        "EUR": Precision(Decimal("0.001"), Decimal("0.01")),
        "JPY": Precision(Decimal("0.1"), Decimal("1")),
    },
    rates={
        "EUR": (
            Rate("2026-03-01", Decimal(100), Decimal(80)),
            Rate("2026-01-01", Decimal(100), Decimal(90)),
        ),
        "JPY": (Rate("2026-01-01", Decimal(1000), Decimal(5)),),
    },
    vat={
        ("DOMESTIC", "VAT25"): Decimal(25),
        ("EXPORT", "VAT25"): Decimal(0),
    },
)


def line(price: object = 90, **changes: Any) -> PriceLine:
    """An active line for all customers and one piece of the chair, at ``price``."""
    return replace(
        PriceLine(
            origin="price_list",
            list="S00001",
            line="10000",
            source_type=Source.ALL_CUSTOMERS,
            source="",
            asset_type=Asset.ITEM,
            asset="1000",
            unit_price=Decimal(str(price)),
        ),
        **changes,
    )


def discount(percent: object, **changes: Any) -> PriceLine:
    """A line that gives a discount alone."""
    return line(0, amount=Amount.DISCOUNT, line_discount=Decimal(str(percent)), **changes)


def priced(*lines: PriceLine, **question: Any) -> Priced:
    """What one chair costs Adatum today, or as ``question`` says otherwise."""
    quantity = Decimal(str(question.pop("quantity", 1)))
    product, unit, variant = (
        question.pop(name, usual) for name, usual in (("product", CHAIR), ("unit", "PCS"), ("variant", ""))
    )
    document = Document(**{"customer": ADATUM, "terms": TERMS, "date": "2026-02-01", **question})
    return price_of(Question(document, product, unit, quantity, variant), lines)


def numbered(lines: Sequence[PriceLine]) -> list[PriceLine]:
    """The lines as lines of one list, in this order."""
    return [replace(each, line=str(10000 * place)) for place, each in enumerate(lines, 1)]
