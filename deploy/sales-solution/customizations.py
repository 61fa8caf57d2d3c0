"""customizations.xml: columns and forms of both tables, the role, and the list of web resources."""

from contents import Column, Solution, Table, WebResource, braced
from forms import system_form
from markup import Element, element, labels, texts

_MASK = "ValidForAdvancedFind|ValidForForm|ValidForGrid"
_LARGEST = 100_000_000_000


def customizations(solution: Solution) -> Element:
    """The whole file, its parts in the order of the documented schema."""
    return element(
        "ImportExportXml",
        element("Entities", *(_entity(solution, table) for table in solution.tables)),
        element("Roles", _role(solution)),
        element("Workflows"),
        element("FieldSecurityProfiles"),
        element("Templates"),
        element("EntityMaps"),
        element("EntityRelationships"),
        element("OrganizationSettings"),
        element("optionsets"),
        element("WebResources", *(_web_resource(solution, item) for item in solution.web_resources)),
        element("CustomControls"),
        element("Languages", *(element("Language", text=code) for code in solution.languages)),
    )


def _entity(solution: Solution, table: Table) -> Element:
    return element(
        "Entity",
        element("Name", text=table.schema_name, LocalizedName=table.title, OriginalName=table.title),
        element("ObjectTypeCode", text=table.type_code),
        element(
            "EntityInfo",
            element(
                "entity",
                element("attributes", *(_attribute(solution, column) for column in solution.columns)),
                Name=table.schema_name,
                unmodified=1,
            ),
        ),
        element("FormXml", element("forms", system_form(solution, table), type="main")),
    )


def _attribute(solution: Solution, column: Column) -> Element:
    kind, details = {
        "decimal": ("decimal", texts(MinValue=-_LARGEST, MaxValue=_LARGEST, Accuracy=5)),
        "text": ("nvarchar", texts(Format="text", MaxLength=column.length, Length=column.length * 2)),
        "date": ("datetime", texts(Format="date", CanChangeDateTimeBehavior=1, Behavior=2)),
        "moment": ("datetime", texts(Format="datetime", CanChangeDateTimeBehavior=1, Behavior=1)),
    }[column.type]
    return element(
        "attribute",
        *texts(
            Type=kind,
            Name=column.name,
            LogicalName=column.name,
            RequiredLevel="none",
            DisplayMask=_MASK,
            ImeMode="auto" if column.type == "text" else "disabled",
            ValidForUpdateApi=1,
            ValidForReadApi=1,
            ValidForCreateApi=1,
            IsCustomField=1,
            IsAuditEnabled=1,
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
        ),
        *details,
        labels("displaynames", "displayname", column.title),
        labels("Descriptions", "Description", column.description),
        PhysicalName=column.name,
    )


def _role(solution: Solution) -> Element:
    role = solution.role
    privileges = [element("RolePrivilege", name=name, level=level) for name, level in sorted(role.privileges.items())]
    return element(
        "Role",
        *texts(IsCustomizable=1, IntroducedVersion=solution.version),
        element("RolePrivileges", *privileges),
        id=braced(role.id),
        name=role.name,
    )


def _web_resource(solution: Solution, item: WebResource) -> Element:
    return element(
        "WebResource",
        *texts(
            WebResourceId=braced(item.id),
            Name=item.name,
            DisplayName=item.title,
            WebResourceType=item.type,
            IntroducedVersion=solution.version,
            IsEnabledForMobileClient=0,
            IsAvailableForMobileOffline=0,
            IsCustomizable=0,
            CanBeDeleted=0,
            IsHidden=0,
            FileName=f"/{item.packed_name}",
        ),
    )
