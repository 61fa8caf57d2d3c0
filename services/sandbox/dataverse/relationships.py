"""How the metadata shows relationships: one for each table that a lookup leads to or that ties two others."""

from collections.abc import Iterator
from typing import Any

from services.sandbox.dataverse.collections import COLLECTIONS, Intersecting, Referencing
from services.sandbox.dataverse.column_definitions import CAST, is_custom, metadata_id
from services.sandbox.dataverse.world import World

ONE_TO_MANY = "OneToManyRelationshipMetadata"
MANY_TO_MANY = "ManyToManyRelationshipMetadata"
KINDS = {f"{CAST}{kind}": f"#{CAST}{kind}" for kind in (ONE_TO_MANY, MANY_TO_MANY)}
"""Segment that asks for one kind alone -> the type of that kind."""
ENDS = {
    "OneToManyRelationships": ("ReferencedEntity",),
    "ManyToOneRelationships": ("ReferencingEntity",),
    "ManyToManyRelationships": ("Entity1LogicalName", "Entity2LogicalName"),
}
"""Segment below a table's definition -> the ends of the relationship at which the table may stand."""


def relationships(world: World) -> Iterator[dict[str, Any]]:
    """All of them."""
    yield from _one_to_many(world)
    seen: set[str] = set()
    for name, collections in COLLECTIONS.items():
        for navigation, collection in collections.items():
            if isinstance(collection, Intersecting) and collection.between not in seen:
                seen.add(collection.between)
                yield _many_to_many(world, name, navigation, collection)


def _one_to_many(world: World) -> Iterator[dict[str, Any]]:
    for table in world.tables.values():
        for attribute in table.attributes.values():
            for target, navigation in attribute.targets:
                backwards = COLLECTIONS.get(target, {}).items()
                there = Referencing(table.name, attribute.name)
                collection = next((name for name, item in backwards if item == there), None)
                schema_name = collection or f"{target}_{table.name}_{attribute.name}"
                yield {
                    "@odata.type": f"#{CAST}{ONE_TO_MANY}",
                    "MetadataId": metadata_id("relationship", schema_name),
                    "SchemaName": schema_name,
                    "RelationshipType": "OneToManyRelationship",
                    "IsCustomRelationship": is_custom(attribute.name),
                    "ReferencedEntity": target,
                    "ReferencedAttribute": world.tables[target].id,
                    "ReferencingEntity": table.name,
                    "ReferencingAttribute": attribute.name,
                    "ReferencedEntityNavigationPropertyName": schema_name,
                    "ReferencingEntityNavigationPropertyName": navigation,
                }


def _many_to_many(world: World, one: str, navigation: str, collection: Intersecting) -> dict[str, Any]:
    other = collection.table
    return {
        "@odata.type": f"#{CAST}{MANY_TO_MANY}",
        "MetadataId": metadata_id("relationship", navigation),
        "SchemaName": navigation,
        "RelationshipType": "ManyToManyRelationship",
        "IsCustomRelationship": False,
        "IntersectEntityName": collection.between,
        "Entity1LogicalName": one,
        "Entity1IntersectAttribute": world.tables[one].id,
        "Entity1NavigationPropertyName": navigation,
        "Entity2LogicalName": other,
        "Entity2IntersectAttribute": world.tables[other].id,
        "Entity2NavigationPropertyName": navigation,
    }
