"""Values of a choice as a table of their own: ``account.paymenttermscode`` has a record per option.

The id is the option's number as text, the one attribute is ``label``. Options are read from the metadata and added or
renamed there; a label that exists already is never added twice. A new option has the number that was drawn
for it, so that of two deliveries of one message at the same time only one adds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from libs.contracts.pages import OutcomeData, RecordData, Values, WriteData
from libs.contracts.vocabulary import Operation, OutcomeStatus
from libs.dynamics.failures import Refusal
from libs.dynamics.outcomes import final, undecided
from libs.dynamics.sales_tables import CHOICES, SALES_TABLES, SalesTable
from libs.runtime.errors import ContractBroken, MappingInvalid
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.outcomes import refused, with_current

LABEL = "label"
_LANGUAGE = 1033
"""English; used where the options say no language."""

_TO_PUBLISH = {
    (Operation.CREATE.value, OutcomeStatus.CREATED.value),
    (Operation.UPDATE.value, OutcomeStatus.UPDATED.value),
    (Operation.DELETE.value, OutcomeStatus.DELETED.value),
}
"""Operation and outcome after which the choice is published."""


@dataclass(frozen=True)
class Choice:
    """One choice attribute of a table."""

    table: SalesTable
    attribute: str


def choice_named(name: str) -> Choice | None:
    """``table.attribute`` as a choice; null for the name of an ordinary table. Raises ``MappingInvalid``."""
    table, dot, attribute = name.partition(".")
    if not dot:
        return None
    if name not in CHOICES:
        raise MappingInvalid(f"The Sales choice {name} is not known: correct the mapping.")
    return Choice(SALES_TABLES[table], attribute)


@dataclass(frozen=True)
class Options:
    """What the choice holds."""

    labels: dict[int, str]
    language: int

    def with_label(self, label: str) -> list[int]:
        """Options that are called so, in any case."""
        wanted = label.casefold().strip()
        return [value for value, held in self.labels.items() if held.casefold().strip() == wanted]

    def records(self) -> list[RecordData]:
        return [_record(value, label) for value, label in self.labels.items()]


def _record(value: int, label: str) -> RecordData:
    return {"id": str(value), "key": "", "version": "", "modified_on": "", "values": {LABEL: label}}


async def read_options(dataverse: Dataverse, choice: Choice) -> Options:
    """The options, by value."""
    answer = await dataverse.get(
        f"EntityDefinitions(LogicalName='{choice.table.name}')/Attributes(LogicalName='{choice.attribute}')"
        "/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet"
    )
    labels: dict[int, str] = {}
    language = 0
    try:
        for option in answer["OptionSet"]["Options"]:
            label = option["Label"].get("UserLocalizedLabel") or option["Label"]["LocalizedLabels"][0]
            labels[int(option["Value"])] = str(label["Label"])
            language = language or int(label.get("LanguageCode") or 0)
    except (KeyError, IndexError, TypeError) as error:
        raise ContractBroken(
            f"The options of {choice.table.name}.{choice.attribute} cannot be read.", detail=f"{error!r}"
        ) from error
    return Options(labels, language or _LANGUAGE)


async def write_options(dataverse: Dataverse, choice: Choice, writes: Sequence[WriteData]) -> list[OutcomeData]:
    """An outcome per write, one after the other since each may add the label that the next one looks for. Changes are
    published once at the end."""
    options = await read_options(dataverse, choice)
    if any(_would_add(write, options) for write in writes):
        # What an earlier delivery added before it was cut off shows only once it is published.
        await _publish(dataverse, choice)
        options = await read_options(dataverse, choice)
    outcomes: list[OutcomeData] = []
    changed = False
    for write in writes:
        match Operation(write["operation"]):
            case Operation.COMPARE:
                outcome = _compare(write, options)
            case Operation.MATCH:
                outcome = _match(write, options, write.get("match", {}))
            case Operation.CREATE:
                outcome = await _create(dataverse, choice, options, write)
            case Operation.UPDATE:
                outcome = await _rename(dataverse, choice, options, write)
            case Operation.DELETE:
                outcome = await _delete(dataverse, choice, options, write)
        changed = changed or (write["operation"], outcome["status"]) in _TO_PUBLISH
        outcomes.append(outcome)
    if changed:
        await _publish(dataverse, choice)
    return outcomes


def _would_add(write: WriteData, options: Options) -> bool:
    label = str(write["values"].get(LABEL) or "")
    return write["operation"] == Operation.CREATE and not options.with_label(label)


def _compare(write: WriteData, options: Options) -> OutcomeData:
    held = options.labels.get(_number(write["id"]))
    if held is None:
        return final(write, OutcomeStatus.GONE)
    if held == write["values"].get(LABEL, held):
        return final(write, OutcomeStatus.EQUAL)
    return with_current(write, OutcomeStatus.DIFFERENT, _record(int(write["id"]), held), [LABEL])


def _match(write: WriteData, options: Options, wanted: Values) -> OutcomeData:
    found = options.with_label(str(wanted.get(LABEL) or ""))
    if len(found) == 1:
        return with_current(write, OutcomeStatus.MATCHED, _record(found[0], options.labels[found[0]]), [LABEL])
    return undecided(write, OutcomeStatus.AMBIGUOUS if found else OutcomeStatus.UNMATCHED)


async def _create(dataverse: Dataverse, choice: Choice, options: Options, write: WriteData) -> OutcomeData:
    label = str(write["values"].get(LABEL) or "")
    number = _own_number(write, options)
    if options.with_label(label):
        return _existing(write, options, number, label)
    payload = {**_addressed(choice), "Value": number, "Label": _label(label, options.language)}
    response = await dataverse.post("InsertOptionValue", payload)
    if response.ok:
        options.labels[number] = label
        return final(write, OutcomeStatus.CREATED, str(number))
    refusal = dataverse.refusal(response)
    if not refusal.cause.error.transient and refusal.status not in (401, 403):
        # Perhaps another delivery of this message has added it meanwhile; that shows once it is published.
        await _publish(dataverse, choice)
        options.labels.update((await read_options(dataverse, choice)).labels)
        if options.with_label(label):
            return _existing(write, options, number, label)
    return _refused(refusal, choice, write)


def _existing(write: WriteData, options: Options, number: int, label: str) -> OutcomeData:
    """What it means that there is an option of this label: it was ours, or it is to be coupled."""
    if options.with_label(label) == [number]:
        return final(write, OutcomeStatus.CREATED, str(number))
    outcome = _match(write, options, {LABEL: label})
    if write.get("match") or outcome["status"] == OutcomeStatus.AMBIGUOUS:
        return outcome
    return final(write, OutcomeStatus.CREATED, outcome["id"])


def _own_number(write: WriteData, options: Options) -> int:
    """The number that this option gets, however often it is asked for: the one that was drawn for it, and the next one
    where another option has it."""
    number = int(write["id"])
    label = write["values"].get(LABEL)
    while options.labels.get(number, label) != label:
        number += 1
    return number


async def _rename(dataverse: Dataverse, choice: Choice, options: Options, write: WriteData) -> OutcomeData:
    value = _number(write["id"])
    if value not in options.labels:
        return final(write, OutcomeStatus.GONE)
    label = str(write["values"].get(LABEL) or "")
    if options.labels[value] != label:
        payload = {
            **_addressed(choice),
            "Value": value,
            "Label": _label(label, options.language),
            "MergeLabels": True,
        }
        response = await dataverse.post("UpdateOptionValue", payload)
        if not response.ok:
            return _refused(dataverse.refusal(response), choice, write)
        options.labels[value] = label
    return final(write, OutcomeStatus.UPDATED)


async def _delete(dataverse: Dataverse, choice: Choice, options: Options, write: WriteData) -> OutcomeData:
    value = _number(write["id"])
    if value not in options.labels:
        return final(write, OutcomeStatus.GONE)
    response = await dataverse.post("DeleteOptionValue", {**_addressed(choice), "Value": value})
    if not response.ok:
        return _refused(dataverse.refusal(response), choice, write)
    del options.labels[value]
    return final(write, OutcomeStatus.DELETED)


def _refused(refusal: Refusal, choice: Choice, write: WriteData) -> OutcomeData:
    if refusal.cause.error.transient or refusal.status in (401, 403):
        raise refusal.error()
    return refused(write, choice.table, refusal)


async def _publish(dataverse: Dataverse, choice: Choice) -> None:
    entities = f"<entities><entity>{choice.table.name}</entity></entities>"
    await dataverse.post_or_raise("PublishXml", {"ParameterXml": f"<importexportxml>{entities}</importexportxml>"})


def _addressed(choice: Choice) -> dict[str, Any]:
    return {"EntityLogicalName": choice.table.name, "AttributeLogicalName": choice.attribute}


def _label(text: str, language: int) -> dict[str, Any]:
    return {
        "@odata.type": "Microsoft.Dynamics.CRM.Label",
        "LocalizedLabels": [
            {"@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": language}
        ],
    }


def _number(id: str) -> int:
    """The option's number; -1 for a drawn id that is none."""
    return int(id) if id.isdigit() else -1
