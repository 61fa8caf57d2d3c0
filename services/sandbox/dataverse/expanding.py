"""$expand: rows that a row points to, and rows that point to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.odata import Expansion, ODataError, Options

if TYPE_CHECKING:
    from services.sandbox.dataverse.query import Reader
    from services.sandbox.dataverse.rendering import Render

MOST = 15

COLLECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "account": {
        "contact_customer_accounts": ("contact", "parentcustomerid"),
        "account_parent_account": ("account", "parentaccountid"),
    },
    "contact": {"account_primary_contact": ("account", "primarycontactid")},
    "uomschedule": {
        "unit_of_measure_schedule_conversions": ("uom", "uomscheduleid"),
        "unit_of_measurement_schedule_products": ("product", "defaultuomscheduleid"),
    },
    "uom": {"unit_of_measurement_base_unit": ("uom", "baseuom")},
    "product": {"product_price_levels": ("productpricelevel", "productid")},
    "pricelevel": {
        "price_level_product_price_levels": ("productpricelevel", "pricelevelid"),
        "price_level_accounts": ("account", "defaultpricelevelid"),
        "price_level_products": ("product", "pricelevelid"),
    },
    "transactioncurrency": {
        "transactioncurrency_account": ("account", "transactioncurrencyid"),
        "transactioncurrency_product": ("product", "transactioncurrencyid"),
        "transactioncurrency_pricelevel": ("pricelevel", "transactioncurrencyid"),
    },
    "businessunit": {"business_unit_system_users": ("systemuser", "businessunitid")},
}
"""Table -> collection-valued navigation property -> (table, column that points back)."""


def expander(reader: "Reader", table: Table, options: Options, render: "Render", annotations: str) -> "Render":
    """Shows a row with what is expanded on it; raises ``Refused``."""
    expansions = options.expand
    if len(expansions) > MOST:
        raise refusal.bad_uri(f"The number of $expand options must not exceed {MOST}.")
    parts = [(item.name, _part(reader, table, item, annotations)) for item in expansions]

    def expanded(row: Row) -> dict[str, Any]:
        shown = render(row)
        for name, value in parts:
            shown[name] = value(row)
        return shown

    return expanded


def _part(reader: "Reader", table: Table, item: Expansion, annotations: str) -> Callable[[Row], Any]:
    if item.name in table.navigations:
        return _one(reader, table, item, annotations)
    many = COLLECTIONS.get(table.name, {}).get(item.name)
    if many is None:
        raise refusal.bad_uri(
            f"Could not find a property named '{item.name}' on type 'Microsoft.Dynamics.CRM.{table.name}'."
        )
    return _many(reader, table, item.options, many, annotations)


def _one(reader: "Reader", table: Table, item: Expansion, annotations: str) -> Callable[[Row], Any]:
    attribute, _ = table.navigations[item.name]
    targets = [target for target, navigation in attribute.targets if navigation == item.name]
    first = reader.render(reader.world.tables[targets[0]], item.options, annotations)
    renders = {targets[0]: first}

    def one(row: Row) -> Any:
        found = table.leads_to(item.name, row)
        if found is None:
            return None
        target, row_id = found
        other = reader.world.tables[target]
        if target not in renders:
            renders[target] = reader.render(other, item.options, annotations)
        there = other.rows.get(row_id)
        if there is None:
            return None
        shown = renders[target](there)
        return {**derived_type(target), **shown} if len(targets) > 1 else shown

    return one


def derived_type(table: str) -> dict[str, str]:
    """Tells which type a row has, where the navigation property promises only the type that it derives from."""
    return {"@odata.type": f"#Microsoft.Dynamics.CRM.{table}"}


def _many(
    reader: "Reader", table: Table, options: Options, many: tuple[str, str], annotations: str
) -> Callable[[Row], Any]:
    other = reader.world.tables[many[0]]
    lookup = other.attributes[many[1]].read_name
    render = reader.render(other, options, annotations)
    narrow = reader.narrowing(other, options)

    def rows(row: Row) -> list[dict[str, Any]]:
        try:
            found = narrow(other.with_value(lookup, [row[table.id]]))
        except ODataError as error:
            raise refusal.bad_uri(error.message) from error
        return [render(inner) for inner in found]

    return rows
