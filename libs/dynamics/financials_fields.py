"""What the catalogue says of a field, a table and a query of Financials, and short ways to write it down."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class FinancialsField:
    name: str
    type: str
    """text, code, decimal, integer, boolean, date, option or guid."""
    companion: str
    api_v2: str | None = None
    page: str | None = None
    length: int = 0
    """Longest text; 0 where it does not apply."""
    precision: int = 5
    """Decimals kept, for type decimal."""
    options: tuple[str, ...] = ()
    """Members of an option, in ordinal order; the first is the blank one where it is ``" "``."""
    calculated: bool = False
    """Computed by Financials when read; never written."""
    relation: str = ""
    """Table whose key this field must hold when it is not blank."""
    api_v2_id: str | None = None
    """API v2.0 property holding the SystemId of the related record, where it offers no code."""
    lookup: bool = False
    """No mapping carries it: it answers questions behind an order line (price, availability)."""


@dataclass(frozen=True)
class FinancialsTable:
    name: str
    number: int
    """Table number in Business Central."""
    key: tuple[str, ...]
    companion_set: str
    companion_page: int
    """Object number of the companion's API page."""
    fields: tuple[FinancialsField, ...]
    api_v2_set: str | None = None
    page_service: str | None = None
    """Usual name of the published page; the setting ``services`` may name another."""
    page_number: int | None = None
    page_read_only: bool = False
    number_series: str = ""
    """How Financials numbers a new record whose key is left blank, e.g. ``SP NO. 00001``; empty: it refuses."""
    writable: bool = True
    lookup: bool = False
    """No mapping carries the table: it answers questions behind an order line, and the companion only shows it."""
    _by_name: dict[str, FinancialsField] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({item.name: item for item in self.fields})

    def __getitem__(self, name: str) -> FinancialsField:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[FinancialsField]:
        return iter(self.fields)


@dataclass(frozen=True)
class FinancialsQuery:
    """An API query of the companion: sums of one field over the records of a table, by other fields."""

    name: str
    """Entity set."""
    number: int
    """Object number of the query."""
    table: str
    columns: tuple[tuple[str, str], ...]
    """(property, field of the table) that sums are made by, in the order of the rows."""
    total: tuple[str, str]
    """(property, field) that is summed."""
    conditions: tuple[tuple[str, str], ...] = ()
    """(field, member) that a record must have to be counted."""

    @property
    def properties(self) -> tuple[str, ...]:
        return (*(name for name, _ in self.columns), self.total[0])


def text(name: str, length: int, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "text", companion, api_v2, page, length=length)


def code(
    name: str,
    length: int,
    companion: str,
    api_v2: str | None = None,
    page: str | None = None,
    *,
    relation: str = "",
    api_v2_id: str | None = None,
    calculated: bool = False,
) -> FinancialsField:
    return FinancialsField(
        name,
        "code",
        companion,
        api_v2,
        page,
        length=length,
        relation=relation,
        api_v2_id=api_v2_id,
        calculated=calculated,
    )


def decimal(
    name: str,
    companion: str,
    api_v2: str | None = None,
    page: str | None = None,
    *,
    precision: int = 5,
    calculated: bool = False,
) -> FinancialsField:
    return FinancialsField(name, "decimal", companion, api_v2, page, precision=precision, calculated=calculated)


def flag(name: str, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "boolean", companion, api_v2, page)


def date(name: str, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "date", companion, api_v2, page)


def option(
    name: str, options: tuple[str, ...], companion: str, api_v2: str | None = None, page: str | None = None
) -> FinancialsField:
    return FinancialsField(name, "option", companion, api_v2, page, options=options)


def integer(name: str, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "integer", companion, api_v2, page)


def looked_up(*fields: FinancialsField) -> tuple[FinancialsField, ...]:
    """Fields that no mapping carries: questions behind an order line alone read them."""
    return tuple(replace(item, lookup=True) for item in fields)
