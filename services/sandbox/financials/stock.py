"""Stock of a company: what the ledger adds up to, what orders hold and bring, and how stock moves."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsQuery
from services.sandbox.financials import refusals
from services.sandbox.financials.rows import Row
from services.sandbox.financials.values import BLANK_DATE, rounded

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

LEDGER = "Item Ledger Entry"
_LINE_DISTANCE = 10_000
_PLACES = 5
_NOTHING = Decimal(0)

Test = Callable[[Row], bool]


class Stock:
    """Answers for one company. Sales and purchase lines count as long as their table holds them."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._seen = -1
        self._counted = 0
        self._last_version = -1
        self._by_item: dict[str, list[Row]] = {}
        self._totals: dict[str, Decimal] = {}

    # --- what there is ---------------------------------------------------------------------------------------------

    def on_hand(self, item: str) -> Decimal:
        """Sum of the item's ledger entries."""
        self._catch_up()
        return self._totals.get(item, _NOTHING)

    def entries(self, item: str) -> list[Row]:
        """The item's ledger entries."""
        self._catch_up()
        return list(self._by_item.get(item, ()))

    def outstanding(self, table: str, item: str) -> list[Row]:
        """Lines of orders for the item: of ``Sales Line`` what is reserved, of ``Purchase Line`` what is on the way."""
        return [row for row in self._company.tables[table].having("No.", item) if _is_order(row)]

    def sums(self, query: FinancialsQuery, items: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """Rows of an API query, for some items or for all, in the order of its columns."""
        rows = self._rows(query.table, items)
        fields = [field for _, field in query.columns]
        dates = [FINANCIALS_TABLES[query.table][field].type == "date" for field in fields]
        total = query.total[1]
        found: dict[tuple[Any, ...], Decimal] = {}
        for row in rows:
            values = row.values
            place = tuple([values[field] for field in fields])
            found[place] = found.get(place, _NOTHING) + values[total]
        names = [name for name, _ in query.columns]
        return [
            dict(
                zip(
                    names,
                    [part or BLANK_DATE if day else part for part, day in zip(place, dates, strict=True)],
                    strict=True,
                )
            )
            | {query.total[0]: rounded(found[place], _PLACES)}
            for place in sorted(found)
        ]

    def _rows(self, table: str, items: Iterable[str] | None) -> Iterable[Row]:
        held = self._company.tables[table]
        if table == LEDGER:
            return held.by_id.values() if items is None else [row for item in items for row in self.entries(item)]
        if items is None:
            return [row for row in held.by_id.values() if _is_order(row)]
        return [row for item in items for row in self.outstanding(table, item)]

    def _catch_up(self) -> None:
        """Entries are only ever added, except when a transaction is taken back or an item is renamed or deleted."""
        ledger = self._company.tables[LEDGER]
        if self._seen == ledger.stamp:
            return
        added = ledger.in_change_order(self._last_version) if self._counted else []
        if not self._counted or self._counted + len(added) != len(ledger):
            added = ledger.in_change_order()
            self._by_item, self._totals = {}, {}
        for row in added:
            item = row.values["Item No."]
            self._by_item.setdefault(item, []).append(row)
            self._totals[item] = rounded(self._totals.get(item, _NOTHING) + row.values["Quantity"], _PLACES)
        if added:
            self._last_version = added[-1].version
        self._seen, self._counted = ledger.stamp, len(ledger)

    # --- how it changes --------------------------------------------------------------------------------------------

    def post(
        self,
        item: str,
        quantity: Decimal,
        *,
        variant: str = "",
        location: str = "",
        day: str = "",
        entry_type: str = "",
        document: str = "",
        description: str = "",
    ) -> Row:
        """A ledger entry, in base units; without a type an adjustment up or down. Raises ``Refused``."""
        held = self._company.tables[LEDGER]
        self._check_variant(item, variant)
        values = {
            "Entry No.": held.keys[-1][0] + 1 if held.keys else 1,
            "Item No.": item,
            "Posting Date": day or self._today(),
            "Entry Type": entry_type or ("Positive Adjmt." if quantity >= 0 else "Negative Adjmt."),
            "Document No.": document,
            "Description": description,
            "Location Code": location,
            "Variant Code": variant,
            "Quantity": rounded(quantity, _PLACES),
        }
        return self._company.insert(LEDGER, values)

    def adjust(self, item: str, wanted: Decimal) -> None:
        """Post what is missing to ``wanted``, at the blank location."""
        difference = wanted - self.on_hand(item)
        if difference:
            self.post(item, difference)

    def order(
        self,
        table: str,
        item: str,
        quantity: Decimal,
        *,
        partner: str = "",
        unit: str = "",
        variant: str = "",
        location: str = "",
        day: str = "",
        document: str = "",
    ) -> Row:
        """An open order line of ``Sales Line`` or ``Purchase Line`` with nothing delivered; a new order unless
        ``document`` names one. ``quantity`` is in ``unit``, else in base units. Raises ``Refused``."""
        sold = table == "Sales Line"
        found = self._company.find("Item", (item,))
        self._check_variant(item, variant)
        unit = unit or found.values["Base Unit of Measure"]
        document = document or self._next_document(table)
        values = {
            "Document Type": "Order",
            "Document No.": document,
            "Line No.": self._next_line(table, document),
            "Sell-to Customer No." if sold else "Buy-from Vendor No.": partner,
            "Type": "Item",
            "No.": item,
            "Variant Code": variant,
            "Location Code": location,
            "Unit of Measure Code": unit,
            "Quantity": rounded(quantity, _PLACES),
            "Outstanding Quantity": rounded(quantity, _PLACES),
            "Outstanding Qty. (Base)": rounded(quantity * self._per_unit(item, unit), _PLACES),
            "Shipment Date" if sold else "Expected Receipt Date": day,
        }
        return self._company.insert(table, values)

    def _per_unit(self, item: str, unit: str) -> Decimal:
        row = self._company.tables["Item Unit of Measure"].by_key.get((item, unit))
        if row is None:
            raise refusals.not_in_relation("Sales Line", "Unit of Measure Code", unit, "Item Unit of Measure")
        return Decimal(row.values["Qty. per Unit of Measure"])

    def _check_variant(self, item: str, variant: str) -> None:
        if variant and (item, variant) not in self._company.tables["Item Variant"].by_key:
            raise refusals.not_in_relation(LEDGER, "Variant Code", variant, "Item Variant")

    def _next_document(self, table: str) -> str:
        prefix = "S-ORD" if table == "Sales Line" else "P-ORD"
        numbers = {str(key[1]) for key in self._company.tables[table].keys if str(key[1]).startswith(prefix)}
        return f"{prefix}{max((int(each[5:]) for each in numbers if each[5:].isdigit()), default=100_000) + 1}"

    def _next_line(self, table: str, document: str) -> int:
        ordinal = FINANCIALS_TABLES[table]["Document Type"].options.index("Order")
        lines = self._company.tables[table].starting_with((ordinal, document))
        return int(lines[-1].key[2]) + _LINE_DISTANCE if lines else _LINE_DISTANCE

    def _today(self) -> str:
        return self._company.world.moment()[:10]


def _is_order(row: Row) -> bool:
    return bool(row.values["Document Type"] == "Order" and row.values["Type"] == "Item")
