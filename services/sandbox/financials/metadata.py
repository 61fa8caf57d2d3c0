"""The service document and $metadata of a surface."""

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import msgspec

from services.sandbox.financials import listings
from services.sandbox.financials.shapes import entity_name

if TYPE_CHECKING:
    from services.sandbox.financials.api import Api


def service_document(root: str, sets: list[str]) -> bytes:
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in sets]
    return msgspec.json.encode({"@odata.context": f"{root}/$metadata", "value": value})


def document(api: "Api") -> bytes:
    """CSDL: an entity type and an entity set for everything that is published."""
    types: list[str] = []
    sets: list[str] = []
    company = api.world.company
    for name in api.published():
        shape = api.shape(company, name)
        if shape is not None:
            keys = shape.key
            properties = [(item.name, item.edm, item.length) for item in shape.properties.values()]
        else:
            listing = api.listing(company, name) or listings.companies(api.world)
            if name == "Company":
                listing = listings.page_companies(api.world)
            keys = (listing.key,)
            properties = [(each, edm, 0) for each, (edm, _) in listing.types.items()]
        types.append(_type(entity_name(name), keys, properties))
        sets.append(f'<EntitySet Name={quoteattr(name)} EntityType="Microsoft.NAV.{entity_name(name)}"/>')
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'{"".join(types)}<EntityContainer Name="NAV">{"".join(sets)}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    ).encode()


def _type(name: str, keys: tuple[str, ...], properties: list[tuple[str, str, int]]) -> str:
    references = "".join(f"<PropertyRef Name={quoteattr(key)}/>" for key in keys)
    fields = "".join(
        f"<Property Name={quoteattr(each)} Type={quoteattr(edm)}"
        + (f' MaxLength="{length}"' if length else "")
        + (' Scale="Variable"' if edm == "Edm.Decimal" else "")
        + (' Nullable="false"/>' if each in keys else "/>")
        for each, edm, length in properties
    )
    return f"<EntityType Name={quoteattr(name)}><Key>{references}</Key>{fields}</EntityType>"
