"""The service document and $metadata of a surface."""

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import msgspec

from services.sandbox.financials.documents.fields import QUOTE
from services.sandbox.financials.documents.price_action import PRICE_ACTION
from services.sandbox.financials.documents.shapes import DocumentShape, metadata_links
from services.sandbox.financials.expanding import collections, navigations, related_set
from services.sandbox.financials.extras import RELATED_IDS
from services.sandbox.financials.shapes import Shape, entity_name, namespace

if TYPE_CHECKING:
    from services.sandbox.financials.api import Api


def service_document(root: str, sets: list[str]) -> bytes:
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in sets]
    return msgspec.json.encode({"@odata.context": f"{root}/$metadata", "value": value})


def document(api: "Api") -> bytes:
    """CSDL: an entity type and an entity set for everything that is published; a company contains all the others."""
    types: list[str] = []
    sets: list[str] = []
    space = namespace(api.surface)
    published = api.published()
    for name in published:
        shape = api.shape(api.world.company, name)
        links, bindings = "", ""
        if shape is not None:
            keys = shape.key
            properties = [(item.name, item.edm, item.length) for item in shape.properties.values()]
            links, bindings = _related(shape, published, space)
            if isinstance(shape, DocumentShape):
                links, bindings = metadata_links(shape, published, space)
        else:
            listing = api.listing(api.world.company, name) or api.companies
            if listing is api.companies:
                links = _contained([other for other in published if other != name], space)
            keys = listing.keys
            properties = [(each, edm, 0) for each, (edm, _) in listing.types.items()]
        types.append(_type(entity_name(name), keys, properties, links))
        sets.append(
            f'<EntitySet Name={quoteattr(name)} EntityType="{space}.{entity_name(name)}">{bindings}</EntitySet>'
        )
    actions, imports = _actions(api, published, space)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{space}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'{"".join(types)}{actions}<EntityContainer Name="NAV">{"".join(sets)}{imports}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    ).encode()


def _actions(api: "Api", published: list[str], space: str) -> tuple[str, str]:
    """The actions of the surface: that of a quote, which is bound to it, and that of the companion's codeunit."""
    if QUOTE.header_set in published:
        quote = f"{space}.{entity_name(QUOTE.header_set)}"
        return f'<Action Name="makeOrder" IsBound="true"><Parameter Name="quote" Type="{quote}"/></Action>', ""
    if not api.offers_action(PRICE_ACTION):
        return "", ""
    text = 'Type="Edm.String" Nullable="false"'
    return (
        f'<Action Name="{PRICE_ACTION}"><Parameter Name="question" {text}/><ReturnType {text}/></Action>',
        f'<ActionImport Name="{PRICE_ACTION}" Action="{space}.{PRICE_ACTION}"/>',
    )


def _contained(sets: list[str], space: str) -> str:
    return "".join(
        f'<NavigationProperty Name={quoteattr(name)} Type="Collection({space}.{entity_name(name)})" '
        'ContainsTarget="true"/>'
        for name in sets
    )


def _related(shape: Shape, published: list[str], space: str) -> tuple[str, str]:
    """Navigation properties to the records that fields name, and where each leads."""
    links, bindings = [], []
    for name, field in navigations(shape).items():
        target = related_set(shape, field)
        if target not in published:
            continue
        constraint = (
            f'<ReferentialConstraint Property="{RELATED_IDS[shape.table.name, field]}" ReferencedProperty="id"/>'
        )
        links.append(
            f'<NavigationProperty Name="{name}" Type="{space}.{entity_name(target)}">{constraint}</NavigationProperty>'
        )
        bindings.append(f'<NavigationPropertyBinding Path="{name}" Target="{target}"/>')
    for name in collections(shape):
        if name in published:
            links.append(f'<NavigationProperty Name="{name}" Type="Collection({space}.{entity_name(name)})"/>')
            bindings.append(f'<NavigationPropertyBinding Path="{name}" Target="{name}"/>')
    return "".join(links), "".join(bindings)


def _type(name: str, keys: tuple[str, ...], properties: list[tuple[str, str, int]], links: str) -> str:
    references = "".join(f"<PropertyRef Name={quoteattr(key)}/>" for key in keys)
    fields = "".join(
        f"<Property Name={quoteattr(each)} Type={quoteattr(edm)}"
        + (f' MaxLength="{length}"' if length else "")
        + (' Scale="Variable"' if edm == "Edm.Decimal" else "")
        + (' Nullable="false"/>' if each in keys else "/>")
        for each, edm, length in properties
    )
    return f"<EntityType Name={quoteattr(name)}><Key>{references}</Key>{fields}{links}</EntityType>"
