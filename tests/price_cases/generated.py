"""Companies with random prices and questions about them: from a seed, or drawn by Hypothesis, which shrinks them.

Everything that decides a price varies: sources, dates, minimum quantities, units, variants, currencies and rates,
precisions, VAT of customer, product and price, who forbids discounts, prices of lines and cards, both generations of
price tables. Values come from small sets that collide often, since ties and displacements are where rules meet.

Two things are left out unless ``strange`` asks for them, because they hang on the order of rows alone in the older
tables: sales prices of zero, and lines with a currency beside lines with a variant. What Financials refuses is left out
unless ``refused`` asks for it: VAT that is not set up or is sales tax, units that the product does not have. One is
left out altogether, because versions of Business Central differ in it: lines of price lists for price and discount
whose discount is zero.
"""

import random
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from services.sandbox.financials.pricing_switches import PricingMode
from tests.price_cases.priced_company import SHOP, LineQuestion, PricedCompany, Rows

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]
"""One of several, at random."""

_PRICES = ("0", "0.5", "7.77", "9", "9.99", "10", "10", "12.345", "33.33333", "99.995", "100", "120")
_PERCENTS = ("0", "2.5", "5", "5", "10", "33.33333", "50", "100")
_MINIMA = ("0",) * 9 + ("1", "2", "10", "12", "13", "24")
_STARTS = ("",) * 7 + ("2026-01-01", "2026-11-22", "2026-11-23")
_ENDS = ("",) * 7 + ("2026-11-21", "2026-11-22", "2026-12-31")
_DATES = ("2026-11-21", "2026-11-22", "2026-11-22", "2026-11-23", "2026-12-31")
_QUANTITIES = ("1", "1", "2", "10", "12", "0.5", "1.08333", "24", "-3")
_PRECISIONS = ("0.01", "0.001", "0.00001", "0.05", "1")
_CURRENCIES = ("", "", "", "EUR", "EUR", "SEK", "USD")
_VAT_GROUPS = ("DOMESTIC", "DOMESTIC", "ABROAD", "ABROAD", "EU", "EXPORT")
_REFUSED_VAT_GROUPS = (*_VAT_GROUPS, "TAXED", "NOWHERE")
_RATES = (("100", "80"), ("1", "0.075"), ("1", "1.17"), ("3", "7"), ("1", "1"))
_ITEM_UNITS = ("", "", "", "PCS", "BOX")
_VARIANTS = ("", "", "", "", "OAK", "BEECH")
_LIST_SOURCES = (
    ("All Customers", ""), ("All Customers", ""), ("All Customers", ""), ("Customer", "C1"), ("Customer", "C1"),
    ("Customer", "C2"), ("Customer", "C3"),
    ("Customer Price Group", "RETAIL"), ("Customer Price Group", "TRADE"), ("Customer Disc. Group", "LARGE"),
    ("Customer Disc. Group", "SMALL"), ("Campaign", "CP1"),
    ("Customer", ""), ("Customer Price Group", ""), ("Customer Disc. Group", ""), ("Campaign", ""),
)  # fmt: skip
_OTHER_SOURCES = (("Contact", "CT1"), ("All Jobs", ""), (" ", ""))
"""Whose lines of price lists no order line meets."""
_PRICE_SOURCES = tuple(source for source in _LIST_SOURCES if source[0] != "Customer Disc. Group")
_DISCOUNT_SOURCES = tuple(source for source in _LIST_SOURCES if source[0] != "Customer Price Group")
_LINES = (0, 2, 4, 8, 12, 16, 24)


@dataclass(frozen=True)
class PriceCase:
    """A company's rows and questions about its prices."""

    mode: PricingMode
    rows: Rows
    questions: list[LineQuestion]

    def company(self) -> PricedCompany:
        """A Financials with these rows."""
        return PricedCompany(self.mode, self.rows)


def seeded_case(
    seed: int, mode: PricingMode, *, questions: int = 20, strange: bool = False, refused: bool = False
) -> PriceCase:
    """The same case every time for the same arguments."""
    return _case(random.Random(seed).choice, mode, questions, strange, refused)


@st.composite
def price_cases(
    draw: st.DrawFn,
    mode: PricingMode | None = None,
    *,
    questions: int = 3,
    strange: bool = False,
    refused: bool = False,
) -> PriceCase:
    """Cases of one generation of pricing, or of both."""

    def choose(options: Sequence[T]) -> T:
        return draw(st.sampled_from(options))

    return _case(choose, mode or choose(("classic", "price_lists")), questions, strange, refused)


def _case(choose: Choose, mode: PricingMode, questions: int, strange: bool, refused: bool) -> PriceCase:
    rows: Rows = deepcopy(SHOP)
    groups = _REFUSED_VAT_GROUPS if refused else _VAT_GROUPS
    _vary_setup(choose, rows)
    _vary_customers(choose, rows)
    _vary_products(choose, rows, groups)
    # Lines of a company are either of currencies or of variants where the mixture would be the order's to decide.
    specific = ("currencies", "variants") if strange or mode == "price_lists" else (choose(("currencies", "variants")),)
    if mode == "price_lists":
        rows["Price List Header"] = [{"Code": code} for code in ("S00001", "S00002")]
        rows["Price List Line"] = [
            _list_line(choose, 10_000 * number, specific, groups)
            for number in range(1, 1 + choose(_LINES) + choose(_LINES))
        ]
        # The other generation's tables are full too: nobody may look there.
        rows["Sales Price"] = [{"Item No.": "I1", "Sales Type": "All Customers", "Unit Price": "0.01"}]
    else:
        rows["Sales Price"] = _distinct(
            [_sales_price(choose, specific, strange, groups) for _ in range(choose(_LINES))]
        )
        rows["Sales Line Discount"] = _distinct([_line_discount(choose, specific) for _ in range(choose(_LINES))])
    if choose((False, True)):
        _crowd(choose, rows, mode)
    return PriceCase(mode, rows, [_question(choose, refused) for _ in range(questions)])


def _crowd(choose: Choose, rows: Rows, mode: PricingMode) -> None:
    """Lines that differ in little, so that they meet in one question, and their order and ties decide: ten less the
    discount is the cheap price, for which it may not be given."""
    percent, cheap = choose((("10", "9"), ("20", "8")))
    tables = ("Price List Line",) if mode == "price_lists" else ("Sales Price", "Sales Line Discount")
    type_of, code = ("Source Type", "Source No.") if mode == "price_lists" else ("Sales Type", "Sales Code")
    for table in tables:
        for line in rows[table]:
            everybody = choose((True, True, False))
            line |= {
                type_of: "All Customers" if everybody else "Customer",
                code: "" if everybody else "C1",
                "Starting Date": choose(("", "", "2026-01-01")),
                "Ending Date": "",
                "Minimum Quantity": choose(("0", "1")),
            }
            if line.get("Line Discount %", "0") != "0":
                line["Line Discount %"] = choose((percent, percent, percent, "5"))
            for name in ("Currency Code", "Variant Code"):
                line[name] = choose((line[name], ""))
            if line["Unit of Measure Code"] == "BOX":
                line["Unit of Measure Code"] = ""
            if table != "Sales Line Discount" and line.get("Amount Type") != "Discount":
                price = choose((cheap, "10"))
                line |= {"Unit Price": price, "Price Includes VAT": False, "Allow Line Disc.": price == "10"}
            if table == "Sales Line Discount" and choose((False, True)):
                line |= {"Type": "Item Disc. Group", "Code": "PARTS"}
        if mode == "classic":
            rows[table] = _distinct(rows[table])


def _vary_setup(choose: Choose, rows: Rows) -> None:
    rows["General Ledger Setup"][0]["Unit-Amount Rounding Precision"] = choose(_PRECISIONS)
    for currency in rows["Currency"]:
        currency["Unit-Amount Rounding Precision"] = choose(_PRECISIONS)
    rows["Currency Exchange Rate"] = [
        {
            "Currency Code": currency,
            "Starting Date": starting,
            "Exchange Rate Amount": amount,
            "Relational Exch. Rate Amount": local,
            "Relational Currency Code": choose(("", "EUR", "SEK")) if currency == "USD" else "",
        }
        for currency in ("EUR", "SEK", "USD")
        for starting in ("2025-01-01", "2026-11-22", "2026-12-24")
        for amount, local in [choose(_RATES)]
    ]


def _vary_customers(choose: Choose, rows: Rows) -> None:
    for customer in rows["Customer"]:
        customer |= {
            "Currency Code": choose(_CURRENCIES),
            "Customer Price Group": choose(("", "RETAIL", "TRADE")),
            "Customer Disc. Group": choose(("", "LARGE", "SMALL")),
            "VAT Bus. Posting Group": choose(_VAT_GROUPS),
            "Prices Including VAT": choose((False, True)),
            "Allow Line Disc.": choose((True, True, False)),
        }


def _vary_products(choose: Choose, rows: Rows, groups: Sequence[str]) -> None:
    for item in rows["Item"]:
        including = choose((False, True))
        item |= {
            "Unit Price": choose(_PRICES),
            "Price Includes VAT": including,
            "VAT Bus. Posting Gr. (Price)": choose(groups) if including else "",
            "VAT Prod. Posting Group": choose(("STANDARD", "REDUCED")),
            "Item Disc. Group": choose(("", "PARTS", "TOOLS")),
        }
    rows["Resource"][0] |= {"Unit Price": choose(_PRICES), "VAT Prod. Posting Group": choose(("STANDARD", "REDUCED"))}
    for unit in rows["Item Unit of Measure"]:
        if unit["Code"] == "BOX":
            unit["Qty. per Unit of Measure"] = choose(("12", "6", "0.33333"))


def _specifics(choose: Choose, specific: Sequence[str]) -> dict[str, Any]:
    return {
        "Currency Code": choose(_CURRENCIES) if "currencies" in specific else "",
        "Variant Code": choose(_VARIANTS) if "variants" in specific else "",
        "Minimum Quantity": choose(_MINIMA),
        "Starting Date": choose(_STARTS),
        "Ending Date": choose(_ENDS),
    }


def _with_vat(choose: Choose, groups: Sequence[str]) -> dict[str, Any]:
    including = choose((False, False, True))
    return {
        "Price Includes VAT": including,
        "VAT Bus. Posting Gr. (Price)": choose(groups) if including else "",
        "Allow Line Disc.": choose((True, True, False)),
    }


def _list_line(choose: Choose, number: int, specific: Sequence[str], groups: Sequence[str]) -> dict[str, Any]:
    source_type, source = choose((*_LIST_SOURCES * 2, *_OTHER_SOURCES))
    amount = choose(("Price", "Price", "Discount", "Discount", "Any"))
    asset_type, asset = choose(
        (*[("Item", "I1")] * 6, ("Item", "I2"), ("Item", ""), ("Item", ""), ("Resource", "R1"), ("Resource", ""))
    )
    if asset_type == "Item" and amount == "Discount" and choose((False, True)):
        asset_type, asset = "Item Discount Group", choose(("PARTS", "TOOLS"))
    line = {
        "Price List Code": choose(("S00001", "S00002")),
        "Line No.": number,
        "Price Type": choose(("Sale",) * 8 + ("Purchase",)),
        "Status": choose(("Active",) * 8 + ("Draft", "Inactive")),
        "Source Type": source_type,
        "Source No.": source,
        "Asset Type": asset_type,
        "Asset No.": asset,
        "Amount Type": amount,
        "Unit Price": "0" if amount == "Discount" else choose(_PRICES),
        "Line Discount %": "0" if amount == "Price" else choose(_PERCENTS if amount == "Discount" else _PERCENTS[1:]),
        "Unit of Measure Code": choose(("", "", "HOUR", "DAY") if asset_type == "Resource" else _ITEM_UNITS),
        **_specifics(choose, specific),
        **_with_vat(choose, groups),
    }
    return line if asset_type != "Resource" else line | {"Variant Code": ""}


def _sales_price(choose: Choose, specific: Sequence[str], strange: bool, groups: Sequence[str]) -> dict[str, Any]:
    sales_type, code = choose(_PRICE_SOURCES)
    return {
        "Item No.": choose(("I1", "I1", "I1", "I1", "I2")),
        "Sales Type": sales_type,
        "Sales Code": code,
        "Unit of Measure Code": choose(_ITEM_UNITS),
        "Unit Price": choose(_PRICES if strange else _PRICES[1:]),
        **_specifics(choose, specific),
        **_with_vat(choose, groups),
    }


def _line_discount(choose: Choose, specific: Sequence[str]) -> dict[str, Any]:
    sales_type, code = choose(_DISCOUNT_SOURCES)
    kind, asset = choose((*[("Item", "I1")] * 4, ("Item", "I2"), ("Item Disc. Group", "PARTS")))
    return {
        "Type": kind,
        "Code": asset,
        "Sales Type": sales_type,
        "Sales Code": code,
        "Unit of Measure Code": choose(_ITEM_UNITS),
        "Line Discount %": choose(_PERCENTS),
        **_specifics(choose, specific),
    }


_NOT_IN_KEY = ("Unit Price", "Ending Date", "Price Includes VAT", "Allow Line Disc.", "Line Discount %")


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with different keys."""
    return list({_key(row): row for row in rows}.values())


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    outside = (*_NOT_IN_KEY, "VAT Bus. Posting Gr. (Price)")
    return tuple(value for name, value in row.items() if name not in outside)


def _question(choose: Choose, refused: bool) -> LineQuestion:
    kind, number, units = choose(
        (
            ("item", "I1", ("", "PCS", "PCS", "BOX")),
            ("item", "I1", ("PCS",)),
            ("item", "I1", ("PCS", "BOX")),
            ("item", "I1", ("PCS", "BOX", "PALLET")),
            ("item", "I2", ("PCS", "BOX")),
            ("item", "I3", ("", "BOX")),
            ("resource", "R1", ("", "HOUR", "DAY")),
        )
    )
    return LineQuestion(
        customer=choose(("C1", "C1", "C1", "C2", "C3", "C4")),
        currency=choose((None, "", "EUR", "SEK", "USD")),
        date=choose(_DATES),
        kind=kind,
        number=number,
        variant=choose(_VARIANTS) if number == "I1" else "",
        unit=choose((*units, *units, "HOUR" if kind == "item" else "PCS") if refused else units),
        quantity=choose(_QUANTITIES),
        campaign=choose(("", "", "CP1", "CP2")),
    )
