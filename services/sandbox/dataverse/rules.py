"""What Dataverse does to rows by itself: values it fills in, what it refuses, and what goes with a deleted row.

Unit groups make their base unit, products have a state machine, prices belong to one list, product and unit; the codes
are those of the catalogue and pricing errors in Microsoft's documentation.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal, roles, states
from services.sandbox.dataverse.table import Key, Row, Table
from services.sandbox.refusals import Refused

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World

_MISSING = {
    ("product", "productnumber"): ("0x80043b05", "The product number is missing."),
    ("product", "defaultuomscheduleid"): ("0x80043b0a", "The unit schedule id is missing."),
    ("product", "defaultuomid"): ("0x80043b0d", "The default unit id is missing."),
    ("pricelevel", "name"): ("0x80043b0e", "The price level name is missing."),
    ("pricelevel", "transactioncurrencyid"): ("0x80048546", "The currency id of the price list is missing."),
    ("productpricelevel", "pricelevelid"): ("0x80043b12", "The price level id is missing."),
    ("productpricelevel", "productid"): ("0x80043b11", "The product id is missing."),
    ("productpricelevel", "uomid"): ("0x80043b0d", "The unit id is missing."),
    ("uom", "uomscheduleid"): ("0x80043b0a", "The unit schedule id is missing."),
}
_TAKEN = {
    "0x80043b06": "A product with the specified product number already exists.",
    "0x80043b08": "This product and unit combination has a price for this price list.",
    "0x80043b0f": "The price list name already exists.",
    "0x80048cf3": "A currency with this ISO currency code already exists.",
}

_CASCADES = {
    "uomschedule": (("uom", "_uomscheduleid_value"),),
    "product": (("productpricelevel", "_productid_value"),),
    "pricelevel": (("productpricelevel", "_pricelevelid_value"),),
    "account": (("contact", "_parentcustomerid_value"),),
    "businessunit": (("role", "_businessunitid_value"),),
    "role": (("role", "_parentroleid_value"), ("systemuserroles", "roleid"), ("teamroles", "roleid")),
    "team": (("teamroles", "teamid"), ("teammembership", "teamid")),
    "systemuser": (("systemuserroles", "systemuserid"), ("teammembership", "systemuserid")),
}
"""Table -> rows of other tables that are deleted with it."""

_RESTRICTIONS = {
    "transactioncurrency": (
        ("account", "_transactioncurrencyid_value"),
        ("pricelevel", "_transactioncurrencyid_value"),
        ("product", "_transactioncurrencyid_value"),
    ),
    "uomschedule": (("product", "_defaultuomscheduleid_value"),),
    "uom": (
        ("product", "_defaultuomid_value"),
        ("productpricelevel", "_uomid_value"),
        ("uom", "_baseuom_value"),
    ),
    "pricelevel": (("account", "_defaultpricelevelid_value"), ("product", "_pricelevelid_value")),
}
"""Table -> where it must not be used any more when it is deleted."""

_CLEARED = {
    "contact": (("account", "_primarycontactid_value"), ("contact", "_parentcustomerid_value")),
    "account": (("account", "_parentaccountid_value"),),
}
"""Table -> lookups that are emptied when it is deleted."""


def missing(table: str, name: str) -> Refused:
    """A required column without a value."""
    known = _MISSING.get((table, name))
    return refusal.invalid(known[1], known[0]) if known else refusal.required(table, name)


def taken(table: str, key: Key) -> Refused:
    """Another row has these key values."""
    words = _TAKEN.get(key.error)
    return refusal.invalid(words, key.error) if words else refusal.duplicate(table)


# --- values that are filled in ----------------------------------------------------------------------------------------


def fill_new(world: "World", table: Table, row: Row) -> None:
    """What a new row gets by itself."""
    name = table.name
    if "statecode" in table.attributes:
        states.initial(world, table, row)
    if name == "uom":
        _new_unit(world, row)
    elif name == "product":
        row["productstructure"] = row["productstructure"] or 1
        row["producttypecode"] = row["producttypecode"] or 1
    elif name == "productpricelevel":
        row["pricingmethodcode"] = row["pricingmethodcode"] or 1
        row["quantitysellingcode"] = row["quantitysellingcode"] or 1
        _price_follows(world, row)
    elif name in ("contact", "systemuser"):
        row["fullname"] = full_name(row)
    elif name == "role":
        roles.fill_new(row)
    if name in ("account", "product") and row["_transactioncurrencyid_value"] is None:
        row["_transactioncurrencyid_value"] = base_currency(world)


def fill_changed(world: "World", table: Table, old: Row, new: Row, body: Mapping[str, Any]) -> None:
    """What follows from a change."""
    if "statecode" in table.attributes:
        states.follow(table, old, new, body)
    if table.name in ("contact", "systemuser"):
        new["fullname"] = full_name(new)
    elif table.name == "productpricelevel":
        _price_follows(world, new)


def full_name(row: Row) -> str | None:
    """First, middle and last name in one."""
    parts = (row.get("firstname"), row.get("middlename"), row.get("lastname"))
    return " ".join(part for part in parts if part) or None


def base_currency(world: "World") -> str | None:
    for organization in world.tables["organization"].rows.values():
        value = organization["_basecurrencyid_value"]
        return str(value) if value else None
    return None


def _new_unit(world: "World", row: Row) -> None:
    row["isschedulebaseuom"] = bool(row["isschedulebaseuom"])
    if row["quantity"] is None:
        row["quantity"] = Decimal("1.00000")
    if row["_baseuom_value"] is None and not row["isschedulebaseuom"] and row["_uomscheduleid_value"]:
        base = base_unit(world, row["_uomscheduleid_value"])
        row["_baseuom_value"] = base["uomid"] if base else None


def base_unit(world: "World", schedule: str) -> Row | None:
    """The unit that a unit group was created with."""
    units = world.tables["uom"].with_value("_uomscheduleid_value", [schedule])
    return next((unit for unit in units if unit["isschedulebaseuom"]), None)


def _price_follows(world: "World", row: Row) -> None:
    """Currency comes from the list, unit group and number from the product."""
    level = world.tables["pricelevel"].rows.get(row["_pricelevelid_value"] or "")
    if level is not None:
        row["_transactioncurrencyid_value"] = level["_transactioncurrencyid_value"]
    product = world.tables["product"].rows.get(row["_productid_value"] or "")
    if product is not None:
        row["productnumber"] = product["productnumber"]
        row["productidname"] = product["name"]
        row["_uomscheduleid_value"] = product["_defaultuomscheduleid_value"]


def after_create(world: "World", table: Table, row: Row, by: str) -> None:
    """A unit group gets its base unit, a business unit its roles."""
    if table.name in ("businessunit", "role"):
        roles.inherit(world, table, row, by)
    elif table.name == "uomschedule":
        units = world.tables["uom"]
        unit = world.create(
            units,
            {
                "name": row["baseuomname"],
                "uomscheduleid@odata.bind": f"/uomschedules({row['uomscheduleid']})",
                "quantity": 1,
            },
            by=by,
        )
        units.put({**unit, "isschedulebaseuom": True, "_baseuom_value": None})


# --- checks -----------------------------------------------------------------------------------------------------------


def check(world: "World", table: Table, old: Row | None, new: Row) -> None:
    """Rules that look at more than one column; raises ``Refused``."""
    if table.spec.owned or "ownerid" in table.spec:
        roles.check_owner(world, table, old, new)
    match table.name:
        case "systemuserroles":
            roles.check_holder(world, world.tables["systemuser"], new)
        case "teamroles":
            roles.check_holder(world, world.tables["team"], new)
        case "product":
            _check_product(world, old, new)
        case "productpricelevel":
            _check_price(world, new)
        case "uom":
            _check_unit(world, new)
        case "transactioncurrency":
            _check_currency(world, old, new)
        case "pricelevel":
            _check_price_list(world, old, new)


def _check_product(world: "World", old: Row | None, new: Row) -> None:
    if (new["quantitydecimal"] or 0) > 5:
        raise refusal.invalid("The number of decimal places must be between 0 and 5.", "0x80043b07")
    _check_unit_group(world, new["_defaultuomid_value"], new["_defaultuomscheduleid_value"])
    if old is None:
        return
    states.check_product_step(old["statecode"], new["statecode"])
    if (
        world.behaviour.active_products_locked
        and old["statecode"] == new["statecode"] == states.PRODUCT_ACTIVE
        and old != new
    ):
        raise refusal.invalid(
            "You can modify a product only if it is in the Draft or Under Revision state.", "0x8004F995"
        )


def _check_unit_group(world: "World", unit: str | None, schedule: str | None) -> None:
    row = world.tables["uom"].rows.get(unit or "")
    if row is not None and row["_uomscheduleid_value"] != schedule:
        raise refusal.invalid("The unit does not belong to the unit group of the product.", "0x80043b16")


def _check_price(world: "World", new: Row) -> None:
    product = world.tables["product"].rows.get(new["_productid_value"])
    if product is None:
        raise refusal.invalid("The product does not exist.", "0x80043b24")
    _check_unit_group(world, new["_uomid_value"], product["_defaultuomscheduleid_value"])


def _check_unit(world: "World", new: Row) -> None:
    base = world.tables["uom"].rows.get(new["_baseuom_value"] or "")
    if base is not None and base["_uomscheduleid_value"] != new["_uomscheduleid_value"]:
        raise refusal.invalid("The base unit does not belong to the unit group.", "0x80043b16")
    if new["quantity"] is not None and new["quantity"] <= 0:
        raise refusal.out_of_range("uom", "quantity")


def _check_currency(world: "World", old: Row | None, new: Row) -> None:
    if new["exchangerate"] is not None and new["exchangerate"] <= 0:
        raise refusal.out_of_range("transactioncurrency", "exchangerate")
    if (new["currencyprecision"] or 0) > 4:
        raise refusal.out_of_range("transactioncurrency", "currencyprecision")
    if old is not None and old["transactioncurrencyid"] == base_currency(world):
        changed = old["exchangerate"] != new["exchangerate"] or old["statecode"] != new["statecode"]
        if changed:
            raise refusal.invalid("The base currency of the organization cannot be changed.", "0x80048cec")


def _check_price_list(world: "World", old: Row | None, new: Row) -> None:
    if old is None or not (old["statecode"] == 0 and new["statecode"] == 1):
        return
    for name, lookup in _RESTRICTIONS["pricelevel"]:
        if world.tables[name].with_value(lookup, [new["pricelevelid"]]):
            raise refusal.invalid("A default price list cannot be deactivated while it is in use.", "0x8004f00e")


# --- deleting ---------------------------------------------------------------------------------------------------------


def before_delete(world: "World", table: Table, row: Row, by: str) -> None:
    """Refuse what is still used; delete and empty what goes with it."""
    row_id = row[table.id]
    if table.name == "uom" and row["isschedulebaseuom"] and row["_uomscheduleid_value"] in _alive(world):
        raise refusal.invalid("The base unit of a schedule cannot be deleted.", "0x80043b1d")
    if table.name == "transactioncurrency" and row_id == base_currency(world):
        raise refusal.invalid("The base currency of the organization cannot be deleted.", "0x80048cf1")
    for name, lookup in _RESTRICTIONS.get(table.name, ()):
        if any(user[world.tables[name].id] != row_id for user in world.tables[name].with_value(lookup, [row_id])):
            raise Refused(
                405,
                "0x80048d21",
                f"The {table.name} with Id = {row_id} cannot be deleted because it is referenced by {name}.",
            )
    world.deleting.add(row_id)
    try:
        for name, lookup in _CASCADES.get(table.name, ()):
            other = world.tables[name]
            for inner in sorted(other.with_value(lookup, [row_id]), key=lambda row: bool(row.get("isschedulebaseuom"))):
                world.delete(other, inner, by=by)
        for name, lookup in _CLEARED.get(table.name, ()):
            other = world.tables[name]
            for user in other.with_value(lookup, [row_id]):
                if user[other.id] != row_id:
                    world.empty_lookup(other, user, lookup, by=by)
    finally:
        world.deleting.discard(row_id)


def _alive(world: "World") -> set[str]:
    return set(world.tables["uomschedule"].rows) - world.deleting
