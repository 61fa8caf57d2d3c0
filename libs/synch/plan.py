"""A mapping made ready for one direction under one company's context: which columns to convert, which to hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from libs.contracts.pages import Value
from libs.contracts.setup import MappingContext
from libs.contracts.vocabulary import Direction, System
from libs.synch import fingerprint
from libs.synch.conversions import MISSING, Conversion, conversion_of
from libs.synch.conversions.plain import Constant
from libs.synch.lookups import Lookups
from libs.synch.mapping import FieldMapping, IntegrationTableMapping

SWITCHES = frozenset({"ownership_model_person", "unit_group_mapping_disabled", "classic_pricing"})
"""The setup of this version: Person ownership, unit groups off, classic pricing."""

NOT_HASHED = -1


@dataclass(frozen=True)
class Column:
    """One field of the destination that depends on the source."""

    field: FieldMapping
    conversion: Conversion
    target: str
    sources: tuple[str, ...]
    position: int
    """Place in the fingerprint, or :data:`NOT_HASHED`."""
    on_create: bool
    on_update: bool


@dataclass(frozen=True)
class HashedField:
    """A field that the fingerprint covers."""

    field: FieldMapping
    conversion: Conversion

    def common(self, values: Mapping[str, Value], system: System, lookups: Lookups) -> Value:
        """Its value on one side, in the common form; raises ``KeyError`` where the record lacks it."""
        if system is System.SALES:
            return self.conversion.from_sales(values[self.field.attribute], lookups).common
        value = values[self.field.financials]
        if self.field.also:
            return self.conversion.to_sales((value, *(values[name] for name in self.field.also)), lookups).common
        return self.conversion.to_sales(value, lookups).common


@dataclass(frozen=True)
class Plan:
    """What synchronizing a page of one mapping in one direction takes."""

    mapping: IntegrationTableMapping
    direction: Direction
    context: MappingContext
    columns: tuple[Column, ...]
    create_constants: Mapping[str, Value]
    update_constants: Mapping[str, Value]
    create_defaults: Mapping[str, Value]
    """For a create where no column gave a value."""
    hashed: tuple[HashedField, ...]
    tag: str
    bidirectional: frozenset[int]
    """Positions of fields that go both ways."""
    flowing: frozenset[int]
    """Positions of fields that go this way."""
    skip_fields: tuple[str, ...]

    @cached_property
    def to_sales(self) -> bool:
        return self.direction is Direction.TO_SALES

    @cached_property
    def second_pass(self) -> bool:
        """Whether a full run has just compared these records in the other direction."""
        return self.mapping.direction is Direction.BIDIRECTIONAL and not self.to_sales

    @cached_property
    def fully_compared(self) -> bool:
        """Whether that pass has looked at every field that goes this way."""
        return self.second_pass and self.flowing <= self.bidirectional

    @cached_property
    def hashed_mask(self) -> int:
        """The places of the fingerprint that a record of the source tells."""
        places = (column.position for column in self.columns if column.position != NOT_HASHED)
        return fingerprint.mask_of(places, len(self.hashed))

    @cached_property
    def facts(self) -> tuple[str, ...]:
        return self.mapping.financials_facts

    def name_of(self, position: int) -> tuple[str, str]:
        """Financials field and Sales attribute at a place of the fingerprint."""
        field = self.hashed[position].field
        return field.financials, field.sales

    def hashes_of(
        self, values: Mapping[str, Value], system: System, lookups: Lookups, hasher: fingerprint.Hasher
    ) -> bytes:
        """Fingerprint of one record of one side; fields that it lacks stay unknown."""
        parts = []
        for item in self.hashed:
            try:
                parts.append(hasher(item.common(values, system, lookups)))
            except KeyError:
                parts.append(fingerprint.UNKNOWN)
        return b"".join(parts)


def compile_plan(mapping: IntegrationTableMapping, direction: Direction, context: MappingContext) -> Plan:
    """The plan of a mapping in one direction. Raises ``KeyError`` for a conversion that nobody knows."""
    mapping = mapping.with_company_column(context.company_column)
    active = mapping.active_fields(SWITCHES, frozenset(context.missing_fields))
    conversions = [(field, conversion_of(field, context)) for field in active]
    hashed = tuple(HashedField(field, conversion) for field, conversion in conversions if _is_hashed(field, conversion))
    positions = {id(item.field): position for position, item in enumerate(hashed)}
    to_sales = direction is Direction.TO_SALES
    columns: list[Column] = []
    create: dict[str, Value] = {}
    update: dict[str, Value] = {}
    defaults: dict[str, Value] = {}
    for field, conversion in conversions:
        target = field.attribute if to_sales else field.financials
        if not field.direction.allows(direction) or not target or (not to_sales and field.calculated):
            continue
        on_create, on_update = (
            (field.on_create, field.on_update) if to_sales else (field.when != "update", not field.when)
        )
        if not on_create and not on_update:
            continue
        if isinstance(conversion, Constant):
            wanted = conversion.to_sales(None, Lookups()).wanted
            if wanted is MISSING:
                continue
            if field.only_if_missing:
                defaults[target] = wanted
                continue
            if on_create:
                create[target] = wanted
            if on_update:
                update[target] = wanted
            continue
        sources = (field.financials, *field.also) if to_sales else (field.attribute,)
        columns.append(
            Column(field, conversion, target, sources, positions.get(id(field), NOT_HASHED), on_create, on_update)
        )
    return Plan(
        mapping=mapping,
        direction=direction,
        context=context,
        columns=tuple(columns),
        create_constants=create,
        update_constants=update,
        create_defaults=defaults,
        hashed=hashed,
        tag=fingerprint.tag_of(_common_form(item.field, context) for item in hashed),
        bidirectional=frozenset(
            position for position, item in enumerate(hashed) if item.field.direction is Direction.BIDIRECTIONAL
        ),
        flowing=frozenset(position for position, item in enumerate(hashed) if item.field.direction.allows(direction)),
        skip_fields=mapping.skip_fields if to_sales else (),
    )


def _is_hashed(field: FieldMapping, conversion: Conversion) -> bool:
    """Whether the value depends on both sides and may change after the record was created."""
    to_sales = field.direction.allows(Direction.TO_SALES) and field.on_update
    from_sales = field.direction.allows(Direction.FROM_SALES) and field.when != "create"
    return bool(field.financials and field.sales) and (to_sales or from_sales) and not isinstance(conversion, Constant)


def _common_form(field: FieldMapping, context: MappingContext) -> str:
    """A field's name and all that its common form depends on; where one of these changes, old hashes tell nothing."""
    lengths = f"{field.financials_length}/{field.sales_length} {field.financials_precision}/{field.sales_precision}"
    kinds = f"{field.financials_type}/{field.sales_type} {field.conversion} {field.relation} {field.non_negative}"
    local = context.local_currency_id if field.conversion == "currency" else ""
    return f"{field.financials}>{field.attribute} {kinds} {lengths} {local}"


def source_fields(mapping: IntegrationTableMapping, direction: Direction, context: MappingContext) -> list[str]:
    """Fields of the source's table that a page needs, each once."""
    plan = compile_plan(mapping, direction, context)
    names = [name for column in plan.columns for name in column.sources]
    if plan.to_sales:
        names += [*plan.skip_fields, *mapping.financials_facts]
        names += [
            field.financials
            for field in mapping.active_fields(SWITCHES, frozenset(context.missing_fields))
            if field.match is not None and field.financials
        ]
    return [name for name in dict.fromkeys(names) if f"{mapping.financials_table}.{name}" not in context.missing_fields]
