"""Turns rows into what an answer shows: chosen columns, annotations on request, expanded rows."""

import fnmatch
from collections.abc import Callable, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from libs.dynamics.sales_tables import SALES_TABLES, SalesAttribute
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.columns import target_key
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.dataverse.world import World

Render = Callable[[Row], dict[str, Any]]

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
COUNT = "Microsoft.Dynamics.CRM.totalrecordcount"
COUNT_CAPPED = "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"
METADATA_VERSION = "Microsoft.Dynamics.CRM.globalmetadataversion"

_CURRENCY_COLUMN = "_transactioncurrencyid_value"


def wants(annotations: str, name: str) -> bool:
    """Whether ``odata.include-annotations`` asks for that one: ``*``, names and patterns, ``-`` to leave out."""
    asked = False
    for part in annotations.split(","):
        pattern = part.strip()
        if pattern.startswith("-"):
            if fnmatch.fnmatchcase(name, pattern[1:]):
                asked = False
        elif pattern and fnmatch.fnmatchcase(name, pattern):
            asked = True
    return asked


def selected(table: Table, select: Sequence[str]) -> list[str]:
    """Properties of an answer in order, primary key and a money column's currency included; raises ``Refused``."""
    if not select:
        return list(table.properties)
    names: dict[str, None] = {}
    known = set(table.properties)
    for name in select:
        if name in known:
            names[name] = None
            attribute = table.attributes.get(name)
            if attribute is not None and attribute.type == "money" and _CURRENCY_COLUMN in known:
                names[_CURRENCY_COLUMN] = None
        elif name in table.attributes:
            names[table.attributes[name].read_name] = None  # a lookup may be selected by its logical name, too
        else:
            raise refusal.bad_uri(
                f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'."
            )
    names[table.id] = None
    return list(names)


def renderer(world: World, table: Table, select: Sequence[str], annotations: str) -> Render:
    """The function that shows a row."""
    names = ["@odata.etag", *selected(table, select)]
    get = itemgetter(*names)

    def plain(row: Row) -> dict[str, Any]:
        return dict(zip(names, get(row), strict=True))

    extra = _annotators(world, table, names, annotations) if annotations else []
    if not extra:
        return plain

    def annotated(row: Row) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, annotate in extra:
            value = row[name]
            shown[name] = value
            if value is not None:
                for add in annotate:
                    add(row, value, shown)
        return shown

    return annotated


Annotate = Callable[[Row, Any, dict[str, Any]], None]


def _annotators(world: World, table: Table, names: list[str], annotations: str) -> list[tuple[str, list[Annotate]]]:
    formatted, table_name, navigation = (wants(annotations, name) for name in (FORMATTED, LOOKUP_TABLE, NAVIGATION))
    if not (formatted or table_name or navigation):
        return []
    by_property = {item.read_name: item for item in table.attributes.values()}
    found: list[tuple[str, list[Annotate]]] = []
    for name in names:
        annotate: list[Annotate] = []
        attribute = by_property.get(name)
        if attribute is not None:
            if attribute.type == "lookup":
                annotate += _lookup_annotations(attribute, table_name, navigation)
            if formatted:
                label = _formatted(world, table, attribute)
                if label is not None:
                    annotate.append(label)
        found.append((name, annotate))
    return found


def _lookup_annotations(attribute: SalesAttribute, table_name: bool, navigation: bool) -> list[Annotate]:
    name = attribute.read_name
    key = target_key(attribute) if len(attribute.targets) > 1 else ""
    navigations = dict(attribute.targets)
    only = attribute.targets[0][0]
    found: list[Annotate] = []
    if navigation:

        def add_navigation(row: Row, value: Any, shown: dict[str, Any]) -> None:
            shown[f"{name}@{NAVIGATION}"] = navigations[row[key] if key else only]

        found.append(add_navigation)
    if table_name:

        def add_table(row: Row, value: Any, shown: dict[str, Any]) -> None:
            shown[f"{name}@{LOOKUP_TABLE}"] = row[key] if key else only

        found.append(add_table)
    return found


def _formatted(world: World, table: Table, attribute: SalesAttribute) -> Annotate | None:
    annotation = f"{attribute.read_name}@{FORMATTED}"
    match attribute.type:
        case "choice":
            labels = world.choices.options(table.name, attribute.name)
            return lambda row, value, shown: shown.__setitem__(annotation, labels.get(value, str(value)))
        case "boolean":
            return lambda row, value, shown: shown.__setitem__(annotation, "Yes" if value else "No")
        case "lookup":
            return _lookup_label(world, attribute, annotation)
        case "money":
            return lambda row, value, shown: shown.__setitem__(annotation, _money(world, row, value))
        case "decimal" | "integer":
            return lambda row, value, shown: shown.__setitem__(annotation, f"{value:,}")
        case "date" | "moment":
            return lambda row, value, shown: shown.__setitem__(annotation, value.replace("T", " ").rstrip("Z"))
    return None


def _lookup_label(world: World, attribute: SalesAttribute, annotation: str) -> Annotate:
    key = target_key(attribute)
    only = attribute.targets[0][0]

    def add(row: Row, value: Any, shown: dict[str, Any]) -> None:
        target = row.get(key, only) or only
        spec = SALES_TABLES[target]
        there = world.tables[target].rows.get(value)
        label = there.get(spec.primary_name) if there else None
        if label is not None:
            shown[annotation] = label

    return add


def _money(world: World, row: Row, value: Decimal) -> str:
    currency = world.tables["transactioncurrency"].rows.get(row.get(_CURRENCY_COLUMN) or "")
    symbol = currency["currencysymbol"] if currency else ""
    return f"{symbol}{value:,.2f}"
