"""How the metadata shows columns and their choices."""

import uuid
from typing import Any

from libs.dynamics.sales_tables import SalesAttribute
from services.sandbox.dataverse.table import Table
from services.sandbox.dataverse.world import World
from services.sandbox.odata import Options

CAST = "Microsoft.Dynamics.CRM."
_NAMESPACE = uuid.UUID("7b6d8f6e-8c1e-4b0b-9a0e-3f6f0d7c9a11")
_TYPES = {
    "text": ("String", "StringAttributeMetadata"),
    "decimal": ("Decimal", "DecimalAttributeMetadata"),
    "money": ("Money", "MoneyAttributeMetadata"),
    "integer": ("Integer", "IntegerAttributeMetadata"),
    "boolean": ("Boolean", "BooleanAttributeMetadata"),
    "choice": ("Picklist", "PicklistAttributeMetadata"),
    "date": ("DateTime", "DateTimeAttributeMetadata"),
    "moment": ("DateTime", "DateTimeAttributeMetadata"),
    "lookup": ("Lookup", "LookupAttributeMetadata"),
    "guid": ("Uniqueidentifier", "AttributeMetadata"),
}
_SPECIAL = {
    "statecode": ("State", "StateAttributeMetadata"),
    "statuscode": ("Status", "StatusAttributeMetadata"),
    "versionnumber": ("BigInt", "BigIntAttributeMetadata"),
    "ownerid": ("Owner", "LookupAttributeMetadata"),
    "parentcustomerid": ("Customer", "LookupAttributeMetadata"),
}


def metadata_id(*parts: str) -> str:
    """The same id for the same thing in every sandbox."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def label(text: str) -> dict[str, Any]:
    """A label in the one language of the make-believe organization."""
    localized = {"Label": text, "LanguageCode": 1033, "IsManaged": True, "MetadataId": metadata_id("label", text)}
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def is_custom(name: str) -> bool:
    """Whether a solution has brought it; those names are not capitalized."""
    return name.startswith(("bcbi_", "nav_", "tandem_"))


def primary_key(table: Table) -> dict[str, Any]:
    return {
        "@odata.type": f"#{CAST}AttributeMetadata",
        "MetadataId": metadata_id(table.name, table.id),
        "LogicalName": table.id,
        "SchemaName": table.id.capitalize(),
        "AttributeType": "Uniqueidentifier",
        "IsPrimaryId": True,
        "IsPrimaryName": False,
        "IsValidForCreate": True,
        "IsValidForUpdate": False,
        "IsValidForRead": True,
        "RequiredLevel": {"Value": "SystemRequired"},
    }


def shown_column(
    world: World, table: Table, attribute: SalesAttribute, options: Options | None = None
) -> dict[str, Any]:
    kind, type_name = _SPECIAL.get(attribute.name) or _TYPES[attribute.type]
    shown: dict[str, Any] = {
        "@odata.type": f"#{CAST}{type_name}",
        "MetadataId": metadata_id(table.name, attribute.name),
        "EntityLogicalName": table.name,
        "LogicalName": attribute.name,
        "SchemaName": attribute.name if is_custom(attribute.name) else attribute.name.capitalize(),
        "AttributeType": kind,
        "AttributeTypeName": {"Value": f"{kind}Type"},
        "DisplayName": label(attribute.name),
        "IsPrimaryId": False,
        "IsPrimaryName": attribute.name == table.spec.primary_name,
        "IsValidForCreate": not attribute.read_only,
        "IsValidForUpdate": not (attribute.read_only or attribute.create_only),
        "IsValidForRead": True,
        "RequiredLevel": {"Value": "SystemRequired" if attribute.required else "None"},
    }
    if attribute.type == "text":
        shown["MaxLength"] = attribute.length
    elif attribute.type in ("decimal", "money"):
        shown["Precision"] = attribute.precision
    elif attribute.type == "lookup":
        shown["Targets"] = [target for target, _ in attribute.targets]
    for item in options.expand if options else ():
        if item.name in ("OptionSet", "GlobalOptionSet") and attribute.type == "choice":
            shown[item.name] = option_set(world, table, attribute) if item.name == "OptionSet" else None
    return shown


def option_set(world: World, table: Table, attribute: SalesAttribute) -> dict[str, Any]:
    options = world.choices.options(table.name, attribute.name)
    return {
        "MetadataId": metadata_id(table.name, attribute.name, "options"),
        "Name": f"{table.name}_{attribute.name}",
        "OptionSetType": "Picklist",
        "IsGlobal": False,
        "IsCustomOptionSet": False,
        "Options": [
            {
                "Value": value,
                "Label": label(text),
                "Description": {"LocalizedLabels": [], "UserLocalizedLabel": None},
                "Color": None,
                "IsManaged": True,
            }
            for value, text in options.items()
        ],
    }
