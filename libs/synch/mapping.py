"""What an integration table mapping says, as frozen values. The registry keeps one file for each mapping."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from libs.contracts.pages import Value
from libs.contracts.vocabulary import DeletionConflictResolution, Direction, UpdateConflictResolution

COMPANY_COLUMN = "@company_column"
"""Stands for the attribute of Sales that names a row's company; which one that is depends on the organization."""
COMPANY_ROW = "@company_row_id"
NOTHING = "@null"
"""Stand-ins in filters: the company's row in Sales, and no value at all."""


@dataclass(frozen=True)
class MatchCriterion:
    """Use of a field for match-based coupling. Fields of one priority are combined with *and*."""

    priority: int = 0
    case_sensitive: bool = False
    name: str = ""
    """Of the set of criteria it belongs to; empty: the mapping's own."""


@dataclass(frozen=True)
class FieldMapping:
    """One pair of fields, or one field and a constant."""

    financials: str = ""
    """Field of Financials; empty for a constant or derived value of Sales."""
    financials_type: str = ""
    """text, code, decimal, integer, boolean, date or option."""
    financials_length: int = 0
    financials_precision: int = 5
    calculated: bool = False
    """Computed by Financials when read."""
    sales: str = ""
    """Attribute of Sales; empty for a constant of Financials."""
    sales_type: str = ""
    """text, decimal, money, integer, boolean, choice, lookup, owner, customer or entity_name."""
    sales_length: int = 0
    sales_precision: int = 2
    wire: str = ""
    """Attribute that carries it in messages, where it is not ``sales``."""
    direction: Direction = Direction.TO_SALES
    validate: bool = False
    """Run the logic of the Financials field when it is written."""
    enabled: bool = True
    access: str = ""
    """Sales: create_only, update_only or read_only; empty: read and write."""
    not_null: bool = False
    """Write nothing rather than an empty look-up."""
    clear_value_on_failed_sync: bool = False
    """Leave the look-up empty while its partner is not coupled, rather than fail the record."""
    constant: Value = None
    has_constant: bool = False
    conversion: str = ""
    """Name in ``libs.synch.conversions``; empty copies the value."""
    relation: str = ""
    """Mapping whose couplings a look-up goes through."""
    condition: str = ""
    """Setup switch under which the pair exists."""
    match: MatchCriterion | None = None
    also: tuple[str, ...] = ()
    """Further Financials fields that the conversion needs."""
    required: bool = False
    """A blank value fails the record."""
    non_negative: bool = False
    """A negative number is written as 0."""
    implied_by: str = ""
    """Carried by another attribute's value, which names its table; never written by itself."""
    when: str = ""
    """Derived values: create, update (also compared), or empty for both."""
    only_if_missing: bool = False
    """Derived values: only where no other field gave the attribute a value."""
    derived: bool = False
    """A rule of the reference's hooks, not one of its field mappings."""

    @property
    def attribute(self) -> str:
        """Name on the Sales side of messages."""
        return self.wire or self.sales

    @property
    def on_create(self) -> bool:
        return self.when != "update" and self.access not in ("update_only", "read_only")

    @property
    def on_update(self) -> bool:
        return self.when != "create" and self.access not in ("create_only", "read_only")

    @property
    def is_code(self) -> bool:
        return self.financials_type == "code"


@dataclass(frozen=True)
class FilterTerm:
    """One term of a table filter; values may be :data:`COMPANY_ROW` or :data:`NOTHING`."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class ChildRule:
    """A record written together with its parent."""

    table: str
    name: str
    """Makes its id: uuid5(parent id, name)."""
    record_attribute: str
    """Attribute that points to the parent."""
    identity: tuple[str, ...]
    changed_by: tuple[str, ...]
    """Parent attributes whose change writes the child again."""
    values: Mapping[str, str]
    """Child attribute -> parent attribute."""
    constants: Mapping[str, Value]
    context: Mapping[str, str]
    """Child attribute -> name in the mapping context."""


@dataclass(frozen=True)
class FinalValues:
    """Values written after the record and its children exist."""

    constants: Mapping[str, Value] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class IntegrationTableMapping:
    """How one table of Financials and one of Sales are kept in step."""

    name: str
    title: str
    kind: str
    direction: Direction
    synch_only_coupled: bool
    financials_table: str
    sales_table: str
    fields: tuple[FieldMapping, ...]
    """Those of the catalogue, disabled ones too, then the derived ones."""
    financials_key: tuple[str, ...] = ()
    financials_facts: tuple[str, ...] = ()
    """Financials fields kept on the coupling for other mappings: codes, never data of a person."""
    sales_facts: tuple[str, ...] = ()
    """Sales attributes kept on the coupling for other mappings."""
    frozen_facts: tuple[str, ...] = ()
    """Facts that Sales never lets change; a change fails the record."""
    financials_filter: tuple[FilterTerm, ...] = ()
    sales_filter: tuple[FilterTerm, ...] = ()
    sales_primary_name: str = ""
    prerequisites: tuple[str, ...] = ()
    recommendation_rule: str = "counts"
    update_conflict: UpdateConflictResolution = UpdateConflictResolution.NONE
    deletion_conflict: DeletionConflictResolution = DeletionConflictResolution.NONE
    skip_rules: tuple[str, ...] = ()
    """Names in ``libs.synch.conversions.skips``."""
    skip_fields: tuple[str, ...] = ()
    exclusive: bool = False
    """Several records of Financials may want the same row of Sales; only the first has it."""
    joins_owning_team: bool = False
    """Rows of Sales are users, who become members of the company's owning team when they are coupled."""
    small_table: bool = False
    """Few enough couplings to be kept in memory."""
    identity: tuple[str, ...] = ()
    """Sales attributes by which an uncoupled record's partner is found instead of inserting a second one."""
    match_first: bool = False
    """Look for the partner before creating, not only after a refusal."""
    create_unmatched: bool = False
    synch_after: bool = False
    children: tuple[ChildRule, ...] = ()
    final_values: FinalValues | None = None
    interval_minutes: int = 30
    inactivity_timeout_minutes: int = 720
    max_attempts: int = 10
    rerun_delay_seconds: int = 30

    def table(self, sales: bool) -> str:
        return self.sales_table if sales else self.financials_table

    @property
    def company_attribute(self) -> str:
        """Attribute of Sales that names the company which a row belongs to; empty where the table has none."""
        return next((item.attribute for item in self.fields if item.conversion == "company_row"), "")

    def with_company_column(self, name: str) -> "IntegrationTableMapping":
        """The mapping with this organization's name in the place of :data:`COMPANY_COLUMN`."""
        return replace(
            self,
            fields=tuple(replace(item, sales=name) if item.sales == COMPANY_COLUMN else item for item in self.fields),
            sales_filter=tuple(
                replace(term, field=name) if term.field == COMPANY_COLUMN else term for term in self.sales_filter
            ),
        )

    def active_fields(self, switches: frozenset[str], missing: frozenset[str] = frozenset()) -> list[FieldMapping]:
        """Fields that take part under these setup switches, without those that this Financials cannot give."""
        return [
            item
            for item in self.fields
            if item.enabled
            and (not item.condition or item.condition in switches)
            and not item.implied_by
            and f"{self.financials_table}.{item.financials}" not in missing
        ]


def mapping_from(data: Mapping[str, Any]) -> IntegrationTableMapping:
    """The mapping that a parsed mapping file describes. Raises ``KeyError`` or ``TypeError`` for a malformed one."""
    financials, sales, coupling, job = data["financials"], data["sales"], data["coupling"], data["job"]
    fields = [_field(item, derived=False) for item in data["fields"]]
    fields += [_field(item, derived=True) for item in data.get("derived", ())]
    final = data.get("final_values")
    return IntegrationTableMapping(
        name=data["name"],
        title=data["title"],
        kind=data["kind"],
        direction=Direction(data["direction"]),
        synch_only_coupled=data["synch_only_coupled"],
        financials_table=financials["table"],
        sales_table=sales["table"],
        fields=tuple(fields),
        financials_key=tuple(financials["key"]),
        financials_facts=tuple(financials.get("facts", ())),
        sales_facts=tuple(sales.get("facts", ())),
        frozen_facts=tuple(data.get("frozen_facts", ())),
        financials_filter=tuple(FilterTerm(**term) for term in financials["filter"]),
        sales_filter=tuple(FilterTerm(**term) for term in sales["filter"]),
        sales_primary_name=sales["primary_name"],
        prerequisites=tuple(data["prerequisites"]),
        recommendation_rule=data["recommendation_rule"],
        update_conflict=UpdateConflictResolution(data["update_conflict"]),
        deletion_conflict=DeletionConflictResolution(data["deletion_conflict"]),
        skip_rules=tuple(data.get("skip_rules", ())),
        skip_fields=tuple(data.get("skip_fields", ())),
        exclusive=data.get("exclusive", False),
        joins_owning_team=data.get("joins_owning_team", False),
        small_table=data.get("small_table", False),
        identity=tuple(coupling.get("identity", ())),
        match_first=coupling.get("match_first", False),
        create_unmatched=coupling["create_unmatched"],
        synch_after=coupling["synch_after"],
        children=tuple(_child(item) for item in data.get("children", ())),
        final_values=FinalValues(final.get("constants", {}), final.get("context", {})) if final else None,
        **job,
    )


def _field(data: Mapping[str, Any], *, derived: bool) -> FieldMapping:
    values = dict(data)
    match = values.pop("match", None)
    values["direction"] = Direction(values.get("direction", Direction.TO_SALES))
    values["also"] = tuple(values.get("also", ()))
    return FieldMapping(
        **values,
        match=MatchCriterion(**match) if match is not None else None,
        has_constant="constant" in data,
        derived=derived,
    )


def _child(data: Mapping[str, Any]) -> ChildRule:
    return ChildRule(**{**data, "identity": tuple(data["identity"]), "changed_by": tuple(data["changed_by"])})
