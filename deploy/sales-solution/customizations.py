"""customizations.xml: tables, columns, forms, roles, relationships, and the list of web resources."""

from attributes import attribute
from contents import Role, Solution, Table, WebResource, braced
from forms import system_form
from markup import Element, element, texts
from own_tables import own_entity, relationship
from system_columns import system_relationships


def customizations(solution: Solution) -> Element:
    """The whole file, its parts in the order of the documented schema."""
    own = [own_entity(solution, table) for table in solution.own_tables]
    return element(
        "ImportExportXml",
        element("Entities", *own, *(_entity(solution, table) for table in solution.tables)),
        element("Roles", *(_role(solution, role) for role in solution.roles)),
        element("Workflows"),
        element("FieldSecurityProfiles"),
        element("Templates"),
        element("EntityMaps"),
        element("EntityRelationships", *_relationships(solution)),
        element("OrganizationSettings"),
        element("optionsets"),
        element("WebResources", *(_web_resource(solution, item) for item in solution.web_resources)),
        element("CustomControls"),
        element("Languages", *(element("Language", text=code) for code in solution.languages)),
    )


def _relationships(solution: Solution) -> list[Element]:
    of_system = [each for table in solution.own_tables for each in system_relationships(solution, table)]
    return [*of_system, *(relationship(solution, table, column) for table, column in solution.lookups)]


def _entity(solution: Solution, table: Table) -> Element:
    """A table of somebody else's, with what we add alone. An import passes over what is marked ``unmodified``."""
    forms = [element("forms", system_form(solution, table), type="main")] if table.form_id else []
    return element(
        "Entity",
        element("Name", text=table.schema_name, LocalizedName=table.title, OriginalName=""),
        element("ObjectTypeCode", text=table.type_code),
        element(
            "EntityInfo",
            element(
                "entity",
                element("attributes", *(attribute(solution, column) for column in solution.columns)),
                Name=table.schema_name,
            ),
        ),
        element("FormXml", *forms),
    )


def _role(solution: Solution, role: Role) -> Element:
    privileges = [element("RolePrivilege", name=name, level=level) for name, level in sorted(role.privileges.items())]
    return element(
        "Role",
        *texts(IsCustomizable=1, IntroducedVersion=solution.version),
        element("RolePrivileges", *privileges),
        id=braced(role.id),
        name=role.name,
        isinherited=1,
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
