"""Items with their units, and resources."""

from decimal import Decimal

from services.sandbox.generator.awkward import NAMES, cut, overlong
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.customers import strange_places
from services.sandbox.generator.generated import Expected, Row, blank_row
from services.sandbox.generator.setup_tables import UNITS
from services.sandbox.generator.words import FIRST_NAMES, ITEM_COLOURS, ITEM_KINDS, ITEM_MODELS, RESOURCE_TRADES

_UNITS = ("PCS", "PCS", "PCS", *(code for code, _, _ in UNITS if code not in {"DAY", "HOUR", "PALLET"}))
LARGER_UNITS = (("BOX", 12), ("PALLET", 480))
"""Of items in pieces: unit -> pieces."""
_NO_UNIT = "base unit of measure is blank"


class Items:
    def __init__(self, chance: Chance, number: int) -> None:
        self.rows: list[Row] = []
        self.units: list[Row] = []
        self.expected: list[Expected] = []
        self.plain: list[Row] = []
        """Items that will have a product."""
        self.blocked: list[Row] = []
        self.without_unit: list[Row] = []
        self.units_of: dict[str, list[str]] = {}
        """Item number -> its further units."""
        strange = strange_places(number)
        blank = blank_row("Item")
        for place in range(number):
            row = {**blank, **_ordinary(chance, place)}
            self.rows.append(row)
            turn = strange.get(place)
            if turn is not None:
                _spoil(row, turn)
            if not row["Base Unit of Measure"]:
                self.without_unit.append(row)
                self.expected.append(Expected("ITEM-PRODUCT", row["No."], "fail", _NO_UNIT, row["SystemId"]))
            elif row["Blocked"]:
                self.blocked.append(row)
            else:
                self.plain.append(row)
            self._add_units(chance, row)

    def _add_units(self, chance: Chance, row: Row) -> None:
        unit = row["Base Unit of Measure"]
        if not unit:
            return
        self.units.append(_unit(chance, row["No."], unit, 1))
        if unit != "PCS" or not chance.happens(0.3):
            return
        for larger, quantity in LARGER_UNITS[: 1 + chance.below(2)]:
            self.units.append(_unit(chance, row["No."], larger, quantity))
            self.units_of.setdefault(row["No."], []).append(larger)


def _unit(chance: Chance, item: str, code: str, quantity: int) -> Row:
    return {
        "SystemId": chance.guid(),
        "Item No.": item,
        "Code": code,
        "Qty. per Unit of Measure": Decimal(quantity),
    }


def _spoil(row: Row, turn: int) -> None:
    kind, lap = turn % 7, turn // 7
    if kind == 0:
        row["Description"] = cut(NAMES[lap % len(NAMES)], 100)
    elif kind == 1:
        row["Base Unit of Measure"] = ""
    elif kind == 2:
        row["Blocked"] = True
    elif kind == 3:
        row["Unit Price"] = Decimal("-12.5")
    elif kind == 4:
        row["Unit Price"] = row["Unit Cost"] = row["Inventory"] = Decimal(0)
    elif kind == 5:
        row["Description"] = overlong("Schreibtisch", 100)
    else:
        row["Inventory"] = Decimal(-3 - lap)


def _ordinary(chance: Chance, place: int) -> Row:
    one_of = chance.one_of
    cost = chance.amount(1, 900)
    kind = "Inventory" if chance.happens(0.9) else one_of(("Service", "Non-Inventory"))
    return {
        "SystemId": chance.guid(),
        "No.": f"{1000 + place}",
        "Description": f"{one_of(ITEM_MODELS)} {one_of(ITEM_KINDS)}, {one_of(ITEM_COLOURS)}",
        "Type": kind,
        "Base Unit of Measure": one_of(_UNITS),
        "Unit Price": cost + chance.amount(0, 400),
        "Unit Cost": cost,
        "Unit Volume": Decimal(chance.below(300)) / 100,
        "Gross Weight": Decimal(chance.below(9000)) / 100,
        "Vendor No.": f"V{chance.below(60) + 1:05d}" if chance.happens(0.6) else "",
        "Vendor Item No.": f"{one_of(ITEM_MODELS)[:3]}-{place + 1}" if chance.happens(0.4) else "",
        "Inventory": Decimal(chance.below(500)) if kind == "Inventory" else Decimal(0),
    }


class Resources:
    def __init__(self, chance: Chance, number: int) -> None:
        self.rows: list[Row] = []
        self.expected: list[Expected] = []
        blank = blank_row("Resource")
        for place in range(number):
            person = chance.happens(0.7)
            name = f"{chance.one_of(FIRST_NAMES)}, {chance.one_of(RESOURCE_TRADES)}" if person else ""
            cost = Decimal(chance.below(60) + 20)
            row = {
                **blank,
                "SystemId": chance.guid(),
                "No.": f"R{(place + 1) * 10:04d}",
                "Name": name or f"{chance.one_of(RESOURCE_TRADES)} {place + 1}",
                "Type": "Person" if person else "Machine",
                "Base Unit of Measure": chance.one_of(("HOUR", "DAY")),
                "Unit Price": cost * 2,
                "Unit Cost": cost,
                "Capacity": Decimal(chance.below(250) * 8),
            }
            self.rows.append(row)
            if place % 50 == 2:
                row["Blocked"] = True
            elif place % 50 == 4:
                row["Base Unit of Measure"] = ""
                self.expected.append(Expected("RESOURCE-PRODUCT", row["No."], "fail", _NO_UNIT, row["SystemId"]))
            elif place % 50 == 6:
                row["Name"] = cut(NAMES[place % len(NAMES)], 100)
                row["Unit Price"] = Decimal(0)
