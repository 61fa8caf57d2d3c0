"""The columns that every table has beside its own, with their relationships: exports list them, so an import gets them.

For tables that belong to the organization; those of users would have owners too.
"""

from attributes import EVERYWHERE, lookup_details, written
from contents import Labels, OwnTable, Solution, Words
from markup import Element, element, labels, texts

_USERS: dict[str, Words] = {
    "CreatedBy": (
        {1033: "Created By", 1053: "Skapad av"},
        {1033: "User who created the record.", 1053: "Användaren som skapade posten."},
    ),
    "CreatedOnBehalfBy": (
        {1033: "Created By (Delegate)", 1053: "Skapad av (delegat)"},
        {1033: "Delegate user who created the record.", 1053: "Delegaten som skapade posten."},
    ),
    "ModifiedBy": (
        {1033: "Modified By", 1053: "Ändrad av"},
        {1033: "User who modified the record.", 1053: "Användaren som ändrade posten."},
    ),
    "ModifiedOnBehalfBy": (
        {1033: "Modified By (Delegate)", 1053: "Ändrad av (delegat)"},
        {1033: "Delegate user who modified the record.", 1053: "Delegaten som ändrade posten."},
    ),
}
_MOMENTS: dict[str, Words] = {
    "CreatedOn": (
        {1033: "Created On", 1053: "Skapad den"},
        {1033: "Date and time when the record was created.", 1053: "Datum och tid då posten skapades."},
    ),
    "ModifiedOn": (
        {1033: "Modified On", 1053: "Ändrad den"},
        {1033: "Date and time when the record was modified.", 1053: "Datum och tid då posten ändrades."},
    ),
}
_ZONES: dict[str, Words] = {
    "TimeZoneRuleVersionNumber": (
        {1033: "Time Zone Rule Version Number", 1053: "Versionsnummer för tidszonsregel"},
        {1033: "For internal use only.", 1053: "Endast för intern användning."},
    ),
    "UTCConversionTimeZoneCode": (
        {1033: "UTC Conversion Time Zone Code", 1053: "Tidszonskod för UTC-konvertering"},
        {1033: "Time zone when the record was created.", 1053: "Tidszonen då posten skapades."},
    ),
}
_ORGANIZATION: Words = (
    {1033: "Organization Id", 1053: "Organisations-id"},
    {1033: "Organization that the record belongs to.", 1053: "Organisationen som posten tillhör."},
)
_STATES: list[tuple[int, int, str, Labels]] = [
    (0, 1, "Active", {1033: "Active", 1053: "Aktiv"}),
    (1, 2, "Inactive", {1033: "Inactive", 1053: "Inaktiv"}),
]
"""State, its status, the state's invariant name, and what both are called."""


def system_columns(solution: Solution, table: OwnTable) -> list[Element]:
    whole = {"MinValue": -1, "MaxValue": 2_147_483_647}
    return [
        *(
            written(
                solution, name, "lookup", words, lookup_details(),
                mask=EVERYWHERE, create=False, update=False, custom=False, audited=False,
            )
            for name, words in _USERS.items()
        ),
        *(
            written(
                solution, name, "datetime", words, _moment("datetime"),
                mask=EVERYWHERE, ime="inactive", create=False, update=False, custom=False, audited=False,
                filterable=True, retrievable=True,
            )
            for name, words in _MOMENTS.items()
        ),
        written(
            solution, "ImportSequenceNumber", "int",
            ({1033: "Import Sequence Number", 1053: "Importsekvensnummer"},
             {1033: "Import that created the record.", 1053: "Importen som skapade posten."}),
            texts(Format="", MinValue=-2_147_483_648, MaxValue=2_147_483_647),
            mask="ValidForAdvancedFind", ime="disabled", update=False, custom=False,
        ),
        written(
            solution, "OrganizationId", "lookup", _ORGANIZATION, lookup_details(),
            create=False, update=False, custom=False,
        ),
        written(
            solution, "OverriddenCreatedOn", "datetime",
            ({1033: "Record Created On", 1053: "Posten skapades"},
             {1033: "Date and time that the record was migrated.", 1053: "Datum och tid då posten migrerades."}),
            _moment("date"),
            mask="ValidForAdvancedFind|ValidForGrid", ime="inactive", update=False, custom=False,
        ),
        _state(solution, table),
        _status(solution, table),
        *(
            written(solution, name, "int", words, texts(Format="", **whole), custom=False, audited=False)
            for name, words in _ZONES.items()
        ),
    ]  # fmt: skip


def system_relationships(solution: Solution, table: OwnTable) -> list[Element]:
    """Those that exports list: with who created and who modified a row, and with the organization."""
    return [
        _relationship(solution, table, f"lk_{table.name}_createdby", "CreatedBy"),
        _relationship(solution, table, f"lk_{table.name}_modifiedby", "ModifiedBy"),
        _relationship(solution, table, f"organization_{table.name}", "OrganizationId"),
    ]


def _moment(form: str) -> list[Element]:
    return texts(Format=form, CanChangeDateTimeBehavior=0, Behavior=1)


def _state(solution: Solution, table: OwnTable) -> Element:
    words = ({1033: "Status", 1053: "Status"}, {1033: "Whether the row is active.", 1053: "Om raden är aktiv."})
    options = [
        element("state", labels("labels", "label", called), value=state, defaultstatus=status, invariantname=name)
        for state, status, name, called in _STATES
    ]
    choice = _choice(solution, f"{table.name}_statecode", "state", words, element("states", *options))
    return written(
        solution, "statecode", "state", words, [choice],
        required="systemrequired", mask=EVERYWHERE, create=False, custom=False, filterable=True,
    )  # fmt: skip


def _status(solution: Solution, table: OwnTable) -> Element:
    words = (
        {1033: "Status Reason", 1053: "Statusorsak"},
        {1033: "Reason for the row's status.", 1053: "Orsaken till radens status."},
    )
    options = [
        element("status", labels("labels", "label", called), value=status, state=state)
        for state, status, _, called in _STATES
    ]
    choice = _choice(solution, f"{table.name}_statuscode", "status", words, element("statuses", *options))
    return written(solution, "statuscode", "status", words, [choice], mask=EVERYWHERE, custom=False)


def _choice(solution: Solution, name: str, kind: str, words: Words, options: Element) -> Element:
    return element(
        "optionset",
        *texts(OptionSetType=kind, IntroducedVersion=solution.version, IsCustomizable=1),
        labels("displaynames", "displayname", words[0]),
        labels("Descriptions", "Description", words[1]),
        options,
        Name=name,
    )


def _relationship(solution: Solution, table: OwnTable, name: str, column: str) -> Element:
    target, (_, description) = ("SystemUser", _USERS[column]) if column in _USERS else ("Organization", _ORGANIZATION)
    return element(
        "EntityRelationship",
        *texts(
            EntityRelationshipType="OneToMany",
            IsCustomizable=1,
            IntroducedVersion=solution.version,
            IsHierarchical=0,
            ReferencingEntityName=table.name,
            ReferencedEntityName=target,
            CascadeAssign="NoCascade",
            CascadeDelete="NoCascade",
            CascadeArchive="NoCascade",
            CascadeReparent="NoCascade",
            CascadeShare="NoCascade",
            CascadeUnshare="NoCascade",
            ReferencingAttributeName=column,
        ),
        element("RelationshipDescription", labels("Descriptions", "Description", description)),
        Name=name,
    )
