"""Which of the three surfaces serves a table, and what that surface cannot give. Pure.

Per table the companion extension is best, then API v2.0 where it has the table, then a published page. All of it
follows from the catalogue in ``libs/dynamics/financials_tables.py``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from libs.contracts.setup import MissingPart
from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsField, FinancialsTable
from libs.runtime.errors import MappingInvalid


class Surface(StrEnum):
    """The names that ``FinancialsCompany.surface`` uses; best first."""

    COMPANION = "companion"
    API_V2 = "api_v2"
    PAGE_SERVICES = "page_services"

    @property
    def described(self) -> str:
        return {"companion": "the companion extension", "api_v2": "API v2.0"}.get(self.value, "its published page")


AUXILIARY = frozenset(
    {"Contact Business Relation", "Item Unit of Measure", "Currency Exchange Rate"}
    | {table.name for table in FINANCIALS_TABLES.values() if table.lookup}
)
"""Tables that nothing maps: they serve to compute fields or to answer lookups, and only those miss them."""

COMPUTED = {
    ("Currency", "Exchange Rate"): "Currency Exchange Rate",
    ("Contact", "Customer No."): "Contact Business Relation",
    ("Customer Price Group", "First Line Currency Code"): "Sales Price",
}
"""Field that the connector computes where the surface does not show it -> the table that it is computed from."""

_INPUTS = {("Contact", "Customer No."): ("Company No.",)}
"""Computed field -> fields of its own record that it is computed from, besides the key."""

ID = "id"
ETAG = "@odata.etag"
_MODIFIED = {Surface.COMPANION: "systemModifiedAt", Surface.API_V2: "lastModifiedDateTime"}
MODIFICATION_TIME = "modification time"
"""Stands as field of a MissingPart for a table whose changes cannot be told from the rest."""
DELETIONS = "deletions"
"""… whose deletions are not reported."""
RECORD_IDS = "record ids"
"""… whose records are known by their key alone, so that renaming one makes it another record."""


@dataclass(frozen=True)
class TablePlan:
    """One table on the surface that was chosen for it."""

    table: FinancialsTable
    surface: Surface
    service: str
    """Entity set or name of the published page."""

    @cached_property
    def properties(self) -> dict[str, str]:
        """Field name -> property, for the fields that this surface shows as they are."""
        return {
            field.name: name for field in self.table for name in (property_on(self.surface, field),) if name is not None
        }

    @cached_property
    def referred(self) -> dict[str, str]:
        """Field name -> property that holds the SystemId of the record whose code is the field's value."""
        if self.surface is not Surface.API_V2:
            return {}
        return {
            field.name: field.api_v2_id for field in self.table if field.api_v2 is None and field.api_v2_id is not None
        }

    @cached_property
    def computed(self) -> dict[str, str]:
        """Field name -> table that the connector computes it from."""
        return {
            name: source
            for (table, name), source in COMPUTED.items()
            if table == self.table.name and name not in self.properties
        }

    def inputs(self, name: str) -> tuple[str, ...]:
        """The fields, besides the key, that a computed field is computed from."""
        return tuple(each for each in _INPUTS.get((self.table.name, name), ()) if each in self.properties)

    @property
    def has_ids(self) -> bool:
        """Whether records are known by SystemId, rather than by key."""
        return self.surface is not Surface.PAGE_SERVICES

    @property
    def modified(self) -> str:
        """Property with the modification time; empty where there is none."""
        return _MODIFIED.get(self.surface, "")

    @cached_property
    def shows_local_currency(self) -> frozenset[str]:
        """Fields where the local currency is written out although the record holds a blank code."""
        if self.surface is not Surface.API_V2:
            return frozenset()
        return frozenset(
            name for name in self.properties if self.table[name].relation == "Currency" and name not in self.table.key
        )

    def gives(self, name: str) -> bool:
        """Whether the field can be read here, in one way or another."""
        return name in self.properties or name in self.referred or name in self.computed

    def field(self, name: str) -> FinancialsField:
        """The catalogue's field. Raises ``MappingInvalid`` for a name that the table does not have."""
        if name not in self.table:
            raise MappingInvalid(
                f"{self.table.name} has no field {name}: correct the mapping.", field=name, code="mapping.field_unknown"
            )
        return self.table[name]


def property_on(surface: Surface, field: FinancialsField) -> str | None:
    match surface:
        case Surface.COMPANION:
            return field.companion
        case Surface.API_V2:
            return field.api_v2
        case Surface.PAGE_SERVICES:
            return field.page


def plan_on(surface: Surface, table: FinancialsTable, services: Mapping[str, str]) -> TablePlan | None:
    """The plan of a table on one surface; null where the surface does not have it. ``services``: names of published
    pages by table, where they are not the usual ones."""
    match surface:
        case Surface.COMPANION:
            service: str | None = table.companion_set
        case Surface.API_V2:
            service = table.api_v2_set
        case Surface.PAGE_SERVICES:
            service = services.get(table.name, table.page_service)
    return TablePlan(table, surface, service) if service else None


def table_named(name: str) -> FinancialsTable:
    """Raises ``MappingInvalid`` for a table that the catalogue does not have."""
    try:
        return FINANCIALS_TABLES[name]
    except KeyError:
        raise MappingInvalid(
            f"Financials has no table {name} that Tandem knows: correct the mapping.", code="mapping.table_unknown"
        ) from None


def best_surface(plans: Iterable[TablePlan]) -> Surface:
    """The best surface that serves at least one table."""
    served = {plan.surface for plan in plans}
    return next((surface for surface in Surface if surface in served), Surface.API_V2)


def missing_parts(plans: Mapping[str, TablePlan]) -> list[MissingPart]:
    """Every field and feed that these plans cannot give, table by table; tables without a plan are missing whole.
    Nobody follows the changes of a table that nothing maps, and lookups tell by themselves what they miss."""
    found: list[MissingPart] = []
    for table in FINANCIALS_TABLES.values():
        if table.lookup:
            continue
        plan = plans.get(table.name)
        if plan is None:
            found.append(MissingPart(table=table.name, reason="no surface of this Financials offers the table"))
            continue
        if plan.surface is Surface.COMPANION:
            continue
        where = plan.surface.described
        found += [
            MissingPart(table=table.name, field=field.name, reason=reason)
            for field in table
            if not field.lookup
            if (reason := _why_missing(plan, field.name, plans))
        ]
        if table.name in AUXILIARY:
            continue
        if not plan.has_ids:
            found.append(
                MissingPart(table=table.name, field=RECORD_IDS, reason=f"{where} shows no ids: records go by their key")
            )
        if not plan.modified:
            found.append(
                MissingPart(
                    table=table.name,
                    field=MODIFICATION_TIME,
                    reason=f"{where} shows no modification time: every run reads the whole table",
                )
            )
        found.append(MissingPart(table=table.name, field=DELETIONS, reason=f"{where} does not report deleted records"))
    return found


def _why_missing(plan: TablePlan, name: str, plans: Mapping[str, TablePlan]) -> str:
    if not plan.gives(name):
        return f"{plan.surface.described} does not offer this field"
    if name in plan.computed and plan.computed[name] not in plans:
        return f"it is computed from {plan.computed[name]}, which no surface of this Financials offers"
    return ""
