"""Operations on single rows: create, retrieve, update, upsert, delete, and their properties and references."""

import re
from collections.abc import Mapping
from typing import Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.collections import COLLECTIONS
from services.sandbox.dataverse.columns import GUID
from services.sandbox.dataverse.exchange import PREFIX, Answer, Call, applied, encode
from services.sandbox.dataverse.expanding import derived_type
from services.sandbox.dataverse.paging import context, pages
from services.sandbox.dataverse.query import Reader
from services.sandbox.dataverse.rendering import FORMATTED, wants
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.dataverse.world import World
from services.sandbox.refusals import Refused

_REFERENCE = re.compile(r"\$(\w+)")


def types_of(table: Table) -> tuple[str, str]:
    """What ``@odata.type`` may say of a row of that table."""
    return f"{PREFIX}{table.name}", f"#{PREFIX}{table.name}"


def address(root: str, table: Table, key: str) -> str:
    return f"{root}{table.spec.entity_set}({key})"


class Rows:
    """Answers what concerns one row."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._reader = reader

    # --- create, update, delete ------------------------------------------------------------------------------------

    def create(self, call: Call, table: Table) -> Answer:
        body = self._body(call, table)
        row = self._world.create(table, body, by=call.by)
        call.work.append(("create", 1))
        return self._written(call, table, row, row[table.id], created=True)

    def update(self, call: Call, table: Table, key: str) -> Answer:
        """PATCH: the matrix of If-Match and If-None-Match over whether the row is there."""
        world = self._world
        row, key_values = self._row_or_key(table, key)
        must_match, must_not = call.condition("if-match"), call.condition("if-none-match")
        body = self._body(call, table)
        if row is None:
            if must_match:
                raise refusal.not_found(table.name, key)
            created = self._insert(call, table, key, key_values, body)
            call.work.append(("create", 1))
            return self._written(call, table, created, key, created=True)
        if must_not == "*":
            raise refusal.duplicate(table.name)
        _check_version(table, row, must_match)
        for name in key_values:
            body.pop(name, None)
        row = world.update(table, row, body, by=call.by)
        call.work.append(("update", 1))
        return self._written(call, table, row, key, created=False)

    def upsert(self, table: Table, key: str, body: Mapping[str, Any], *, by: str) -> Row:
        """One target of UpsertMultiple; raises ``Refused``."""
        row, key_values = self._row_or_key(table, key)
        if any(name in body for name in key_values):
            raise refusal.invalid("A key attribute must not be part of the members of an upsert target.", "0x80048d19")
        if row is not None:
            return self._world.update(table, row, body, by=by)
        with self._world.transaction():
            given = GUID.fullmatch(key)
            return self._world.create(table, {**key_values, **body}, by=by, row_id=key.lower() if given else None)

    def delete(self, call: Call, table: Table, key: str) -> Answer:
        row = self._world.find(table, key)
        _check_version(table, row, call.condition("if-match"))
        self._world.delete(table, row, by=call.by)
        call.work.append(("delete", 1))
        return Answer(204)

    def _insert(self, call: Call, table: Table, key: str, key_values: Row, body: dict[str, Any]) -> Row:
        if GUID.fullmatch(key):
            return self._world.create(table, body, by=call.by, row_id=key.lower())
        return self._world.create(table, {**key_values, **body}, by=call.by)

    def _row_or_key(self, table: Table, key: str) -> tuple[Row | None, Row]:
        """The row, if there is one, and the values of an alternate key."""
        if GUID.fullmatch(key):
            return table.rows.get(key.lower()), {}
        row_id, values = self._world.alternate(table, key)
        return (table.rows[row_id] if row_id else None), values

    def _body(self, call: Call, table: Table) -> dict[str, Any]:
        body = call.json(table.name)
        kind = body.get("@odata.type")
        if kind is not None and kind not in types_of(table):
            raise refusal.bad_payload(table.name, f"The type '{kind}' is not '{PREFIX}{table.name}'.")
        if call.references:
            for name, value in body.items():
                if name.endswith("@odata.bind") and isinstance(value, str) and value.startswith("$"):
                    body[name] = referred(call, value)
        return body

    def _written(self, call: Call, table: Table, row: Row, key: str, *, created: bool) -> Answer:
        url = address(call.root, table, key)
        if not call.wants_representation:
            return Answer(204, b"", {"OData-EntityId": url, "Location": url}, entity=url)
        answer = self._shown(call, table, row, 201 if created else 200)
        answer.headers |= {**applied("return=representation", annotations=call.annotations), "Location": url}
        answer.entity = url
        return answer

    # --- retrieve --------------------------------------------------------------------------------------------------

    def retrieve(self, call: Call, table: Table, key: str) -> Answer:
        row = self._world.find(table, key)
        known = call.condition("if-none-match")
        options = call.options
        if known and known == row["@odata.etag"] and not (options.expand or call.annotations):
            return Answer(304, b"", {"ETag": row["@odata.etag"]})
        call.work.append(("read", 1))
        return self._shown(call, table, row, 200)

    def _shown(
        self, call: Call, table: Table, row: Row, status: int, control: Mapping[str, str] | None = None
    ) -> Answer:
        options = call.options
        annotations = call.annotations
        render = self._reader.render(table, options, annotations, pages(call))
        document = {"@odata.context": context(call.root, table, options, entity=True), **(control or {}), **render(row)}
        return Answer(status, encode(document), {"ETag": row["@odata.etag"], **applied(annotations=annotations)})

    # --- properties and references ---------------------------------------------------------------------------------

    def property(self, call: Call, table: Table, key: str, rest: list[str]) -> Answer:
        """What lies below a row: ``/name``, ``/name/$value``, ``/primarycontactid``, ``…/$ref``."""
        row = self._world.find(table, key)
        name = rest[0]
        if rest[1:] == ["$ref"]:
            return self._reference(call, table, row, name)
        if name in table.navigations and len(rest) == 1:
            return self._related(call, table, row, name)
        if name in COLLECTIONS.get(table.name, {}) and rest[1:] in ([], ["$count"]):
            return self._many(call, table, row, rest)
        if name not in table.properties or rest[1:] not in ([], ["$value"]):
            raise refusal.no_segment(rest[-1])
        return self._value(call, table, row, rest)

    def _value(self, call: Call, table: Table, row: Row, rest: list[str]) -> Answer:
        name = rest[0]
        match call.method:
            case "GET":
                call.work.append(("read", 1))
                if row[name] is None:
                    return Answer(204)
                if len(rest) == 2:
                    return Answer(200, str(row[name]).encode(), content_type="text/plain")
                place = f"{call.root}$metadata#{table.spec.entity_set}({row[table.id]})/{name}"
                return Answer(200, encode({"@odata.context": place, "value": row[name]}))
            case "PUT":
                body = {name: call.json(table.name).get("value")}
            case "DELETE":
                body = {name: None}
            case _:
                raise refusal.not_allowed(call.method)
        _check_version(table, row, call.condition("if-match"))
        self._world.update(table, row, body, by=call.by)
        call.work.append(("update", 1))
        return Answer(204)

    def _related(self, call: Call, table: Table, row: Row, name: str) -> Answer:
        if call.method != "GET":
            raise refusal.not_allowed(call.method)
        found = table.leads_to(name, row)
        other = self._world.tables[found[0]] if found else table
        there = other.rows.get(found[1]) if found else None
        if there is None:
            return Answer(204)
        call.work.append(("read", 1))
        attribute, _ = table.navigations[name]
        several = [target for target, navigation in attribute.targets if navigation == name]
        return self._shown(call, other, there, 200, derived_type(other.name) if len(several) > 1 else None)

    def _many(self, call: Call, table: Table, row: Row, rest: list[str]) -> Answer:
        if call.method != "GET":
            raise refusal.not_allowed(call.method)
        collection = COLLECTIONS[table.name][rest[0]]
        other = self._world.tables[collection.table]
        rows = collection.rows(self._world, table, row)
        if len(rest) == 1:
            return self._reader.members(call, other, rows)
        call.work.append(("count", 1))
        number = len(self._reader.narrowing(other, call.options)(rows))
        return Answer(200, str(number).encode(), content_type="text/plain")

    def _reference(self, call: Call, table: Table, row: Row, segment: str) -> Answer:
        """``…/$ref``: ties a row to another, or parts them."""
        name, _, member = segment.removesuffix(")").partition("(")
        if name in COLLECTIONS.get(table.name, {}):
            if call.method == "GET" and not member:
                return self._references(call, table, row, name)
            self._member(call, table, row, name, member)
        elif segment not in table.navigations:
            raise refusal.no_segment(segment)
        elif call.method == "PUT":
            self._world.update(table, row, {f"{name}@odata.bind": self._given(call)}, by=call.by)
        elif call.method == "DELETE":
            self._world.update(table, row, {f"{name}@odata.bind": None}, by=call.by)
        elif call.method == "GET":
            return self._reference_of(call, table, row, name)
        else:
            raise refusal.not_allowed(call.method)
        call.work.append(("update", 1))
        return Answer(204)

    def _member(self, call: Call, table: Table, row: Row, name: str, member: str) -> None:
        """A row joins a collection (its address in the body), or leaves it (its key in the path or in ``$id``)."""
        collection = COLLECTIONS[table.name][name]
        other = self._world.tables[collection.table]
        match call.method:
            case "POST":
                there = other.rows[self._world.resolve_bind(self._given(call), other)]
                collection.tie(self._world, table, row, there, by=call.by)
            case "DELETE":
                url = f"{other.spec.entity_set}({member})" if member else dict(call.options.others).get("$id", "")
                there = other.rows[self._world.resolve_bind(referred(call, url), other)]
                collection.part(self._world, table, row, there, by=call.by)
            case _:
                raise refusal.not_allowed(call.method)

    def _references(self, call: Call, table: Table, row: Row, name: str) -> Answer:
        collection = COLLECTIONS[table.name][name]
        other = self._world.tables[collection.table]
        members = collection.rows(self._world, table, row)
        call.work.append(("read", len(members)))
        value = [{"@odata.id": address(call.root, other, member[other.id])} for member in members]
        return Answer(200, encode({"@odata.context": f"{call.root}$metadata#Collection($ref)", "value": value}))

    def _reference_of(self, call: Call, table: Table, row: Row, name: str) -> Answer:
        found = table.leads_to(name, row)
        if found is None:
            return Answer(204)
        url = address(call.root, self._world.tables[found[0]], found[1])
        return Answer(200, encode({"@odata.context": f"{call.root}$metadata#$ref", "@odata.id": url}))

    def _given(self, call: Call) -> str:
        """Address in ``{"@odata.id": …}``."""
        value = call.json().get("@odata.id")
        if not isinstance(value, str):
            raise refusal.bad_uri("The body must hold '@odata.id'.")
        return referred(call, value)


def referred(call: Call, value: str) -> str:
    """``$1`` as the address that an earlier part of the change set wrote."""
    found = _REFERENCE.match(value)
    if found is None:
        return value
    url = call.references.get(found[1])
    if url is None:
        raise refusal.bad_uri(f"Content-ID Reference: '{value}' does not exist in the batch context.")
    return url + value[found.end() :]


def _check_version(table: Table, row: Row, wanted: str) -> None:
    if wanted and wanted != "*" and wanted != row["@odata.etag"]:
        raise refusal.version_mismatch(table.name)


def describe(error: Refused, annotations: str) -> bytes:
    """Error body, with details where annotations are asked for."""
    inner: dict[str, Any] = {"code": error.code, "message": error.message}
    if annotations and wants(annotations, FORMATTED):
        inner["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"] = "0"
        inner["@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"] = "2146233088"
        inner["@Microsoft.PowerApps.CDS.HelpLink"] = (
            f"http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException:{error.code[2:]}"
        )
        inner["@Microsoft.PowerApps.CDS.TraceText"] = ""
        inner["@Microsoft.PowerApps.CDS.InnerError.Message"] = error.message
    return encode({"error": inner})
