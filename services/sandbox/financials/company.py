"""A company of Financials: its tables, what must hold in them, and what its business logic does on a write."""

import uuid
from typing import TYPE_CHECKING, Any

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsField, FinancialsTable
from services.sandbox.financials import refusals, rules
from services.sandbox.financials.calculated import Calculation
from services.sandbox.financials.documents.sales_documents import SalesDocuments
from services.sandbox.financials.extras import EXTRA_FIELDS
from services.sandbox.financials.keys import Key, key_text
from services.sandbox.financials.pricing_switches import PricingMode, PricingSwitches
from services.sandbox.financials.rows import Row, TableRows, Values
from services.sandbox.financials.series import NumberSeries
from services.sandbox.financials.stock import Stock
from services.sandbox.financials.values import blank

if TYPE_CHECKING:
    from services.sandbox.financials.world import FinancialsWorld

_OTHER_GENERATION: dict[PricingMode, frozenset[str]] = {
    "classic": frozenset({"Price List Header", "Price List Line"}),
    "price_lists": frozenset({"Sales Price", "Sales Line Discount"}),
}

FIELDS: dict[str, dict[str, FinancialsField]] = {
    name: {item.name: item for item in (*table, *EXTRA_FIELDS.get(name, ()))}
    for name, table in FINANCIALS_TABLES.items()
}
"""Table -> field by name, those of API v2.0 alone included."""

_BLANK: dict[str, Values] = {
    name: {item.name: blank(item) for item in table} for name, table in FINANCIALS_TABLES.items()
}
_RELATED: dict[str, list[tuple[str, str]]] = {}
"""Table -> (table, field) whose values are keys of it."""
for _table in FINANCIALS_TABLES.values():
    for _item in _table:
        if _item.relation:
            _RELATED.setdefault(_item.relation, []).append((_table.name, _item.name))


class Company:
    """Rows change through :meth:`insert`, :meth:`update` and :meth:`delete` alone."""

    def __init__(self, world: "FinancialsWorld", id: str, name: str, display_name: str = "") -> None:
        self.world = world
        self.id = id
        self.name = name
        self.display_name = display_name or name
        self.tables: dict[str, TableRows] = {table: TableRows(found) for table, found in FINANCIALS_TABLES.items()}
        self.deletions: list[dict[str, Any]] = []
        """The companion's deletion log, oldest first, by property."""
        self.shortened: dict[tuple[str, str], int] = {}
        """(table, field) -> longest text that an extension of somebody's still allows."""
        self.pricing = PricingSwitches()
        self.stock = Stock(self)
        self.calculate = Calculation(self)
        self.series = NumberSeries(self)
        self.documents = SalesDocuments(self)

    @property
    def closed_pages(self) -> frozenset[str]:
        """Tables whose pages refuse to open, because prices are kept in those of the other generation."""
        return _OTHER_GENERATION[self.pricing.mode]

    def load(self, table: str, rows: list[Values], moment: str) -> None:
        """Fill an empty table with rows in stored form that need no checking, e.g. generated ones."""
        found = FINANCIALS_TABLES[table]
        held = self.tables[table]
        blanks = _BLANK[table]
        loaded = []
        for given in rows:
            values = {name: given.get(name, value) for name, value in blanks.items()}
            version = self.world.next_version()
            loaded.append(Row(given["SystemId"], held.key_of(values), values, version, moment, moment))
        held.load(loaded)
        if len(held) != len(rows) or len(held.by_key) != len(rows):
            raise ValueError(f"{found.name}: rows with the same key or SystemId")

    def find(self, table: str, key: Key) -> Row:
        """The row with that key; raises ``Refused``."""
        row = self.tables[table].by_key.get(key)
        if row is None:
            raise refusals.no_such_record(table, ";".join(str(part) for part in key))
        return row

    def insert(self, table: str, given: Values, id: str = "", modified: str = "") -> Row:
        """A new record from values in stored form, fields being validated in their order; raises ``Refused``.

        ``modified`` sets an older modification time than now: a row that a long transaction committed late.
        """
        found = FINANCIALS_TABLES[table]
        held = self.tables[table]
        values = dict(_BLANK[table])
        for name, value in given.items():
            rules.validate(self, found, values, name, value)
        self._complete_key(found, values)
        key = held.key_of(values)
        if key in held.by_key:
            raise refusals.same_key(table, key_text(found, values))
        if id and id in held.by_id:
            raise refusals.same_key(table, f"SystemId: {id}")
        now = self.world.moment()
        row = Row(id or str(uuid.uuid4()), key, values, self.world.next_version(), modified or now, now)
        held.late = held.late or bool(modified and modified < now)
        self._store(held, None, row)
        rules.after_insert(self, found, row)
        return held.by_id[row.id]

    def update(self, table: str, row: Row, changes: Values) -> Row:
        """The record with other values; a changed key renames it everywhere. Raises ``Refused``."""
        found = FINANCIALS_TABLES[table]
        held = self.tables[table]
        values = dict(row.values)
        for name, value in changes.items():
            if values.get(name) != value or name not in values:
                rules.validate(self, found, values, name, value)
        for name in found.key:
            if values[name] == "" and row.values[name] != "":
                raise refusals.blank_key(table, name)
        key = held.key_of(values)
        if key != row.key and key in held.by_key:
            raise refusals.same_key(table, key_text(found, values))
        changed = Row(row.id, key, values, self.world.next_version(), self.world.moment(), row.created)
        self._store(held, row, changed)
        if key != row.key and len(found.key) == 1:
            self._rename(table, row.key[0], key[0])
        rules.after_update(self, found, row, changed)
        return held.by_id[row.id]

    def recalculate(self, table: str, row: Row, values: Values) -> Row:
        """Give a calculated field another value, which touches neither row version nor modification time."""
        changed = Row(row.id, row.key, row.values | values, row.version, row.modified, row.created)
        held = self.tables[table]
        held.by_id[row.id] = held.by_key[row.key] = changed
        held.touched()
        return changed

    def delete(self, table: str, row: Row) -> None:
        """Delete the record with all that belongs to it, and log it."""
        found = FINANCIALS_TABLES[table]
        held = self.tables[table]
        rules.before_delete(self, found, row)
        held.remove(row)
        version = self.world.next_version()
        if found.lookup:
            self.world.remember(lambda: held.put_back(row, None))
            return
        self.deletions.append(
            {
                "id": str(uuid.uuid4()),
                "entryNumber": len(self.deletions) + 1,
                "tableNumber": found.number,
                "recordId": row.id,
                "recordKey": key_text(found, row.values),
                "deletedAt": self.world.moment(),
                "systemRowVersion": version,
            }
        )

        def undo() -> None:
            held.put_back(row, None)
            self.deletions.pop()

        self.world.remember(undo)

    def related_row(self, field: FinancialsField, code: str) -> Row | None:
        """The record that a field's value names."""
        return self.tables[field.relation].by_key.get((code,))

    def _complete_key(self, table: FinancialsTable, values: Values) -> None:
        first = table.key[0]
        if values[first] == "" and table[first].type == "code":
            if not table.number_series:
                raise refusals.blank_key(table.name, first)
            values[first] = self.series.next(table)
            rules.numbered(table, values)

    def _store(self, held: TableRows, old: Row | None, new: Row) -> None:
        held.put(new, old)
        self.world.remember(lambda: held.put_back(old, new))

    def _rename(self, table: str, old: str, new: str) -> None:
        for other, name in _RELATED.get(table, ()):
            held = self.tables[other]
            for row in [row for row in held.by_id.values() if row.values[name] == old]:
                self.update(other, row, {name: new})
        rules.after_rename(self, table, old, new)
        self.documents.renamed(table, old, new)
