"""Customer price groups and the sales prices in them; Dataverse can hold only some of these prices."""

from decimal import Decimal

from libs.dynamics.financials_tables import SALES_PRICE
from services.sandbox.financials.keys import key_text, sort_key
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Expected, Row, blank_row
from services.sandbox.generator.products import Items
from services.sandbox.generator.trade_terms import DOMESTIC

_GROUPS = (
    ("RETAIL", "Retail customers"), ("EXPORT", "Export customers"), ("TRADE", "Trade & contractors"),
    ("EUROZONE", "Customers paying in euro"), ("NORDIC", "Nordic chains"), ("US", "United States"),
    ("VIP", "Very important “VIP” customers"), ("STAFF", "Staff purchases"), ("WEB", "Web shop 🛒"),
    ("SCHOOLS", "Schools and universities"), ("HOTELS", "Hotels"), ("HEALTH", "Hospitals"), ("GOV", "Public sector"),
    ("DACH", "Germany, Austria, Switzerland"), ("DEALER-A", "Dealers, tier A"), ("DEALER-B", "Dealers, tier B"),
    ("OUTLET", "Outlet"), ("ARABIA", "عملاء الخليج"), ("JAPAN", "日本のお客様"), ("EMPTY", "No prices yet"),
)  # fmt: skip
_CURRENCIES = ("", "", "", "EUR", "SEK", "USD", "", "", "", "", "", "", "", "CHF", "", "EUR", "", "USD", "JPY", "")
_FEW_PRICES = 12


class Prices:
    def __init__(self, chance: Chance, number: int, items: Items, groups: int) -> None:
        self.groups: list[Row] = [
            blank_row("Customer Price Group")
            | {
                "SystemId": chance.guid(),
                "Code": code,
                "Description": text,
                "Allow Line Disc.": True,
                "Price Includes VAT": code == "RETAIL",
            }
            for code, text in _GROUPS[:groups]
        ]
        self.rows: list[Row] = []
        self.expected: list[Expected] = []
        self._chance = chance
        self._items = items
        self._taken: set[tuple[object, ...]] = set()
        """Keys in use, and the (group, item) pairs that have an ordinary price."""
        if items.plain and number:
            self._fill(number)
        self._expect()

    def add_others(self, rows: list[Row]) -> None:
        """Prices that are no price group's, which the expectation therefore says nothing about."""
        for row in rows:
            self._add(row)

    def _fill(self, number: int) -> None:
        groups = [(row["Code"], _CURRENCIES[place]) for place, row in enumerate(self.groups) if row["Code"] != "EMPTY"]
        plain = self._items.plain
        for item in self._items.blocked[:3] + self._items.without_unit[:2]:
            self._ordinary(item, *groups[0])
        if number >= _FEW_PRICES:
            self._add(self._ordinary_values(plain[0], *groups[-1]) | {"Unit Price": Decimal(-1)})
            self._taken.add((groups[-1][0], plain[0]["No."]))
            self._add(self._ordinary_values(plain[-1], "", "") | {"Sales Type": "All Customers"})
            self._add(self._ordinary_values(plain[-1], "C00001", "") | {"Sales Type": "Customer"})
        place, stride = 0, max(1, len(plain) * len(groups) // max(1, number // 2))
        while len(self.rows) < number and place < len(plain) * len(groups):
            item = plain[place // len(groups)]
            group, currency = groups[place % len(groups)]
            if self._ordinary(item, group, currency):
                self._further(item, group, currency, place // stride, number)
            place += stride

    def _ordinary(self, item: Row, group: str, currency: str) -> bool:
        if (group, item["No."]) in self._taken:
            return False
        self._taken.add((group, item["No."]))
        self._add(self._ordinary_values(item, group, currency))
        return True

    def _ordinary_values(self, item: Row, group: str, currency: str) -> Row:
        chance = self._chance
        return {
            "Item No.": item["No."],
            "Sales Type": "Customer Price Group",
            "Sales Code": group,
            "Currency Code": currency,
            "Unit of Measure Code": item["Base Unit of Measure"] if chance.happens(0.5) else "",
            "Minimum Quantity": Decimal(chance.below(2)),
            "Unit Price": chance.amount(1, 900) if chance.happens(0.97) else Decimal(0),
            "Price Includes VAT": group == "RETAIL",
            "VAT Bus. Posting Gr. (Price)": DOMESTIC if group == "RETAIL" else "",
            "Allow Line Disc.": True,
        }

    def _further(self, item: Row, group: str, currency: str, turn: int, number: int) -> None:
        """Lines beside an ordinary one that a Dataverse price list has no place for."""
        if len(self.rows) >= number:
            return
        same = self._ordinary_values(item, group, currency)
        kind = turn % 8
        if kind == 0:
            for step in (10, 50, 250)[: 1 + self._chance.below(3)]:
                self._add(same | {"Minimum Quantity": Decimal(step), "Unit Price": Decimal(900 - step) / 2})
        elif kind == 2:
            self._add(same | {"Starting Date": "2025-06-01", "Ending Date": "2025-08-31"})
        elif kind == 3:
            self._add(same | {"Variant Code": self._chance.one_of(("OAK", "BEECH", "RED"))})
        elif kind == 5:
            # A later currency than the list's own, so that the first line keeps the list's currency.
            self._add(same | {"Currency Code": "ZAR"})
        elif kind == 6:
            further = self._items.units_of.get(item["No."])
            if further:
                self._add(same | {"Unit of Measure Code": further[0]})

    def _add(self, values: Row) -> None:
        row = {**_BLANK, "SystemId": self._chance.guid(), **values}
        key = sort_key(SALES_PRICE, row)
        if key not in self._taken:
            self._taken.add(key)
            self.rows.append(row)

    def _expect(self) -> None:
        currencies = first_line_currencies(self.rows)
        products = {row["No."]: row["Base Unit of Measure"] for row in self._items.plain}
        for row in self.rows:
            if row["Sales Type"] != "Customer Price Group" or not row["Sales Code"]:
                continue
            unit = products.get(row["Item No."])
            skip = why_no_place(row, currencies[row["Sales Code"]], unit)
            if skip:
                self._report("skip", skip, row)
            elif unit is None:
                self._report("fail", "item is not coupled", row)
            elif row["Unit Price"] < 0:
                self._report("fail", "negative price", row)

    def _report(self, action: str, reason: str, row: Row) -> None:
        self.expected.append(
            Expected(
                "SALESPRC-PRODPRICE",
                key_text(SALES_PRICE, row),
                "skip" if action == "skip" else "fail",
                reason,
                row["SystemId"],
            )
        )


_BLANK = blank_row("Sales Price")


def first_line_currencies(rows: list[Row]) -> dict[str, str]:
    """Price group -> currency of its first line by primary key."""
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: sort_key(SALES_PRICE, row)):
        if row["Sales Type"] == "Customer Price Group":
            found.setdefault(row["Sales Code"], row["Currency Code"])
    return found


def why_no_place(row: Row, list_currency: str, base_unit: str | None) -> str:
    """Why a Dataverse price list (one price per product and unit, one currency) cannot hold the line; or nothing."""
    if row["Minimum Quantity"] > 1:
        return "a further quantity step"
    if row["Starting Date"] or row["Ending Date"]:
        return "valid for some dates only"
    if row["Variant Code"]:
        return "price of a variant"
    if row["Currency Code"] != list_currency:
        return "another currency than the price list's"
    if base_unit is not None and row["Unit of Measure Code"] not in {"", base_unit}:
        return "another unit than the item's base unit"
    return ""
