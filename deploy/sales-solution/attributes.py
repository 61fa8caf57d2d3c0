"""The ``attribute`` elements: columns that a solution adds, and the key of a table that it brings."""

from collections.abc import Sequence

from contents import Column, OwnTable, Solution, Words
from markup import Element, element, labels, texts

EVERYWHERE = "ValidForAdvancedFind|ValidForForm|ValidForGrid"
_NAME_MASK = f"PrimaryName|{EVERYWHERE}|RequiredForForm"
_KEY_MASK = "ValidForAdvancedFind|RequiredForGrid"
_LARGEST = 100_000_000_000


def attribute(solution: Solution, column: Column, *, is_name: bool = False) -> Element:
    """One column; ``is_name``: the one by which people know the rows of its table."""
    kind, details = {
        "decimal": ("decimal", texts(MinValue=-_LARGEST, MaxValue=_LARGEST, Accuracy=5)),
        "text": ("nvarchar", texts(Format="text", MaxLength=column.length, Length=column.length * 2)),
        "date": ("datetime", texts(Format="date", CanChangeDateTimeBehavior=1, Behavior=2)),
        "moment": ("datetime", texts(Format="datetime", CanChangeDateTimeBehavior=1, Behavior=1)),
        "lookup": ("lookup", lookup_details()),
    }[column.type]
    return written(
        solution,
        column.name,
        kind,
        (column.title, column.description),
        details,
        required="required" if column.required else "none",
        mask=_NAME_MASK if is_name else EVERYWHERE,
        ime="auto" if column.type in ("text", "lookup") else "disabled",
        searchable=is_name,
        retrievable=is_name,
    )


def primary_key(solution: Solution, table: OwnTable) -> Element:
    description = {1033: "Unique identifier for entity instances", 1053: "Unik identifierare för entitetsinstanser"}
    return written(
        solution,
        table.key,
        "primarykey",
        (table.title, description),
        required="systemrequired",
        mask=_KEY_MASK,
        update=False,
        custom=False,
        audited=False,
        filterable=True,
        retrievable=True,
    )


def lookup_details() -> list[Element]:
    return [*texts(LookupStyle="single"), element("LookupTypes")]


def written(
    solution: Solution,
    name: str,
    kind: str,
    words: Words,
    details: Sequence[Element] = (),
    *,
    required: str = "none",
    mask: str = "",
    ime: str = "auto",
    create: bool = True,
    update: bool = True,
    custom: bool = True,
    audited: bool = True,
    searchable: bool = False,
    filterable: bool = False,
    retrievable: bool = False,
) -> Element:
    """The element with everything that exports say of a column, in their order; ``name`` as the schema spells it."""
    return element(
        "attribute",
        *texts(Type=kind, Name=name.lower(), LogicalName=name.lower(), RequiredLevel=required),
        *([element("DisplayMask", text=mask)] if mask else []),
        *texts(
            ImeMode=ime,
            ValidForUpdateApi=update,
            ValidForReadApi=1,
            ValidForCreateApi=create,
            IsCustomField=custom,
            IsAuditEnabled=audited,
            IsSecured=0,
            IntroducedVersion=solution.version,
            IsCustomizable=1,
            IsRenameable=1,
            CanModifySearchSettings=1,
            CanModifyRequirementLevelSettings=kind != "primarykey",
            CanModifyAdditionalSettings=1,
            SourceType=0,
            IsGlobalFilterEnabled=0,
            IsSortableEnabled=0,
            CanModifyGlobalFilterSettings=1,
            CanModifyIsSortableSettings=1,
            IsDataSourceSecret=0,
            AutoNumberFormat="",
            IsSearchable=searchable,
            IsFilterable=filterable,
            IsRetrievable=retrievable,
            IsLocalizable=0,
        ),
        *details,
        labels("displaynames", "displayname", words[0]),
        labels("Descriptions", "Description", words[1]),
        PhysicalName=name,
    )
