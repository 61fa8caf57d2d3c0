"""How quantities on hand in Sales are kept current: the item ledger of Financials, and the job that follows it."""

from typing import ClassVar

from pydantic import Field

from libs.contracts.failures import Failure
from libs.contracts.message import Command, Event, Reply, Request

EntryRange = tuple[int, int]
"""First and last of successive entry numbers."""


class ItemLedgerRead(Event):
    """Stock of these items moved: entries after ``after`` up to ``last_entry``, and those that had been missing, name
    them."""

    TYPE: ClassVar[str] = "item_ledger.was_read.v1"
    OWNER: ClassVar[str] = "financials_connector"

    run_id: str
    after: int
    last_entry: int
    items: list[str] = []
    more: bool = Field(default=False, description="whether entries were left for another reading")
    step: int = Field(default=0, description="that of the command: a long ledger is read in several")
    missing: list[EntryRange] = Field(
        default=[],
        description="numbers up to last_entry without an entry: one may still come, from a posting that drew its "
        "numbers earlier and is committed later",
    )
    restarted: bool = Field(
        default=False,
        description="entry ``after`` itself is gone, so this is another ledger than before (a restored backup): "
        "last_entry is its end, and any item may have moved",
    )
    failures: list[Failure] = Field(
        default=[], description="why the ledger could not be read; nothing else is said then"
    )

    def subject(self) -> str:
        return f"{self.run_id}/{self.step}/{self.last_entry}"


class ReadItemLedger(Command):
    """Tell which items have ledger entries after a number or among those missing. Without a number, tell only how far
    the ledger goes and which of its last numbers are missing."""

    TYPE: ClassVar[str] = "item_ledger.read.v1"
    OWNER: ClassVar[str] = "financials_connector"

    run_id: str
    after: int | None = None
    step: int = 0
    missing: list[EntryRange] = Field(default=[], description="numbers that had no entry at earlier readings")

    def subject(self) -> str:
        return self.run_id


class ItemAvailabilityView(Reply):
    """The job queue entry that keeps quantities on hand in Sales current."""

    TYPE: ClassVar[str] = "item_availability.view.v1"

    enabled: bool = False
    interval_minutes: float = 30
    last_entry: int | None = Field(default=None, description="item ledger entry up to which stock was sent to Sales")
    last_run_at: str = ""
    next_run_at: str = ""
    job_id: str = Field(default="", description="the newest synch job that it started")
    failures: list[Failure] = []


class SwitchItemAvailability(Request[ItemAvailabilityView]):
    """Switch the item availability job on or off. Its place in the ledger is kept."""

    TYPE: ClassVar[str] = "item_availability.switch.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ItemAvailabilityView

    enabled: bool
    interval_minutes: float = Field(default=30, gt=0, le=1440)


class GetItemAvailability(Request[ItemAvailabilityView]):
    """How the item availability job stands."""

    TYPE: ClassVar[str] = "item_availability.get.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ItemAvailabilityView


class RunItemAvailability(Command):
    """Read the ledger now if the job is on and due; ``force`` runs it at once."""

    TYPE: ClassVar[str] = "item_availability.run.v1"
    OWNER: ClassVar[str] = "orchestrator"

    force: bool = False
