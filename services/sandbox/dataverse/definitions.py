"""The queryable metadata: EntityDefinitions with their columns, choices and alternate keys; and message filters."""

import re
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from libs.dynamics.sales_tables import SalesAttribute
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.bulk import MESSAGES, supports
from services.sandbox.dataverse.column_definitions import (
    CAST,
    is_custom,
    label,
    metadata_id,
    option_set,
    primary_key,
    shown_column,
)
from services.sandbox.dataverse.exchange import Answer, Call, encode
from services.sandbox.dataverse.privileges import privileges_of
from services.sandbox.dataverse.relationships import ENDS, KINDS, relationships
from services.sandbox.dataverse.table import Key, Table
from services.sandbox.dataverse.world import World
from services.sandbox.odata import DATAVERSE, ODataError, Options, Property, Queries

_RELATIONSHIP = re.compile(r"RelationshipDefinitions\((?:SchemaName='(\w+)'|([0-9a-fA-F-]{36}))\)")
MOST_KEYS = 10
MOST_KEY_COLUMNS = 16
_NAMED = re.compile(r"\w+\((?:LogicalName='(\w+)'|([0-9a-fA-F-]{36}))\)")


class Definitions:
    """Answers EntityDefinitions and sdkmessagefilters."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, call: Call, segments: Sequence[str]) -> Answer:
        """``EntityDefinitions…``; raises ``Refused``."""
        first = _NAMED.fullmatch(segments[0])
        if first is None:
            if len(segments) > 1 or segments[0] != "EntityDefinitions":
                raise refusal.no_segment(segments[-1])
            tables = self._world.tables.values()
            return _listed(call, "EntityDefinitions", [self._entity(table, call.options) for table in tables])
        table = self._table(first[1], first[2])
        if len(segments) == 1:
            return _one(call, "EntityDefinitions/$entity", self._entity(table, call.options))
        below = segments[1]
        if below == "Keys" or below.startswith("Keys("):
            return self._keys(call, table, below)
        if below in ENDS:
            rows = [row for row in relationships(self._world) if table.name in map(row.get, ENDS[below])]
            return _listed(call, f"EntityDefinitions('{table.name}')/{below}", rows)
        if below == "Attributes" or below.startswith("Attributes("):
            return self._attributes(call, table, list(segments[1:]))
        raise refusal.no_segment(below)

    def relationships(self, call: Call, segments: Sequence[str]) -> Answer:
        """``RelationshipDefinitions…``; raises ``Refused``."""
        rows = list(relationships(self._world))
        named = _RELATIONSHIP.fullmatch(segments[0])
        if len(segments) == 2 and segments[1] in KINDS:
            rows = [row for row in rows if row["@odata.type"] == KINDS[segments[1]]]
        elif len(segments) > 1:
            raise refusal.no_segment(segments[-1])
        if named is None:
            return _listed(call, "RelationshipDefinitions", rows)
        for row in rows:
            if named[1] == row["SchemaName"] or (named[2] or "").lower() == row["MetadataId"]:
                return _one(call, "RelationshipDefinitions/$entity", row)
        raise refusal.not_found("RelationshipMetadata", named[1] or named[2])

    def _table(self, name: str | None, row_id: str | None) -> Table:
        for table in self._world.tables.values():
            if table.name == name or (row_id and metadata_id(table.name) == row_id.lower()):
                return table
        raise refusal.not_found("EntityMetadata", name or row_id or "")

    def _entity(self, table: Table, options: Options) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "MetadataId": metadata_id(table.name),
            "LogicalName": table.name,
            "SchemaName": table.name if is_custom(table.name) else table.name.capitalize(),
            "EntitySetName": table.spec.entity_set,
            "LogicalCollectionName": table.spec.entity_set,
            "PrimaryIdAttribute": table.id,
            "PrimaryNameAttribute": table.spec.primary_name,
            "ChangeTrackingEnabled": table.spec.change_tracking,
            "IsOptimisticConcurrencyEnabled": True,
            "IsCustomEntity": is_custom(table.name),
            "IsPrivate": False,
            "OwnershipType": "UserOwned" if table.spec.owned else "OrganizationOwned",
            "DisplayName": label(table.name.capitalize()),
            "HasChanged": None,
            "Privileges": privileges_of(table),
        }
        for item in options.expand:
            match item.name:
                case "Attributes":
                    shown["Attributes"] = [
                        _chosen(shown_column(self._world, table, attribute), item.options.select)
                        for attribute in table.attributes.values()
                    ]
                case "Keys":
                    shown["Keys"] = self._key_rows(table)
                case _:
                    raise refusal.bad_uri(f"Could not find a property named '{item.name}' on type 'EntityMetadata'.")
        return shown

    # --- columns ---------------------------------------------------------------------------------------------------

    def _attributes(self, call: Call, table: Table, segments: list[str]) -> Answer:
        cast = segments[1] if len(segments) > 1 and segments[1].startswith(CAST) else ""
        rest = segments[2:] if cast else segments[1:]
        wanted = cast.removeprefix(CAST)
        named = _NAMED.fullmatch(segments[0])
        if named is None:
            rows = [shown_column(self._world, table, item, call.options) for item in table.attributes.values()]
            rows.insert(0, primary_key(table))
            if wanted:
                rows = [row for row in rows if row["@odata.type"] == f"#{cast}"]
            return _listed(call, f"EntityDefinitions('{table.name}')/Attributes", rows)
        attribute = self._named(table, named[1], named[2])
        shown = shown_column(self._world, table, attribute, call.options)
        if wanted and shown["@odata.type"] != f"#{cast}":
            raise refusal.not_found(wanted, attribute.name)
        if rest == ["OptionSet"]:
            return _one(call, "OptionSet", option_set(self._world, table, attribute))
        if rest:
            raise refusal.no_segment(rest[-1])
        return _one(call, f"EntityDefinitions('{table.name}')/Attributes/$entity", shown)

    def _named(self, table: Table, name: str | None, row_id: str | None) -> SalesAttribute:
        for attribute in table.attributes.values():
            if attribute.name == name or (row_id and metadata_id(table.name, attribute.name) == row_id.lower()):
                return attribute
        raise refusal.not_found("AttributeMetadata", name or row_id or "")

    # --- alternate keys --------------------------------------------------------------------------------------------

    def _keys(self, call: Call, table: Table, segment: str) -> Answer:
        named = _NAMED.fullmatch(segment)
        match call.method:
            case "GET" if segment == "Keys":
                return _listed(call, f"EntityDefinitions('{table.name}')/Keys", self._key_rows(table))
            case "POST" if segment == "Keys":
                return self._declare_key(call, table)
            case "DELETE" if named is not None:
                if not table.drop_key((named[2] or "").lower()):
                    raise refusal.not_found("EntityKeyMetadata", named[2] or "")
                return Answer(204)
        raise refusal.not_allowed(call.method)

    def _declare_key(self, call: Call, table: Table) -> Answer:
        body = call.json("EntityKeyMetadata")
        columns = body.get("KeyAttributes")
        name = body.get("SchemaName")
        if not isinstance(columns, list) or not columns or not isinstance(name, str):
            raise refusal.bad_payload("EntityKeyMetadata", "SchemaName and KeyAttributes are required.")
        for column in columns:
            kind = table.attributes[column].type if column in table.attributes else ""
            if kind not in ("text", "decimal", "integer", "date", "moment", "lookup", "choice"):
                raise refusal.invalid(f"The attribute '{column}' cannot be part of a key of '{table.name}'.")
        declared = _declared_keys(table)
        if len(declared) >= MOST_KEYS or len(columns) > MOST_KEY_COLUMNS:
            raise refusal.invalid(f"No further key of these columns is possible on '{table.name}'.")
        if any(key.name.lower() == name.lower() for key, _ in declared):
            raise refusal.invalid(f"A key named '{name}' is already there on '{table.name}'.")
        key_id = metadata_id(table.name, "key", name)
        table.declare_key(name, tuple(columns), key_id)
        url = f"{call.root}EntityDefinitions({metadata_id(table.name)})/Keys({key_id})"
        return Answer(204, b"", {"OData-EntityId": url, "Location": url})

    def _key_rows(self, table: Table) -> list[dict[str, Any]]:
        return [
            {
                "MetadataId": key.id,
                "SchemaName": key.name,
                "LogicalName": key.name.lower(),
                "EntityLogicalName": table.name,
                "KeyAttributes": list(key.columns),
                "EntityKeyIndexStatus": status,
                "DisplayName": label(key.name),
            }
            for key, status in _declared_keys(table)
        ]

    # --- messages --------------------------------------------------------------------------------------------------

    def message_filters(self, call: Call) -> Answer:
        """Which bulk message which table has."""
        rows = [
            {
                "sdkmessagefilterid": metadata_id("filter", message, table.name),
                "primaryobjecttypecode": table.name,
                "_sdkmessageid_value": metadata_id("message", message),
                "sdkmessageid/name": message,
            }
            for table in self._world.tables.values()
            for message in ("Create", "Update", "Delete", *MESSAGES)
            if message in ("Create", "Update", "Delete") or supports(table, message)
        ]
        answer = _listed(call, "sdkmessagefilters", rows, always=("sdkmessagefilterid",))
        return answer


def _declared_keys(table: Table) -> list[tuple[Key, str]]:
    """Alternate keys with the status of their index, which is built at once."""
    return [*((key, "Active") for key in table.keys if key.declared), *((key, "Failed") for key in table.failed_keys)]


def _chosen(row: dict[str, Any], select: Sequence[str], always: Iterable[str] = ("MetadataId",)) -> dict[str, Any]:
    if not select:
        return {name: value for name, value in row.items() if "/" not in name}
    kept = {*select, *always, "@odata.type", "Attributes", "Keys", "OptionSet", "GlobalOptionSet"}
    return {name: value for name, value in row.items() if name in kept}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int) else "text"


def _listed(call: Call, place: str, rows: list[dict[str, Any]], always: Iterable[str] = ("MetadataId",)) -> Answer:
    options = call.options
    if call.method != "GET":
        raise refusal.not_allowed(call.method)

    def resolve(name: str) -> Property:
        sample = next((row[name] for row in rows if name in row), None)
        if sample is None:
            raise ODataError(f"Could not find a property named '{name}'.", "unknown_property", name)
        return Property(itemgetter(name), "guid" if name.endswith(("Id", "id")) else _kind(sample))

    queries = Queries(resolve, DATAVERSE)
    try:
        if options.filter and rows:
            rows = list(filter(queries.predicate(options.filter, options.alias_values), rows))
        if options.orderby and rows:
            rows = queries.sort(rows, options.orderby)
    except ODataError as error:
        raise refusal.bad_uri(error.message) from error
    value = [_chosen(row, options.select, always) for row in rows[: options.top]]
    document: dict[str, Any] = {"@odata.context": f"{call.root}$metadata#{place}"}
    if options.count:
        document["@odata.count"] = len(rows)
    call.work.append(("metadata", len(value)))
    return Answer(200, encode(document | {"value": value}))


def _one(call: Call, place: str, row: dict[str, Any]) -> Answer:
    if call.method != "GET":
        raise refusal.not_allowed(call.method)
    call.work.append(("metadata", 1))
    shown = _chosen(row, call.options.select)
    return Answer(200, encode({"@odata.context": f"{call.root}$metadata#{place}", **shown}))
