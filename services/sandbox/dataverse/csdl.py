"""The service document and ``$metadata``: tables, columns, relationships and messages in the terms of OData v4."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from libs.dynamics.sales_tables import SalesAttribute
from services.sandbox.dataverse.bulk import PREFIX, supports
from services.sandbox.dataverse.columns import EDM
from services.sandbox.dataverse.exchange import encode
from services.sandbox.dataverse.expanding import COLLECTIONS
from services.sandbox.dataverse.table import Table

_NAMESPACE = PREFIX.rstrip(".")

_RESPONSES = """
<ComplexType Name="WhoAmIResponse">
<Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" />
<Property Name="UserId" Type="Edm.Guid" Nullable="false" />
<Property Name="OrganizationId" Type="Edm.Guid" Nullable="false" />
</ComplexType>
<ComplexType Name="RetrieveVersionResponse"><Property Name="Version" Type="Edm.String" /></ComplexType>
<ComplexType Name="CreateMultipleResponse"><Property Name="Ids" Type="Collection(Edm.Guid)" /></ComplexType>
<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>
<Function Name="RetrieveVersion"><ReturnType Type="mscrm.RetrieveVersionResponse" Nullable="false" /></Function>
"""


def service_document(root: str, tables: dict[str, Table]) -> bytes:
    """What ``GET {root}`` answers."""
    sets = sorted(table.spec.entity_set for table in tables.values())
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in sets]
    return encode({"@odata.context": f"{root}$metadata", "value": value})


def metadata(tables: dict[str, Table]) -> bytes:
    """What ``GET {root}$metadata`` answers."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>',
        f'<Schema Namespace="{_NAMESPACE}" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">',
        '<EntityType Name="crmbaseentity" Abstract="true" />',
    ]
    for table in tables.values():
        lines += _entity_type(table)
    lines.append(_RESPONSES.strip())
    for table in tables.values():
        lines += _actions(table)
    lines.append('<EntityContainer Name="System">')
    for table in tables.values():
        lines += _entity_set(table, tables)
    lines.append('<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI" />')
    lines.append('<FunctionImport Name="RetrieveVersion" Function="mscrm.RetrieveVersion" />')
    lines.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return "\n".join(lines).encode()


def _entity_type(table: Table) -> Iterator[str]:
    yield f'<EntityType Name="{table.name}" BaseType="mscrm.crmbaseentity">'
    yield f'<Key><PropertyRef Name="{table.id}" /></Key>'
    yield f'<Property Name="{table.id}" Type="Edm.Guid" Nullable="false" />'
    for attribute in table.attributes.values():
        yield _property(attribute)
    for navigation, (attribute, target) in table.navigations.items():
        yield f'<NavigationProperty Name="{navigation}" Type="mscrm.{target}" Nullable="true">'
        yield f'<ReferentialConstraint Property="{attribute.read_name}" ReferencedProperty="{target}id" />'
        yield "</NavigationProperty>"
    for name, (other, _) in COLLECTIONS.get(table.name, {}).items():
        yield f'<NavigationProperty Name="{name}" Type="Collection(mscrm.{other})" />'
    yield "</EntityType>"


def _property(attribute: SalesAttribute) -> str:
    edm = "Int64" if attribute.name == "versionnumber" else EDM[attribute.type]
    facets = ""
    if attribute.type == "text":
        facets = f' MaxLength="{attribute.length}" Unicode="true"'
    elif attribute.type in ("decimal", "money"):
        facets = f' Scale="{attribute.precision}"'
    if not attribute.read_only and attribute.type != "lookup":
        return f'<Property Name="{attribute.read_name}" Type="Edm.{edm}"{facets} />'
    return (
        f'<Property Name="{attribute.read_name}" Type="Edm.{edm}"{facets}>'
        '<Annotation Term="Org.OData.Core.V1.Computed" Bool="true" /></Property>'
    )


def _actions(table: Table) -> Iterator[str]:
    for message in ("CreateMultiple", "UpdateMultiple", "UpsertMultiple"):
        if not supports(table, message):
            continue
        kind = quoteattr(f"Collection(mscrm.{table.name})")
        yield f'<Action Name="{message}" IsBound="true"><Parameter Name="entityset" Type={kind} Nullable="false" />'
        yield f'<Parameter Name="Targets" Type={kind} Nullable="false" />'
        if message == "CreateMultiple":
            yield '<ReturnType Type="mscrm.CreateMultipleResponse" Nullable="false" />'
        yield "</Action>"


def _entity_set(table: Table, tables: dict[str, Table]) -> Iterator[str]:
    yield f'<EntitySet Name="{table.spec.entity_set}" EntityType="mscrm.{table.name}">'
    for navigation, (_, target) in table.navigations.items():
        yield f'<NavigationPropertyBinding Path="{navigation}" Target="{tables[target].spec.entity_set}" />'
    for name, (other, _) in COLLECTIONS.get(table.name, {}).items():
        yield f'<NavigationPropertyBinding Path="{name}" Target="{tables[other].spec.entity_set}" />'
    yield "</EntitySet>"
