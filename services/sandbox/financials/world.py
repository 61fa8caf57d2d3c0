"""Financials in memory: its companies and what they share; the place where tests and the control endpoint reach in."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.sandbox.financials import refusals
from services.sandbox.financials.company import FIELDS, Company
from services.sandbox.financials.keys import Key
from services.sandbox.financials.rows import Row, Values
from services.sandbox.financials.stock import LEDGER
from services.sandbox.financials.values import canonical, stored

if TYPE_CHECKING:
    from services.sandbox.generator.generated import Generated

Now = Callable[[], datetime]


class FinancialsWorld:
    """All companies of one environment. Row versions count through the whole database."""

    def __init__(
        self,
        now: Now = lambda: datetime.now(UTC),
        *,
        local_currency: str = "GBP",
        local_currency_symbol: str = "£",
    ) -> None:
        self._now = now
        self._version = 0
        self._undo: list[Callable[[], None]] | None = None
        self.local_currency = local_currency
        self.local_currency_symbol = local_currency_symbol
        self.companies: dict[str, Company] = {}
        """By id; the first is the default company."""

    @classmethod
    def of(cls, generated: "Generated", now: Now, stamp: str = "2024-01-01T00:00:00Z") -> "FinancialsWorld":
        """The generated company, and an empty second one. ``stamp``: when the rows were created."""
        world = cls(
            now,
            local_currency=generated.local_currency,
            local_currency_symbol=generated.local_currency_symbol,
        )
        company = world.add_company(generated.company_id, generated.company_name)
        moment = _milliseconds(datetime.fromisoformat(stamp))
        for table, rows in generated.financials.items():
            company.load(table, rows, moment)
        digits = generated.company_id
        other = world.add_company(f"{digits[:-4]}{'0001' if digits[-4:] != '0001' else '0002'}", "My Company")
        setup = [row | {"SystemId": str(uuid.uuid4())} for row in generated.financials["General Ledger Setup"]]
        other.load("General Ledger Setup", setup, moment)
        return world

    def add_company(self, id: str, name: str, display_name: str = "") -> Company:
        company = self.companies[id] = Company(self, id, name, display_name)
        return company

    @property
    def company(self) -> Company:
        """The default company."""
        return next(iter(self.companies.values()))

    def find_company(self, name_or_id: str) -> Company:
        """By id or by its case-sensitive name; raises ``Refused``."""
        company = self.companies.get(name_or_id.lower())
        if company is not None:
            return company
        for company in self.companies.values():
            if company.name == name_or_id:
                return company
        raise refusals.no_such_company(name_or_id)

    # --- what rows are stamped with ---------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Greatest row version given out."""
        return self._version

    def next_version(self) -> int:
        self._version += 1
        return self._version

    def moment(self) -> str:
        """Now, UTC to the millisecond."""
        return _milliseconds(self._now())

    # --- transactions -----------------------------------------------------------------------------------------------

    def remember(self, undo: Callable[[], None]) -> None:
        """A change tells how it is taken back, should the transaction fail."""
        if self._undo is not None:
            self._undo.append(undo)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within happens or nothing does; an inner transaction is part of the outer one."""
        if self._undo is not None:
            yield
            return
        taken_back: list[Callable[[], None]] = []
        self._undo = taken_back
        try:
            yield
            taken_back = []
        finally:
            for undo in reversed(taken_back):
                undo()
            self._undo = None

    # --- plain access for tests and the control endpoint -----------------------------------------------------------

    def insert(
        self, table: str, values: Values, *, id: str = "", modified: str = "", company: str = ""
    ) -> dict[str, Any]:
        """Insert a record as a user would, from canonical values by field name; answers it as :meth:`dump` does.
        ``Inventory`` of an item is posted."""
        found = self._company(company)
        given = _stored(table, values)
        inventory = given.pop("Inventory", None) if table == "Item" else None
        with self.transaction():
            row = found.insert(table, given, id, modified)
            if inventory:
                found.stock.post(row.key[0], inventory)
            return _canonical_row(table, row, found)

    def change(self, table: str, key: str | tuple[Any, ...], values: Values, *, company: str = "") -> dict[str, Any]:
        """Change a record as a user would; calculated fields change without touching the record, ``Inventory`` by a
        ledger entry."""
        found = self._company(company)
        given = _stored(table, values)
        inventory = given.pop("Inventory", None) if table == "Item" else None
        plain = {name: value for name, value in given.items() if not FIELDS[table][name].calculated}
        with self.transaction():
            row = found.find(table, self._key(table, key))
            if inventory is not None:
                found.stock.adjust(row.key[0], inventory)
            if len(plain) < len(given):
                row = found.recalculate(table, row, {name: given[name] for name in given if name not in plain})
            if plain:
                row = found.update(table, row, plain)
            return _canonical_row(table, row, found)

    def post_stock(
        self, item: str, quantity: str | Decimal, *, variant: str = "", location: str = "", date: str = ""
    ) -> dict[str, Any]:
        """Goods come in or go out (a negative quantity), in base units; answers the ledger entry."""
        found = self.company
        with self.transaction():
            row = found.stock.post(item, Decimal(quantity), variant=variant, location=location, day=date)
            return _canonical_row(LEDGER, row, found)

    def add_order_line(self, table: str, item: str, quantity: str | Decimal, **more: str) -> dict[str, Any]:
        """An open line of ``Sales Line`` or ``Purchase Line`` for an item; ``more``: ``partner``, ``unit``,
        ``variant``, ``location``, ``day`` (shipped or expected) and ``document`` as :meth:`Stock.order` takes them."""
        found = self.company
        with self.transaction():
            return _canonical_row(table, found.stock.order(table, item, Decimal(quantity), **more), found)

    def delete(self, table: str, key: str | tuple[Any, ...], *, company: str = "") -> None:
        """Delete a record as a user would."""
        found = self._company(company)
        with self.transaction():
            found.delete(table, found.find(table, self._key(table, key)))

    def dump(self, table: str, *, company: str = "") -> list[dict[str, Any]]:
        """All records in key order: canonical values by field name, with ``SystemId``, ``SystemModifiedAt`` and
        ``SystemRowVersion``."""
        found = self._company(company)
        return [_canonical_row(table, row, found) for row in found.tables[table].in_key_order()]

    def count(self, table: str, *, company: str = "") -> int:
        return len(self._company(company).tables[table])

    def _company(self, company: str) -> Company:
        return self.find_company(company) if company else self.company

    def _key(self, table: str, key: str | tuple[Any, ...]) -> Key:
        """A key as text (``key_text``, or a SystemId) or as a tuple of canonical parts, as rows are found by."""
        found = FINANCIALS_TABLES[table]
        parts = tuple(key.split(";")) if isinstance(key, str) and len(found.key) > 1 else key
        if isinstance(parts, str):
            parts = (parts,)
        if len(parts) != len(found.key):
            raise refusals.no_such_record(table, str(key))
        values = {name: stored(table, found[name], part) for name, part in zip(found.key, parts, strict=True)}
        return self.company.tables[table].key_of(values)


def _milliseconds(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def _stored(table: str, values: Values) -> Values:
    fields = FIELDS[table]
    for name in values:
        if name not in fields:
            raise refusals.bad_request(f"The table {table} has no field '{name}'.")
    return {name: stored(table, fields[name], value) for name, value in values.items()}


def _canonical_row(table: str, row: Row, company: Company) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "SystemId": row.id,
        "SystemModifiedAt": row.modified,
        "SystemRowVersion": row.version,
    }
    for item in FINANCIALS_TABLES[table]:
        computed = company.calculate.fields.get((table, item.name))
        shown[item.name] = canonical(item, computed[0](row) if computed else row.values[item.name])
    return shown
