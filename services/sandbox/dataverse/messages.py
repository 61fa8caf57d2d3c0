"""Unbound functions and actions: who am I, versions, counts, rates; options of choices and publishing."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.exchange import Answer, Call, encode
from services.sandbox.dataverse.world import World

VERSION = "9.2.24094.00196"
_ENTITY = re.compile(r"<entity>\s*(\w+)\s*</entity>")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)


class _Value(msgspec.Struct):
    Value: str


class _Condition(msgspec.Struct):
    AttributeName: str
    Values: list[str | _Value]


class _Criteria(msgspec.Struct):
    Conditions: list[_Condition]


class _Query(msgspec.Struct):
    EntityName: str
    Criteria: _Criteria


class Messages:
    def __init__(self, world: World) -> None:
        self._world = world
        self._functions: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
            "WhoAmI": self._who_am_i,
            "RetrieveVersion": self._version,
            "RetrieveCurrentOrganization": self._organization,
            "RetrieveTotalRecordCount": self._total,
            "RetrieveExchangeRate": self._exchange_rate,
        }
        self._actions: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "InsertOptionValue": self._insert_option,
            "UpdateOptionValue": self._update_option,
            "DeleteOptionValue": self._delete_option,
            "PublishXml": self._publish,
            "PublishAllXml": self._publish_all,
            "BulkDelete": self._bulk_delete,
            "ReactivateEntityKey": self._reactivate_key,
        }

    def answer(self, call: Call, segment: str) -> Answer | None:
        """The message of that name; None where there is none."""
        name, _, rest = segment.partition("(")
        if name in self._functions:
            if call.method != "GET":
                raise refusal.not_allowed(call.method)
            shown = self._functions[name](call, _arguments(rest.removesuffix(")"), call))
            call.work.append(("function", 1))
            place = f"{call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response"
            return Answer(200, encode({"@odata.context": place, **shown}))
        if name in self._actions:
            if call.method != "POST":
                raise refusal.not_allowed(call.method)
            result = self._actions[name](call.json(name))
            call.work.append(("action", 1))
            if result is None:
                return Answer(204)
            place = f"{call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response"
            return Answer(200, encode({"@odata.context": place, **result}))
        return None

    # --- functions -------------------------------------------------------------------------------------------------

    def _who_am_i(self, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        identity = self._world.identity
        return {
            "BusinessUnitId": identity.business_unit,
            "UserId": call.by,
            "OrganizationId": identity.organization,
        }

    def _version(self, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"Version": VERSION}

    def _organization(self, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        organization = next(iter(self._world.tables["organization"].rows.values()))
        return {
            "Detail": {
                "OrganizationId": organization["organizationid"],
                "FriendlyName": organization["name"],
                "OrganizationVersion": VERSION,
                "UrlName": organization["name"],
                "UniqueName": organization["name"],
                "State": "Enabled",
                "Endpoints": {"Count": 1, "Keys": ["WebApplication"], "Values": [call.root.split("/api/")[0] + "/"]},
            }
        }

    def _total(self, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        names = arguments.get("EntityNames")
        if not isinstance(names, list):
            raise refusal.bad_uri("RetrieveTotalRecordCount needs EntityNames.")
        for name in names:
            if name not in self._world.tables:
                raise refusal.not_found("EntityMetadata", str(name))
        counts = [len(self._world.tables[name].rows) for name in names]
        return {"EntityRecordCountCollection": {"Count": len(names), "Keys": names, "Values": counts}}

    def _exchange_rate(self, call: Call, arguments: dict[str, Any]) -> dict[str, Any]:
        table = self._world.tables["transactioncurrency"]
        row = self._world.find(table, str(arguments.get("TransactionCurrencyId", "")))
        return {"ExchangeRate": row["exchangerate"]}

    # --- actions ---------------------------------------------------------------------------------------------------

    def _insert_option(self, body: dict[str, Any]) -> dict[str, Any]:
        table, column = _choice(body)
        value = body.get("Value")
        return {"NewOptionValue": self._world.choices.insert(table, column, value, _label(body))}

    def _update_option(self, body: dict[str, Any]) -> None:
        table, column = _choice(body)
        self._world.choices.update(table, column, _value(body), _label(body))

    def _delete_option(self, body: dict[str, Any]) -> None:
        table, column = _choice(body)
        self._world.choices.delete(table, column, _value(body))

    def _publish(self, body: dict[str, Any]) -> None:
        xml = body.get("ParameterXml")
        if not isinstance(xml, str) or "<importexportxml" not in xml:
            raise refusal.invalid("The ParameterXml of PublishXml is not valid.", "0x80040203")
        self._world.choices.publish(set(_ENTITY.findall(xml)))
        self._world.metadata_version += 1

    def _reactivate_key(self, body: dict[str, Any]) -> None:
        table = self._world.tables.get(str(body.get("EntityLogicalName")))
        name = str(body.get("EntityKeyLogicalName"))
        if table is None or not table.reactivate_key(name):
            raise refusal.not_found("EntityKeyMetadata", name)

    def _bulk_delete(self, body: dict[str, Any]) -> dict[str, Any]:
        """The asynchronous job, done at once: rows whose primary key is in a list."""
        try:
            queries = msgspec.convert(body.get("QuerySet"), list[_Query])
        except msgspec.ValidationError as error:
            raise refusal.bad_payload("BulkDelete", str(error)) from error
        for query in queries:
            table = self._world.tables.get(query.EntityName)
            conditions = query.Criteria.Conditions
            if table is None or len(conditions) != 1 or conditions[0].AttributeName != table.id:
                raise refusal.invalid("BulkDelete is possible here for a list of primary keys of one table.")
            for value in conditions[0].Values:
                row = table.rows.get((value.Value if isinstance(value, _Value) else value).lower())
                if row is not None:
                    self._world.delete(table, row, by=self._world.identity.application_user)
        return {"JobId": str(uuid.uuid4())}

    def _publish_all(self, body: dict[str, Any]) -> None:
        self._world.choices.publish()
        self._world.metadata_version += 1


def _arguments(text: str, call: Call) -> dict[str, Any]:
    """``EntityNames=['account']`` or ``EntityNames=@p`` with its value in the query."""
    found = _ASSIGNMENT.fullmatch(text.strip())
    if found is None:
        return {}
    value = found[2].strip()
    if value.startswith("@"):
        value = call.options.alias_values.get(value, "")
    if value.startswith("["):
        try:
            return {found[1]: msgspec.json.decode(value.replace("'", '"'))}
        except msgspec.DecodeError as error:
            raise refusal.bad_uri(f"The value of '{found[1]}' is malformed.") from error
    return {found[1]: value.strip("'")}


def _choice(body: dict[str, Any]) -> tuple[str, str]:
    table, column = body.get("EntityLogicalName"), body.get("AttributeLogicalName")
    if not isinstance(table, str) or not isinstance(column, str):
        raise refusal.invalid("EntityLogicalName and AttributeLogicalName are required.")
    return table, column


def _value(body: dict[str, Any]) -> int:
    value = body.get("Value")
    if not isinstance(value, int):
        raise refusal.invalid("The option's Value is required.")
    return value


def _label(body: dict[str, Any]) -> str:
    labels = (body.get("Label") or {}).get("LocalizedLabels") or []
    if not labels or not isinstance(labels[0].get("Label"), str):
        raise refusal.invalid("The option's Label needs a localized label.")
    return str(labels[0]["Label"])
