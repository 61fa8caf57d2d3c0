"""CreateMultiple, UpdateMultiple and UpsertMultiple: one transaction, all or nothing, where the table has them."""

from typing import Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.columns import GUID, read_bind
from services.sandbox.dataverse.exchange import PREFIX, Answer, Call, encode
from services.sandbox.dataverse.keys import plain_key
from services.sandbox.dataverse.rows import Rows, types_of
from services.sandbox.dataverse.table import Table
from services.sandbox.dataverse.world import World

LARGEST_BODY = 122_523_648
"""Bytes; about 116.85 MB."""

MESSAGES = ("CreateMultiple", "UpdateMultiple", "UpsertMultiple", "DeleteMultiple")


def supports(table: Table, message: str) -> bool:
    """Whether a table has the message."""
    spec = table.spec
    return {
        "CreateMultiple": spec.create_multiple,
        "UpdateMultiple": spec.update_multiple,
        "UpsertMultiple": spec.upsert_multiple,
    }.get(message, False)


class Bulk:
    def __init__(self, world: World, rows: Rows) -> None:
        self._world = world
        self._rows = rows

    def answer(self, call: Call, table: Table, message: str) -> Answer:
        """Carry out one bulk message; raises ``Refused`` for the first row that fails, and nothing is done then."""
        if call.method != "POST":
            raise refusal.not_allowed(call.method)
        if not supports(table, message):
            raise refusal.invalid(f"The '{message}' method does not support entities of type '{table.name}'.")
        if len(call.body) > LARGEST_BODY:
            raise refusal.too_large()
        targets = self._targets(call, table)
        with self._world.transaction():
            match message:
                case "CreateMultiple":
                    return self._create(call, table, targets)
                case "UpdateMultiple":
                    return self._update(call, table, targets)
        return self._upsert(call, table, targets)

    def _targets(self, call: Call, table: Table) -> list[dict[str, Any]]:
        body = call.json(table.name)
        for name in body:
            if name != "Targets":
                raise refusal.bad_payload(table.name, f"'{name}' is not a parameter of the operation.")
        targets = body.get("Targets")
        if not isinstance(targets, list) or not targets:
            raise refusal.bad_payload(table.name, "The parameter 'Targets' must be a collection with members.")
        expected = types_of(table)
        for target in targets:
            kind = target.get("@odata.type") if isinstance(target, dict) else None
            if kind is None:
                raise refusal.bad_payload(
                    table.name, "A type named '@odata.type' is required on every target of a bulk operation."
                )
            if kind not in expected:
                raise refusal.bad_payload(table.name, f"The type '{kind}' is not '{PREFIX}{table.name}'.")
        return targets

    def _create(self, call: Call, table: Table, targets: list[dict[str, Any]]) -> Answer:
        create, by = self._world.create, call.by
        ids = [create(table, target, by=by)[table.id] for target in targets]
        call.work.append(("bulk_create", len(ids)))
        place = f"{call.root}$metadata#{PREFIX}CreateMultipleResponse"
        return Answer(200, encode({"@odata.context": place, "Ids": ids}))

    def _update(self, call: Call, table: Table, targets: list[dict[str, Any]]) -> Answer:
        seen: set[str] = set()
        for target in targets:
            row_id = target.get(table.id)
            if not isinstance(row_id, str) or not GUID.fullmatch(row_id):
                raise refusal.invalid(f"The primary key '{table.id}' is missing in a target of UpdateMultiple.")
            _refuse_twice(seen, row_id.lower())
            self._world.update(table, self._world.find(table, row_id), target, by=call.by)
        call.work.append(("bulk_update", len(targets)))
        return Answer(204)

    def _upsert(self, call: Call, table: Table, targets: list[dict[str, Any]]) -> Answer:
        seen: set[str] = set()
        for target in targets:
            key = target.get(table.id)
            reference = target.get("@odata.id")
            if key is None and isinstance(reference, str):
                found = read_bind(reference) or ("", "")
                if found[0] != table.spec.entity_set:
                    raise refusal.bad_uri(f"'{reference}' does not name a row of '{table.spec.entity_set}'.")
                key = plain_key(table.spec, found[1])
            if not isinstance(key, str) or not key:
                raise refusal.invalid("A target of UpsertMultiple needs '@odata.id' or its primary key.")
            _refuse_twice(seen, key.lower())
            self._rows.upsert(table, key, target, by=call.by)
        call.work.append(("bulk_update", len(targets)))
        return Answer(204)


def _refuse_twice(seen: set[str], key: str) -> None:
    if key in seen:
        raise refusal.invalid("The same record occurs more than once in the targets of a bulk operation.")
    seen.add(key)
