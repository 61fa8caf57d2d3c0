"""Prices of every kind: price lists of the new pricing, and what the old one has beside prices of price groups."""

from decimal import Decimal
from typing import NamedTuple

from libs.dynamics.financials_tables import SALES_LINE_DISCOUNT
from services.sandbox.financials.keys import sort_key
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Row, blank_row
from services.sandbox.generator.products import LARGER_UNITS, Items
from services.sandbox.generator.trade_terms import CAMPAIGNS, DISCOUNT_GROUPS, DOMESTIC, ITEM_DISCOUNT_GROUPS

_PRICED = 500
"""Items that price lists choose from, so that a large company does not drown in lines."""
_MOST_LINES = 120
_MOST_DISCOUNTS = 300
_MOST_FURTHER_PRICES = 300

_STEPS = tuple(Decimal(step) for step in (0, 0, 0, 0, 1, 5, 10, 25, 100))
_DISCOUNTS = tuple(Decimal(text) for text in ("2.5", "5", "7.5", "10", "12.5", "15", "20", "33.33", "0"))
_CURRENCIES = ("", "", "", "EUR", "USD", "SEK", "JPY")
_ALWAYS, _NOW, _PAST, _FUTURE = ("", ""), ("2024-01-01", "2999-12-31"), ("2022-01-01", "2023-12-31"), ("2999-01-01", "")
_WINDOWS = (_ALWAYS, _ALWAYS, _ALWAYS, _NOW, ("2025-01-01", ""), _PAST, _FUTURE)
_PER_UNIT = dict(LARGER_UNITS)


class _Source(NamedTuple):
    type: str
    number: str
    currency: str = ""
    status: str = "Active"
    dates: tuple[str, str] = _ALWAYS
    includes_vat: bool = False
    allow_line_discount: bool = True


class Assets:
    """Products as prices refer to them: a random one with a unit and a variant that it has."""

    def __init__(self, chance: Chance, items: Items, variants: list[Row], resources: list[Row]) -> None:
        self.items = items.plain[:_PRICED]
        self.resources = [row for row in resources if row["Base Unit of Measure"]]
        self._chance = chance
        self._units = items.units_of
        self._variants: dict[str, list[str]] = {}
        for row in variants:
            self._variants.setdefault(row["Item No."], []).append(row["Code"])

    def unit(self, product: Row) -> str:
        """Blank, the base unit, or a larger one."""
        units = ("", "", product["Base Unit of Measure"], *self._units.get(product["No."], ()))
        return str(self._chance.one_of(units))

    def variant(self, item: Row) -> str:
        variants = self._variants.get(item["No."])
        return self._chance.one_of(variants) if variants and self._chance.happens(0.3) else ""

    def price(self, product: Row, unit: str) -> Decimal:
        """Something around the card's price, in that unit."""
        per_unit = _PER_UNIT.get(unit, 1) if unit not in ("", product["Base Unit of Measure"]) else 1
        amount = abs(product["Unit Price"]) * per_unit * (60 + self._chance.below(60)) / 100
        return Decimal(amount).quantize(Decimal("0.001")).normalize() + 0


class PriceLists:
    """Tables 7000 and 7001."""

    def __init__(self, chance: Chance, assets: Assets, customers: list[Row], price_groups: list[Row]) -> None:
        self.headers: list[Row] = []
        self.lines: list[Row] = []
        self._chance = chance
        self._assets = assets
        self._number = min(_MOST_LINES, max(10, len(assets.items) // 3))
        for source in self._sources(customers, price_groups):
            self._list(source)

    def _sources(self, customers: list[Row], price_groups: list[Row]) -> list[_Source]:
        chance = self._chance
        everybody = "All Customers"
        found = [
            _Source(everybody, ""),
            _Source(everybody, "", "EUR"),
            _Source(everybody, "", includes_vat=True),
            _Source(everybody, "", dates=_NOW, allow_line_discount=False),
            _Source(everybody, "", status="Draft"),
            _Source(everybody, "", status="Inactive"),
            _Source(everybody, "", dates=_PAST),
            _Source(everybody, "", dates=_FUTURE),
        ]
        for place, row in enumerate(price_groups[:8]):
            currency = ("", "", "EUR", "USD")[place % 4]
            found.append(
                _Source("Customer Price Group", row["Code"], currency, includes_vat=bool(row["Price Includes VAT"]))
            )
        found += [_Source("Customer Disc. Group", code) for code, _ in DISCOUNT_GROUPS]
        found += [_Source("Campaign", number, dates=(first, last)) for number, _, first, last in CAMPAIGNS]
        for row in customers[:10]:
            currency = row["Currency Code"] if chance.happens(0.5) else ""
            found.append(_Source("Customer", row["No."], currency, allow_line_discount=chance.happens(0.8)))
        return found

    def _list(self, source: _Source) -> None:
        chance = self._chance
        code = f"S{len(self.headers) + 1:05d}"
        terms = {
            "Price Type": "Sale",
            "Source Type": source.type,
            "Source No.": source.number,
            "Currency Code": source.currency,
            "Starting Date": source.dates[0],
            "Ending Date": source.dates[1],
            "Status": source.status,
            "Price Includes VAT": source.includes_vat,
            "VAT Bus. Posting Gr. (Price)": DOMESTIC if source.includes_vat else "",
            "Allow Line Disc.": source.allow_line_discount,
        }
        self.headers.append(
            blank_row("Price List Header")
            | terms
            | {
                "SystemId": chance.guid(),
                "Code": code,
                "Description": f"{source.type} {source.number}".strip(),
                "Amount Type": "Discount" if source.type == "Customer Disc. Group" else "Any",
            }
        )
        for place in range(self._number):
            line = self._line(source, terms)
            if line:
                self.lines.append(line | {"Price List Code": code, "Line No.": (place + 1) * 10_000})

    def _line(self, source: _Source, terms: Row) -> Row:
        chance, assets = self._chance, self._assets
        line = blank_row("Price List Line") | terms | {"SystemId": chance.guid(), **self._twists(terms)}
        if chance.happens(0.1):
            asset = chance.one_of(ITEM_DISCOUNT_GROUPS)[0]
            return line | self._discount() | {"Asset Type": "Item Discount Group", "Asset No.": asset}
        of_resource = bool(assets.resources) and chance.happens(0.12)
        products = assets.resources if of_resource else assets.items
        if not products:
            return {}
        product = chance.one_of(products)
        unit = assets.unit(product)
        line |= {
            "Asset Type": "Resource" if of_resource else "Item",
            "Asset No.": product["No."],
            "Variant Code": "" if of_resource else assets.variant(product),
            "Unit of Measure Code": unit,
            "Minimum Quantity": chance.one_of(_STEPS),
        }
        kind = chance.one_of(("Price", "Price", "Price", "Any", "Discount"))
        if kind == "Discount" or source.type == "Customer Disc. Group":
            return line | self._discount()
        percent = chance.one_of(_DISCOUNTS) if kind == "Any" else Decimal(0)
        return line | {"Amount Type": kind, "Unit Price": assets.price(product, unit), "Line Discount %": percent}

    def _discount(self) -> Row:
        return {"Amount Type": "Discount", "Line Discount %": self._chance.one_of(_DISCOUNTS[:-1])}

    def _twists(self, terms: Row) -> Row:
        """Now and then a line differs from its list."""
        chance = self._chance
        line: Row = {}
        if chance.happens(0.15):
            line["Currency Code"] = chance.one_of(_CURRENCIES)
        if chance.happens(0.2):
            line["Starting Date"], line["Ending Date"] = chance.one_of(_WINDOWS)
        if chance.happens(0.05) and terms["Status"] == "Active":
            line["Status"] = "Draft"
        if chance.happens(0.1):
            line["Price Includes VAT"] = not terms["Price Includes VAT"]
            line["VAT Bus. Posting Gr. (Price)"] = "" if terms["Price Includes VAT"] else DOMESTIC
        if chance.happens(0.1):
            line["Allow Line Disc."] = not terms["Allow Line Disc."]
        return line


def sales_line_discounts(chance: Chance, assets: Assets, customers: list[Row], records: int) -> list[Row]:
    """Table 7004, for every kind of customer and product."""
    blank = blank_row("Sales Line Discount")
    found: dict[object, Row] = {}
    for _ in range(min(_MOST_DISCOUNTS, max(12, records // 5))):
        source, code = _source(chance, customers, ("Customer Disc. Group", [code for code, _ in DISCOUNT_GROUPS]))
        first, last = chance.one_of(_WINDOWS)
        row = blank | {
            "SystemId": chance.guid(),
            "Sales Type": source,
            "Sales Code": code,
            "Starting Date": first,
            "Ending Date": last,
            "Currency Code": chance.one_of(_CURRENCIES),
            "Minimum Quantity": chance.one_of(_STEPS),
            "Line Discount %": chance.one_of(_DISCOUNTS[:-1]),
        }
        if chance.happens(0.3) or not assets.items:
            row |= {"Type": "Item Disc. Group", "Code": chance.one_of(ITEM_DISCOUNT_GROUPS)[0]}
        else:
            item = chance.one_of(assets.items)
            row |= {
                "Type": "Item",
                "Code": item["No."],
                "Variant Code": assets.variant(item),
                "Unit of Measure Code": assets.unit(item),
            }
        found.setdefault(sort_key(SALES_LINE_DISCOUNT, row), row)
    return list(found.values())


def further_sales_prices(chance: Chance, assets: Assets, customers: list[Row], records: int) -> list[Row]:
    """Prices of table 7002 that no price group has, for which Dataverse has no place: values without an id."""
    rows: list[Row] = []
    for _ in range(min(_MOST_FURTHER_PRICES, records // 8) if assets.items else 0):
        source, code = _source(chance, customers, None)
        item = chance.one_of(assets.items)
        unit = assets.unit(item)
        first, last = chance.one_of(_WINDOWS)
        includes_vat = chance.happens(0.15)
        rows.append(
            {
                "Item No.": item["No."],
                "Sales Type": source,
                "Sales Code": code,
                "Starting Date": first,
                "Ending Date": last,
                "Currency Code": chance.one_of(_CURRENCIES),
                "Variant Code": assets.variant(item),
                "Unit of Measure Code": unit,
                "Minimum Quantity": chance.one_of(_STEPS),
                "Unit Price": assets.price(item, unit),
                "Price Includes VAT": includes_vat,
                "VAT Bus. Posting Gr. (Price)": DOMESTIC if includes_vat else "",
                "Allow Line Disc.": chance.happens(0.8),
            }
        )
    return rows


def _source(chance: Chance, customers: list[Row], groups: tuple[str, list[str]] | None) -> tuple[str, str]:
    kind = chance.below(4)
    if kind == 0 and customers:
        return "Customer", str(chance.one_of(customers[:20])["No."])
    if kind == 1 and groups is not None:
        return groups[0], chance.one_of(groups[1])
    if kind == 2:
        return "Campaign", chance.one_of(CAMPAIGNS)[0]
    return "All Customers", ""
