"""Both products, as far as the registry can tell: they keep records and perform a WritePage as a connector would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, RecordData, SettlePage, Values, WriteData, WritePage
from libs.contracts.vocabulary import Operation, OutcomeStatus
from libs.messaging.pages import answered_for

Refusal = Callable[[WriteData], str]


@dataclass
class Row:
    values: Values
    version: str
    key: str = ""


@dataclass
class Remote:
    """Tables of one product. Every write that succeeds moves the version on."""

    keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Financials: table -> (key field, number series prefix)."""
    draws_ids: frozenset[str] = frozenset()
    """Tables that choose the id of a new row themselves."""
    unique: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: Mapping[str, Callable[[str, Values], Values]] = field(default_factory=dict)
    """Table -> facts of a row by its id."""
    tells_versions: bool = True
    """Whether creates answer with a version; bulk messages do not."""
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    refuse: Refusal = lambda write: ""
    performed: list[WriteData] = field(default_factory=list)
    written: int = 0
    _numbers: Any = field(default_factory=lambda: count(1))

    def table(self, name: str) -> dict[str, Row]:
        return self.tables.setdefault(name, {})

    def put(self, table: str, id: str, values: Values, key: str = "") -> Row:
        """What a person did there: sets these values under a new version."""
        row = self.table(table).setdefault(id, Row({}, "", key))
        row.values.update(values)
        row.version = f"v{next(self._numbers)}"
        return row

    def record(self, table: str, id: str) -> RecordData:
        row = self.table(table)[id]
        return {"id": id, "key": row.key, "version": row.version, "modified_on": "", "values": dict(row.values)}

    def records(self, table: str) -> list[RecordData]:
        return [self.record(table, row_id) for row_id in self.table(table)]

    def perform(self, message: WritePage) -> SettlePage:
        outcomes = [self._one(message.table, write, message.returns) for write in message.writes]
        return answered_for(message, outcomes)

    def _one(self, table: str, write: WriteData, returns: list[str]) -> OutcomeData:
        self.performed.append(write)
        words = self.refuse(write)
        if words:
            failure = Failure(code="remote.rejected", message="Sales refused the record.", remote_message=words)
            return _bare(write, OutcomeStatus.REFUSED, error=failure.model_dump(mode="json"))
        operation = Operation(write["operation"])
        if operation is Operation.CREATE:
            return self._create(table, write, returns)
        if operation is Operation.MATCH:
            found = self._find(table, write["match"])
            if len(found) == 1:
                return self._with_current(table, write, OutcomeStatus.MATCHED, found[0], returns)
            return _kept(write, OutcomeStatus.AMBIGUOUS if found else OutcomeStatus.UNMATCHED)
        row = self.table(table).get(write["id"])
        if row is None:
            return _bare(write, OutcomeStatus.GONE)
        if operation is Operation.COMPARE:
            if all(_same(row.values.get(name), value) for name, value in write["values"].items()):
                facts = self._facts(table, write["id"], returns)
                return _bare(write, OutcomeStatus.EQUAL, version=row.version, facts=facts)
            return self._with_current(table, write, OutcomeStatus.DIFFERENT, write["id"], returns)
        if write["version"] is not None and write["version"] != row.version:
            return self._with_current(table, write, OutcomeStatus.CONFLICT, write["id"], returns)
        return self._update(table, write)

    def _create(self, table: str, write: WriteData, returns: list[str]) -> OutcomeData:
        rows = self.table(table)
        if write.get("match_first"):
            found = self._find(table, write["match"])
            if found:
                return self._with_current(table, write, OutcomeStatus.MATCHED, found[0], returns)
        if write["id"] not in rows or table in self.draws_ids:
            unique = {name: write["values"].get(name) for name in self.unique.get(table, ())}
            found = self._find(table, unique) if unique else []
            if found and "match" in write:
                return self._with_current(table, write, OutcomeStatus.MATCHED, found[0], returns)
            if found:
                failure = Failure(code="remote.rejected", message="Such a record exists.", remote_message="duplicate")
                return _bare(write, OutcomeStatus.REFUSED, error=failure.model_dump(mode="json"))
            row_id = str(1000 + next(self._numbers)) if table in self.draws_ids else write["id"]
            self.put(table, row_id, write["values"], self._key(table))
            self._after(write)
        else:
            row_id = write["id"]
            if any(not _same(rows[row_id].values.get(name), value) for name, value in write["values"].items()):
                return self._with_current(table, write, OutcomeStatus.CREATED, row_id, returns)
        self.written += 1
        version = rows[row_id].version if self.tells_versions else ""
        facts = self._facts(table, row_id, returns)
        return _bare(write, OutcomeStatus.CREATED, id=row_id, version=version, facts=facts)

    def _update(self, table: str, write: WriteData) -> OutcomeData:
        row = self.put(table, write["id"], write["values"])
        self._after(write)
        self.written += 1
        return _bare(write, OutcomeStatus.UPDATED, version=row.version)

    def _after(self, write: WriteData) -> None:
        for child in write.get("children", []):
            self.put(child["table"], child["id"], child["values"])

    def _key(self, table: str) -> str:
        return f"{self.keys[table][1]}{next(self._numbers):03}" if table in self.keys else ""

    def _facts(self, table: str, id: str, returns: list[str]) -> Values:
        row = self.table(table)[id]
        known = {**row.values, **(self.computed[table](id, row.values) if table in self.computed else {})}
        if table in self.keys:
            known[self.keys[table][0]] = row.key
        return {name: known[name] for name in returns if name in known}

    def _find(self, table: str, match: Values) -> list[str]:
        return [
            row_id
            for row_id, row in self.table(table).items()
            if all(_folded(row.values.get(name)) == _folded(value) for name, value in match.items())
        ]

    def _with_current(
        self, table: str, write: WriteData, status: OutcomeStatus, id: str, returns: list[str]
    ) -> OutcomeData:
        outcome = _kept(write, status)
        record = self.record(table, id)
        names = write.get("wanted") or write["values"]
        record["values"] = {name: record["values"].get(name) for name in names}
        return {
            **outcome,
            "id": id,
            "version": record["version"],
            "current": record,
            "facts": self._facts(table, id, returns),
        }


def _kept(write: WriteData, status: OutcomeStatus) -> OutcomeData:
    return {"write": write, "status": status.value, "id": write["id"], "version": ""}


def _bare(write: WriteData, status: OutcomeStatus, **more: Any) -> OutcomeData:
    outcome: Any = {"write": {**write, "values": {}}, "status": status.value, "id": write["id"], "version": "", **more}
    return outcome


def _same(one: Any, other: Any) -> bool:
    return (one or "") == (other or "") if isinstance(one or other, str) else one == other


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
