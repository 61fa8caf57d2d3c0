"""The ``attribute`` elements: columns that a solution adds, and the key of a table that it brings."""

from contents import Column, OwnTable, Solution
from markup import Element, element, labels, texts

_MASK = "ValidForAdvancedFind|ValidForForm|ValidForGrid"
_NAME_MASK = f"PrimaryName|{_MASK}|RequiredForForm"
_KEY_MASK = "ValidForAdvancedFind|RequiredForGrid"
_LARGEST = 100_000_000_000


def attribute(solution: Solution, column: Column, *, is_name: bool = False) -> Element:
    """One column; ``is_name``: the one by which people know the rows of its table."""
    kind, details = {
        "decimal": ("decimal", texts(MinValue=-_LARGEST, MaxValue=_LARGEST, Accuracy=5)),
        "text": ("nvarchar", texts(Format="text", MaxLength=column.length, Length=column.length * 2)),
        "date": ("datetime", texts(Format="date", CanChangeDateTimeBehavior=1, Behavior=2)),
        "moment": ("datetime", texts(Format="datetime", CanChangeDateTimeBehavior=1, Behavior=1)),
        "lookup": ("lookup", [*texts(LookupStyle="single"), element("LookupTypes")]),
    }[column.type]
    return element(
        "attribute",
        *texts(
            Type=kind,
            Name=column.name,
            LogicalName=column.name,
            RequiredLevel="required" if column.required else "none",
            DisplayMask=_NAME_MASK if is_name else _MASK,
            ImeMode="auto" if column.type in ("text", "lookup") else "disabled",
            ValidForUpdateApi=1,
            ValidForReadApi=1,
            ValidForCreateApi=1,
            IsCustomField=1,
            IsAuditEnabled=1,
        ),
        *_common(solution),
        *details,
        labels("displaynames", "displayname", column.title),
        labels("Descriptions", "Description", column.description),
        PhysicalName=column.name,
    )


def primary_key(solution: Solution, table: OwnTable) -> Element:
    return element(
        "attribute",
        *texts(
            Type="primarykey",
            Name=table.key,
            LogicalName=table.key,
            RequiredLevel="systemrequired",
            DisplayMask=_KEY_MASK,
            ImeMode="auto",
            ValidForUpdateApi=0,
            ValidForReadApi=1,
            ValidForCreateApi=1,
            IsCustomField=0,
            IsAuditEnabled=0,
        ),
        *_common(solution),
        labels("displaynames", "displayname", table.title),
        labels("Descriptions", "Description", table.description),
        PhysicalName=table.key,
    )


def _common(solution: Solution) -> list[Element]:
    return texts(
        IsSecured=0,
        IntroducedVersion=solution.version,
        IsCustomizable=1,
        IsRenameable=1,
        CanModifySearchSettings=1,
        CanModifyRequirementLevelSettings=1,
        CanModifyAdditionalSettings=1,
        SourceType=0,
        IsGlobalFilterEnabled=0,
        IsSortableEnabled=0,
        CanModifyGlobalFilterSettings=1,
        CanModifyIsSortableSettings=1,
    )
