"""The service document and ``$metadata``: tables, columns, relationships and messages in the terms of OData v4."""

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from libs.dynamics.sales_tables import SalesAttribute
from services.sandbox.dataverse import message_types
from services.sandbox.dataverse.bulk import supports
from services.sandbox.dataverse.collections import COLLECTIONS, Referencing
from services.sandbox.dataverse.columns import EDM, OWNER_KEY, PRINCIPALS
from services.sandbox.dataverse.exchange import PREFIX, encode
from services.sandbox.dataverse.table import Table

_NAMESPACE = PREFIX.rstrip(".")


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
        '<EntityType Name="principal" BaseType="mscrm.crmbaseentity">'
        f'<Key><PropertyRef Name="{OWNER_KEY.name}" /></Key>'
        f'<Property Name="{OWNER_KEY.name}" Type="Edm.Guid" Nullable="false" /></EntityType>',
    ]
    for table in tables.values():
        lines += _entity_type(table, tables)
    lines += message_types.definitions()
    for table in tables.values():
        lines += _actions(table)
    lines.append('<EntityContainer Name="System">')
    for table in tables.values():
        lines += _entity_set(table, tables)
    lines += message_types.imports()
    lines.append("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>")
    return "\n".join(lines).encode()


def _entity_type(table: Table, tables: dict[str, Table]) -> Iterator[str]:
    if table.name in PRINCIPALS:  # they inherit their key
        yield f'<EntityType Name="{table.name}" BaseType="mscrm.principal">'
        yield f'<Property Name="{table.id}" Type="Edm.Guid" />'
    else:
        yield f'<EntityType Name="{table.name}" BaseType="mscrm.crmbaseentity">'
        yield f'<Key><PropertyRef Name="{table.id}" /></Key>'
        yield f'<Property Name="{table.id}" Type="Edm.Guid" Nullable="false" />'
    for attribute in table.attributes.values():
        if attribute is not OWNER_KEY:
            yield _property(attribute)
    for navigation, (attribute, target) in table.navigations.items():
        kind, key = (target, f"{target}id") if _target(table, navigation) else ("principal", OWNER_KEY.name)
        partner = _partner(_collections_back(table, attribute, navigation))
        yield f'<NavigationProperty Name="{navigation}" Type="mscrm.{kind}" Nullable="true"{partner}>'
        yield f'<ReferentialConstraint Property="{attribute.read_name}" ReferencedProperty="{key}" />'
        yield "</NavigationProperty>"
    for name, collection in COLLECTIONS.get(table.name, {}).items():
        back = name  # Many to many: both ends have the same name.
        if isinstance(collection, Referencing):
            back = dict(tables[collection.table].attributes[collection.column].targets)[table.name]
        yield f'<NavigationProperty Name="{name}" Type="Collection(mscrm.{collection.table})"{_partner(back)} />'
    yield "</EntityType>"


def _target(table: Table, navigation: str) -> str:
    """The one table a navigation property leads to; empty for an owner, which may be a user or a team."""
    attribute, first = table.navigations[navigation]
    several = [target for target, name in attribute.targets if name == navigation]
    return first if len(several) == 1 else ""


def _collections_back(table: Table, attribute: SalesAttribute, navigation: str) -> str:
    """The collection on the other side of a lookup; empty where there is none."""
    backwards = COLLECTIONS.get(_target(table, navigation), {})
    return next((name for name, item in backwards.items() if item == Referencing(table.name, attribute.name)), "")


def _partner(name: str) -> str:
    return f' Partner="{name}"' if name else ""


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
    for navigation in table.navigations:
        target = _target(table, navigation)
        if target:
            yield f'<NavigationPropertyBinding Path="{navigation}" Target="{tables[target].spec.entity_set}" />'
    for name, collection in COLLECTIONS.get(table.name, {}).items():
        members = tables[collection.table].spec.entity_set
        yield f'<NavigationPropertyBinding Path="{name}" Target="{members}" />'
    yield "</EntitySet>"
