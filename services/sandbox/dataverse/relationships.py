"""How the metadata shows relationships: one for each table that a lookup leads to."""

from collections.abc import Iterator
from typing import Any

from services.sandbox.dataverse.column_definitions import CAST, is_custom, metadata_id
from services.sandbox.dataverse.expanding import COLLECTIONS
from services.sandbox.dataverse.world import World

ONE_TO_MANY = f"{CAST}OneToManyRelationshipMetadata"
ENDS = {"OneToManyRelationships": "ReferencedEntity", "ManyToOneRelationships": "ReferencingEntity"}
"""Segment below a table's definition -> the end of the relationship at which the table stands."""
MANY_TO_MANY = "ManyToManyRelationships"
"""There are none among these tables."""


def relationships(world: World) -> Iterator[dict[str, Any]]:
    """All of them."""
    for table in world.tables.values():
        for attribute in table.attributes.values():
            for target, navigation in attribute.targets:
                backwards = COLLECTIONS.get(target, {}).items()
                collection = next((name for name, pair in backwards if pair == (table.name, attribute.name)), None)
                schema_name = collection or f"{target}_{table.name}_{attribute.name}"
                yield {
                    "@odata.type": f"#{ONE_TO_MANY}",
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
