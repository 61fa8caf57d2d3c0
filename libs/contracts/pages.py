"""The messages that carry a page of records from one system to the other.

ReadPage -> SynchronizePage (one read may be split into several) + PageRead -> WritePage -> SettlePage
-> PageSynchronized. Settling may lead to another round: a compared record turned out different, a match was found,
a version had moved on. The page is done when its last round is settled.

Records travel as plain mappings and are not validated value by value: a page must cost microseconds a record.
Every value belongs to a closed union: text, whole number, truth, null; money and quantities are decimal text
(``"12.50"``), dates ``YYYY-MM-DD``, moments ISO 8601 in UTC. A missing field is not an empty field.
"""

from typing import Any, ClassVar, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from libs.contracts.failures import SynchJobError
from libs.contracts.message import Command, Event, Part, Unvalidated
from libs.contracts.vocabulary import Direction, RunKind, System

Value = str | int | bool | None
Values = dict[str, Value]


class RecordData(TypedDict):
    """One record as a connector read it."""

    id: str
    """Dataverse row id; Business Central SystemId, or the key text on a surface that has no ids; choice number."""
    key: str
    """Business Central's primary key as text (composite parts joined by ``;``); empty for Sales records."""
    version: str
    """ETag, row version or modification time: compare for equality only. Empty where the surface has none."""
    modified_on: str
    """Moment of last modification on that system's own clock, ISO 8601; empty where unknown."""
    values: Values
    """Sales: logical attribute name -> value. Financials: field name (``"Payment Terms Code"``) -> value."""


class ChildWrite(TypedDict):
    """A record that belongs to the one being written and is written with it (a product's default price)."""

    table: str
    id: str
    values: Values
    match: Values
    """Fields that identify it where it may exist under another id."""


class WriteData(TypedDict):
    """One record of a WritePage. Everything a later round or the settling needs is in it."""

    coupling: str
    """Id of the coupling that is reserved for it, or empty when nothing is reserved yet (compare, match)."""
    number: int
    """The coupling's number of this write; 0 for compare and match."""
    operation: str
    source: "SourceData"
    id: str
    """Destination record; for create the id drawn for it; empty for match."""
    version: str | None
    """update: the version that must still be there; null writes without a condition."""
    values: Values
    """Destination field -> wanted value. Holds only what is to be written (compare: all mapped fields)."""
    match: NotRequired[Values]
    """match; and create, where a record with the same unique key may already exist."""
    match_first: NotRequired[bool]
    """create: look for the match before creating, not only after a refusal."""
    children: NotRequired[list[ChildWrite]]
    final_values: NotRequired[Values]
    """Written after create and children, e.g. the state change that publishes a product."""
    wanted: NotRequired[Values]
    """update: all mapped fields, of which ``values`` holds the changed ones. Connectors hand it back untouched, and
    ``current`` of a conflict holds these fields (of ``values`` where it is missing)."""
    seen: NotRequired[int]
    """compare, match: the number of the coupling's newest write when it was asked. Handed back untouched."""
    settled_at: NotRequired[str]
    """compare: the destination's version at which an equal record is nothing new: it is counted as unchanged in
    ``SettlePage.carried`` instead of becoming an outcome."""
    then_match: NotRequired[list[Values]]
    """match: criteria of the lower priorities, tried in later rounds. Handed back untouched."""


class SourceData(TypedDict):
    """What the settling stamps on the coupling, and what an error names."""

    id: str
    key: str
    version: str
    fingerprint: str
    """Empty: it is the coupling's."""
    waiting: dict[str, str]
    """Lookup fields left empty because their partner is not coupled yet: field -> ``MAPPING:key``."""
    facts: NotRequired[Values]
    """Identifying facts of the source that other mappings need (a price list's currency); no customer data."""


class OutcomeData(TypedDict):
    """What became of one write."""

    write: WriteData
    """The write; final outcomes (created, updated, deleted, equal, refused, gone) carry it with empty ``values``."""
    status: str
    id: str
    """The destination record (a match may differ from the id that was drawn)."""
    version: str
    """Its version after the write; empty when a bulk message did not tell."""
    current: NotRequired[RecordData]
    """different, matched, conflict: the record as it is now, with the fields asked for."""
    facts: NotRequired[Values]
    """The attributes named in WritePage.returns."""
    error: NotRequired[dict[str, Any]]
    """refused: a Failure as a mapping."""


Records = Unvalidated[list[RecordData]]
Writes = Unvalidated[list[WriteData]]
Outcomes = Unvalidated[list[OutcomeData]]


class PageKey(Part):
    """Names one split of one page of one job."""

    job_id: str
    mapping: str
    direction: Direction
    page: int = Field(description="0, 1, 2 … within the job and direction")
    attempt: str = Field(default="", description="token of the reading that produced it; a repeat has another")
    split: int = 0
    splits: int = 1

    def __str__(self) -> str:
        return f"{self.job_id}/{self.mapping}/{self.direction}/{self.page}.{self.split}"


class Counters(Part):
    """Tally of what a page, direction or job did, in records."""

    inserted: int = 0
    modified: int = 0
    deleted: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    coupled: int = 0
    uncoupled: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(**{name: getattr(self, name) + getattr(other, name) for name in Counters.model_fields})

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in Counters.model_fields)


class Condition(Part):
    """One term of a filter; a filter is their conjunction."""

    field: str
    operator: str = Field(description="eq, ne, gt, ge, lt, le, or in (a list that may hold null)")
    value: Value | list[Value] = None


class TableRead(Part):
    """What to read of a table in one direction."""

    system: System
    table: str = Field(description="Sales: logical name, or table.attribute for a choice; Financials: table name")
    fields: list[str] = Field(description="only mapped fields; the id, key and version come with every record")
    filter: list[Condition] = []
    modified_after: str = Field(default="", description="watermark of that system; empty reads everything")
    also: list[str] = Field(
        default=[], description="ids to be read besides, changed or not, since they failed last time"
    )
    only: list[str] = Field(default=[], description="Financials: ids of the only records to be read")
    newest: bool = Field(
        default=False, description="no replica that lags behind: what Tandem itself has just written must be seen"
    )


class ReadPage(Command):
    """Read one page of a mapping's source table and hand it on."""

    TYPE: ClassVar[str] = "record_page.read.v1"
    OWNER: ClassVar[str] = "{system}_connector"

    system: System
    page: PageKey
    run: RunKind
    read: TableRead
    cursor: str = Field(default="", description="opaque; empty for the first page")
    page_size: int = Field(default=2000, description="records in one read")
    split_size: int = Field(default=500, description="records in one SynchronizePage")
    match_by: str = Field(default="", description="coupling runs: handed on to SynchronizePage as it is")
    recheck: bool = Field(default=False, description="handed on to SynchronizePage as it is")
    retry_skipped: bool = Field(default=False, description="handed on to SynchronizePage as it is")

    def subject(self) -> str:
        return str(self.page)


class SynchronizePage(Command):
    """Decide what each of these records needs, and have it done."""

    TYPE: ClassVar[str] = "record_page.synchronize.v1"
    OWNER: ClassVar[str] = "coupling_registry"

    page: PageKey
    run: RunKind
    records: Records
    match_by: str = Field(default="", description="coupling runs: criteria set to use instead of the mapping's own")
    recheck: bool = Field(
        default=False,
        description="modified runs: compare values although a record's version has not moved",
    )
    retry_skipped: bool = Field(default=False, description="try records again that are skipped, once")

    def subject(self) -> str:
        return str(self.page)


class PageRead(Event):
    """A page was read and handed on in ``page.splits`` parts; carries no records."""

    TYPE: ClassVar[str] = "record_page.was_read.v1"
    OWNER: ClassVar[str] = "{system}_connector"

    system: System
    page: PageKey
    count: int
    next_cursor: str = Field(default="", description="where to go on; empty at the end of the table")
    watermark: str = Field(default="", description="first page: the watermark that covers this whole run")

    def subject(self) -> str:
        return str(self.page)


class Carried(Part):
    """What needs no more settling of a split: earlier rounds, and records that were equal at a known version."""

    counters: Counters = Counters()
    errors: list[SynchJobError] = []
    coupled: list[str] = Field(
        default=[], description="what is to be filled last on behalf of records coupled in earlier rounds"
    )


class WritePage(Command):
    """Do this to these records of one table, in the largest batches the product allows."""

    TYPE: ClassVar[str] = "record_page.write.v1"
    OWNER: ClassVar[str] = "{system}_connector"

    system: System
    page: PageKey
    run: RunKind
    mapping: str = Field(description="whose couplings these writes belong to; may differ from the page's mapping")
    table: str
    writes: Writes
    returns: list[str] = Field(default=[], description="attributes to return as facts of created or matched records")
    match_filter: list[Condition] = Field(
        default=[], description="match: only among these; a create looks for a row of its unique key among all"
    )
    round: int = 0
    carried: Carried = Carried()

    def subject(self) -> str:
        return str(self.page)


class SettlePage(Command):
    """These are the outcomes; record them and say what is still to do."""

    TYPE: ClassVar[str] = "record_page.settle.v1"
    OWNER: ClassVar[str] = "coupling_registry"

    page: PageKey
    run: RunKind
    mapping: str
    outcomes: Outcomes
    round: int = 0
    carried: Carried = Carried()

    def subject(self) -> str:
        return str(self.page)


class PageSynchronized(Event):
    """One split of a page is settled for good."""

    TYPE: ClassVar[str] = "record_page.synchronized.v1"
    OWNER: ClassVar[str] = "coupling_registry"

    page: PageKey
    counters: Counters
    errors: list[SynchJobError] = []

    def subject(self) -> str:
        return str(self.page)
