"""Where the goods are: locations, variants, the item ledger behind every inventory, and open orders."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Row, blank_row
from services.sandbox.generator.products import LARGER_UNITS, Items

LOCATIONS = (("EAST", "East Warehouse"), ("MAIN", "Main Warehouse"), ("WEST", "West Warehouse"))
LOCATION_CODES = tuple(code for code, _ in LOCATIONS)
VARIANTS = (("BEECH", "Beech"), ("OAK", "Oak"), ("RED", "Red lacquer"))

DETAILED = 2000
"""Items with several ledger entries, variants and orders; those after them have one entry at most."""

_PLACES = ("EAST", "EAST", "MAIN", "WEST", "")
_LINES_PER_ORDER = 3
_PER_UNIT = dict(LARGER_UNITS)


def locations(chance: Chance) -> list[Row]:
    return [{"SystemId": chance.guid(), "Code": code, "Name": name} for code, name in LOCATIONS]


def item_variants(chance: Chance, items: Items, prices: Iterable[Row]) -> list[Row]:
    """Variants that prices name, and those of a fifth of the items."""
    wanted = {(row["Item No."], row["Variant Code"]) for row in prices if row["Variant Code"]}
    for row in items.plain[:DETAILED]:
        if chance.happens(0.2):
            wanted |= {(row["No."], code) for code, _ in VARIANTS[: 2 + chance.below(2)]}
    names = dict(VARIANTS)
    return [
        {"SystemId": chance.guid(), "Item No.": item, "Code": code, "Description": names[code]}
        for item, code in sorted(wanted)
    ]


def resource_units(chance: Chance, resources: Iterable[Row]) -> list[Row]:
    """A working day has eight hours, whichever of the two a resource is measured in."""
    rows = []
    for row in resources:
        base = row["Base Unit of Measure"]
        if not base:
            continue
        other, quantity = ("DAY", Decimal(8)) if base == "HOUR" else ("HOUR", Decimal("0.125"))
        for code, per_unit in ((base, Decimal(1)), (other, quantity)):
            rows.append(
                {
                    "SystemId": chance.guid(),
                    "Resource No.": row["No."],
                    "Code": code,
                    "Qty. per Unit of Measure": per_unit,
                }
            )
    return rows


class Stock:
    """Ledger entries that add up to every item's inventory, and open orders around ``today``."""

    def __init__(
        self, chance: Chance, items: Items, variants: Iterable[Row], customers: list[Row], today: date
    ) -> None:
        self.entries: list[Row] = []
        self.sales_lines: list[Row] = []
        self.purchase_lines: list[Row] = []
        self._chance = chance
        self._items = items
        self._today = today
        self._payers = [row["No."] for row in customers if row["Blocked"] == " "]
        self._variants: dict[str, list[str]] = {}
        self._blank = blank_row("Item Ledger Entry")
        for row in variants:
            self._variants.setdefault(row["Item No."], []).append(row["Code"])
        for place, row in enumerate(items.rows):
            self._move(row, detailed=place < DETAILED)
        for row in items.plain[:DETAILED]:
            if row["Type"] == "Inventory":
                self._order(row)

    def _move(self, item: Row, *, detailed: bool) -> None:
        chance, remaining = self._chance, item["Inventory"]
        if detailed and item["Type"] == "Inventory":
            for _ in range(chance.below(4)):
                quantity = Decimal(chance.below(80) + 1) * (1 if chance.happens(0.6) else -1)
                self._entry(item["No."], quantity, detailed=True)
                remaining -= quantity
        if remaining:
            self._entry(item["No."], remaining, detailed=detailed)

    def _entry(self, item: str, quantity: Decimal, *, detailed: bool) -> None:
        chance = self._chance
        variants = self._variants.get(item, ()) if detailed else ()
        number = len(self.entries) + 1
        adjusts = chance.happens(0.2)
        kinds = ("Positive Adjmt.", "Negative Adjmt.") if adjusts else ("Purchase", "Sale")
        self.entries.append(
            {
                **self._blank,
                "SystemId": chance.guid(),
                "Entry No.": number,
                "Item No.": item,
                "Posting Date": f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}",
                "Entry Type": kinds[quantity < 0],
                "Document No.": f"D{number:07d}",
                "Location Code": chance.one_of(_PLACES),
                "Variant Code": chance.one_of(variants) if variants and chance.happens(0.6) else "",
                "Quantity": quantity,
            }
        )

    # --- orders ----------------------------------------------------------------------------------------------------

    def _order(self, item: Row) -> None:
        chance = self._chance
        if chance.happens(0.4):
            for _ in range(1 + chance.below(2)):
                self._sell(item)
        if chance.happens(0.5):
            for _ in range(1 + chance.below(3)):
                self._buy(item)

    def _sell(self, item: Row) -> None:
        chance, place = self._chance, len(self.sales_lines)
        order = place // _LINES_PER_ORDER
        quoted = order % 12 == 5
        # A line of an order that was partly shipped still holds the rest.
        quantity, outstanding = self._quantities(shipped=not quoted and chance.happens(0.2))
        self.sales_lines.append(
            self._line("Sales Line", item, quantity, outstanding)
            | {
                "Document Type": "Quote" if quoted else "Order",
                "Document No.": f"{'S-QUO1' if quoted else 'S-ORD1'}{order + 1:05d}",
                "Line No.": (place % _LINES_PER_ORDER + 1) * 10_000,
                "Sell-to Customer No.": self._payers[order % len(self._payers)] if self._payers else "",
                "Shipment Date": self._day(-4, 25),
            }
        )

    def _buy(self, item: Row) -> None:
        chance, place = self._chance, len(self.purchase_lines)
        quantity, outstanding = self._quantities(shipped=chance.happens(0.2))
        overdue, undated = chance.happens(0.15), chance.happens(0.05)
        self.purchase_lines.append(
            self._line("Purchase Line", item, quantity * 10, outstanding * 10)
            | {
                "Document Type": "Order",
                "Document No.": f"P-ORD1{place // _LINES_PER_ORDER + 1:05d}",
                "Line No.": (place % _LINES_PER_ORDER + 1) * 10_000,
                "Buy-from Vendor No.": item["Vendor No."] or "V00001",
                "Expected Receipt Date": "" if undated else self._day(-20, -1) if overdue else self._day(1, 60),
            }
        )

    def _quantities(self, *, shipped: bool) -> tuple[Decimal, Decimal]:
        quantity = self._chance.below(20) + 1
        return Decimal(quantity), Decimal(self._chance.below(quantity) if shipped else quantity)

    def _line(self, table: str, item: Row, quantity: Decimal, outstanding: Decimal) -> Row:
        chance = self._chance
        unit = item["Base Unit of Measure"]
        larger, variants = self._items.units_of.get(item["No."]), self._variants.get(item["No."])
        if larger and chance.happens(0.3):
            unit = chance.one_of(larger)
        per_unit = Decimal(_PER_UNIT.get(unit, 1) if unit != item["Base Unit of Measure"] else 1)
        return blank_row(table) | {
            "SystemId": chance.guid(),
            "Type": "Item",
            "No.": item["No."],
            "Variant Code": chance.one_of(variants) if variants and chance.happens(0.6) else "",
            "Location Code": chance.one_of(_PLACES),
            "Unit of Measure Code": unit,
            "Quantity": quantity,
            "Outstanding Quantity": outstanding,
            "Outstanding Qty. (Base)": outstanding * per_unit,
        }

    def _day(self, first: int, last: int) -> str:
        return (self._today + timedelta(days=first + self._chance.below(last - first + 1))).isoformat()
