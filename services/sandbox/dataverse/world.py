"""The make-believe Dataverse environment: its tables, one global version number, and transactions over them.

Everything here is synchronous, so a request's writes happen at once; ``transaction`` takes back all of them when one
is refused.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from libs.dynamics.sales_tables import SalesTable
from services.sandbox.dataverse import derived, keys, members, refusal, rules
from services.sandbox.dataverse.choices import Choices
from services.sandbox.dataverse.columns import GUID, OWNER_KEY, read_bind, target_key
from services.sandbox.dataverse.deep_insert import create_nested, is_nested
from services.sandbox.dataverse.solutions import tables_of
from services.sandbox.dataverse.table import Row, Table


@dataclass
class Behaviour:
    """Settings of the environment that change what it allows."""

    active_products_locked: bool = False
    """Refuse to change columns of an Active product, as documented for parts of them."""
    create_only_refused: bool = False
    """Refuse a create-only column in an update; otherwise it is passed over."""


@dataclass
class Identity:
    """Who the rows belong to."""

    application_user: str
    organization: str
    business_unit: str
    person: str = ""
    """A salesperson: who makes the changes that the control endpoint asks for."""


class World:
    def __init__(self, clock: Callable[[], datetime], tables: Mapping[str, SalesTable] | None = None) -> None:
        self.choices = Choices()
        self.behaviour = Behaviour()
        self.identity = Identity("", "", "")
        self.tables: dict[str, Table] = {
            name: Table(spec, self.choices.published.get(name, {})) for name, spec in (tables or tables_of()).items()
        }
        self.sets: dict[str, Table] = {table.spec.entity_set: table for table in self.tables.values()}
        self.version = 1_000_000
        self.metadata_version = 1_000
        self.writes = 0
        """Rows created, updated or deleted by requests."""
        self.deleting: set[str] = set()
        """Rows whose deletion is under way, so that what belongs to them may go too."""
        self._clock = clock
        self._undo: list[tuple[Table, str, Row | None]] | None = None
        self._moment: tuple[int, str] = (0, "")

    # --- loading ---------------------------------------------------------------------------------------------------

    def load(self, table: str, rows: Iterable[Mapping[str, Any]], *, moment: str) -> None:
        """Fill a table with canonical rows as they are, no rules applied.

        A lookup is the target's id, one of several targets is ``table:id``.
        """
        there = self.tables[table]
        for values in rows:
            row = {**there.blank, **self.wire_values(there, values)}
            row[there.id] = row[there.id] or str(uuid.uuid4())
            if OWNER_KEY.name in row:
                row[OWNER_KEY.name] = row[there.id]
            row["createdon"] = row["modifiedon"] = moment
            row["_createdby_value"] = row["_modifiedby_value"] = self.identity.person or None
            if there.spec.owned and row["_ownerid_value"] is None:
                row["_ownerid_value"], row["ownerid@table"] = self.identity.person or None, "systemuser"
            derived.follow(self, there, None, row)
            self._stamp(row)
            there.put(row)

    def wire_values(self, table: Table, values: Mapping[str, Any]) -> Row:
        """Canonical values by logical name as a row keeps them."""
        found: Row = {}
        for name, value in values.items():
            attribute = table.attributes.get(name)
            if name == table.id or attribute is None:
                found[name] = value
            elif attribute.type != "lookup":
                is_number = isinstance(value, str) and attribute.type in ("decimal", "money")
                found[name] = None if value == "" else Decimal(value) if is_number else value
            elif len(attribute.targets) > 1:
                target, _, row_id = (value or ":").partition(":")
                found[attribute.read_name], found[target_key(attribute)] = row_id or None, target or None
            else:
                found[attribute.read_name] = value or None
        return found

    def canonical(self, table: Table, row: Row) -> dict[str, Any]:
        """A row by logical names, as the generator gives it and the control endpoint shows it."""
        found: dict[str, Any] = {table.id: row[table.id]}
        for name, attribute in table.attributes.items():
            value = row[attribute.read_name]
            if value is not None and len(attribute.targets) > 1:
                value = f"{row[target_key(attribute)]}:{value}"
            found[name] = value
        return found

    # --- transactions ----------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes within, or none. Nested: part of the outer one."""
        if self._undo is not None:
            yield
            return
        undo: list[tuple[Table, str, Row | None]] = []
        self._undo = undo
        writes = self.writes
        marks = {name: len(table.deleted) for name, table in self.tables.items()}
        done = False
        try:
            yield
            done = True
        finally:
            self._undo = None
            if not done:
                self._roll_back(undo, marks)
                self.writes = writes

    def _roll_back(self, undo: list[tuple[Table, str, Row | None]], marks: dict[str, int]) -> None:
        disturbed: dict[str, Table] = {}
        for table, row_id, old in reversed(undo):
            if row_id in table.rows:
                table.remove(row_id)
            if old is not None:
                table.put(old)
                disturbed[table.name] = table
        for table in disturbed.values():
            table.restore_order()
        for name, mark in marks.items():
            del self.tables[name].deleted[mark:]

    # --- writes ----------------------------------------------------------------------------------------------------

    def create(self, table: Table, body: Mapping[str, Any], *, by: str, row_id: str | None = None) -> Row:
        """A new row from a request's members; raises ``Refused``."""
        if is_nested(body):
            return create_nested(self, table, body, by=by, row_id=row_id)
        return self.create_one(table, body, by=by, row_id=row_id)

    def create_one(self, table: Table, body: Mapping[str, Any], *, by: str, row_id: str | None = None) -> Row:
        """A new row alone; raises ``Refused``."""
        with self.transaction():
            row = dict(table.blank)
            given = members.take(self, table, row, body, creating=True)
            row[table.id] = row_id or given or str(uuid.uuid4())
            if row[table.id] in table.rows:
                raise refusal.duplicate(table.name)
            if OWNER_KEY.name in row:
                row[OWNER_KEY.name] = row[table.id]
            now = self._now()
            row["createdon"], row["modifiedon"] = row["overriddencreatedon"] or now, now
            row["_createdby_value"] = row["_modifiedby_value"] = by
            if table.spec.owned and row["_ownerid_value"] is None:
                row["_ownerid_value"], row["ownerid@table"] = by, "systemuser"
            rules.fill_new(self, table, row)
            for attribute in table.required:
                if row[attribute.read_name] is None:
                    raise rules.missing(table.name, attribute.name)
            rules.check(self, table, None, row)
            derived.follow(self, table, None, row)
            self._store(table, row, None)
            rules.after_create(self, table, row, by)
            return table.rows[row[table.id]]

    def update(self, table: Table, row: Row, body: Mapping[str, Any], *, by: str) -> Row:
        """Change a row; raises ``Refused``."""
        with self.transaction():
            new = dict(row)
            members.take(self, table, new, body, creating=False)
            rules.fill_changed(self, table, row, new, body)
            for attribute in table.required:
                if new[attribute.read_name] is None and row[attribute.read_name] is not None:
                    raise rules.missing(table.name, attribute.name)
            rules.check(self, table, row, new)
            derived.follow(self, table, row, new)
            new["modifiedon"] = self._now()
            new["_modifiedby_value"] = by
            self._store(table, new, row)
            return new

    def delete(self, table: Table, row: Row, *, by: str) -> None:
        """Remove a row and what goes with it; raises ``Refused`` where it is still used."""
        with self.transaction():
            rules.before_delete(self, table, row, by)
            row_id = row[table.id]
            self._remember(table, row_id, table.rows[row_id])
            table.remove(row_id)
            self.version += 1
            table.deleted.append((self.version, row_id))
            self.writes += 1

    def empty_lookup(self, table: Table, row: Row, property: str, *, by: str) -> None:
        """Take a reference to a deleted row away."""
        new = {**row, property: None, "modifiedon": self._now(), "_modifiedby_value": by}
        self._store(table, new, row)

    def resolve_bind(self, value: str, target: Table) -> str:
        """Id of the row that a bind names; it must exist."""
        found = read_bind(value)
        if found is None:
            raise refusal.bad_uri(f"The URI '{value}' is not a valid reference to an entity.")
        set_name, key = found
        if set_name != target.spec.entity_set:
            if set_name not in self.sets:
                raise refusal.no_segment(set_name)
            raise refusal.bad_uri(
                f"The reference '{value}' does not name a row of '{target.spec.entity_set}': entity type mismatch."
            )
        return str(self.find(target, keys.plain_key(target.spec, key))[target.id])

    def find(self, table: Table, key: str) -> Row:
        """The row with that key, a GUID or ``column='value'``; raises ``Refused``."""
        if GUID.fullmatch(key):
            row = table.rows.get(key.lower())
            if row is None:
                raise refusal.not_found(table.name, key)
            return row
        row_id = self.alternate(table, key)[0]
        if row_id is None:
            raise refusal.invalid_key(table.name)
        return table.rows[row_id]

    def alternate(self, table: Table, key: str) -> tuple[str | None, Row]:
        """Id of the row with an alternate key (None: there is none) and the key's values."""
        values = keys.read_key(table, key)
        declared = table.declared_key(values)
        if declared is None:
            raise refusal.bad_uri(f"The key in the request URI is not valid for resource '{table.spec.entity_set}'.")
        row: Row = dict(table.blank)
        for name, value in values.items():
            attribute = table.attributes[name]
            row[attribute.read_name] = value if attribute.type == "lookup" else table.checks[attribute.name](value)
        wanted = declared.of(row)
        read_names = {table.attributes[name].read_name for name in declared.columns}
        return (declared.rows.get(wanted) if wanted else None), {name: row[name] for name in read_names}

    def _store(self, table: Table, row: Row, old: Row | None) -> None:
        for key in table.keys:
            value = key.of(row)
            if value is not None:
                holder = key.rows.get(value)
                if holder is not None and holder != row[table.id]:
                    raise rules.taken(table.name, key)
        self._remember(table, row[table.id], old)
        self._stamp(row)
        table.put(row)
        self.writes += 1

    def _remember(self, table: Table, row_id: str, old: Row | None) -> None:
        if self._undo is not None:
            self._undo.append((table, row_id, old))

    def _stamp(self, row: Row) -> None:
        self.version += 1
        row["versionnumber"] = self.version
        row["@odata.etag"] = f'W/"{self.version}"'

    def _now(self) -> str:
        now = self._clock()
        second = int(now.timestamp())
        if second != self._moment[0]:
            self._moment = second, now.strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._moment[1]
