"""What deciding a page needs to know, and what it yields."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from libs.contracts.pages import PageKey, WriteData
from libs.contracts.vocabulary import RunKind, System
from libs.store.ports import Document
from libs.synch.fingerprint import Hasher
from libs.synch.plan import Plan
from services.coupling_registry.domain.tally import Tally

TAKE_OVER_AFTER = timedelta(minutes=15)
"""A write that has not settled by then is given up: longer than any request may be queued and running."""

LAST_ROUND = 10
"""A record that still changes under our hands in this round fails."""


class WriteUnderWay(Exception):
    """A write of another source version is in flight for a record of this page; the page must wait."""


@dataclass(frozen=True)
class PageContext:
    """The circumstances of one page, the same for all its records."""

    page: PageKey
    run: RunKind
    plan: Plan
    hasher: Hasher
    company: str
    now: datetime
    draw: Callable[[], str]
    """A fresh id."""
    round: int = 0
    match_by: str = ""
    """Coupling runs: criteria set to use instead of the mapping's own."""
    recheck: bool = False
    """Modified runs: a version that has not moved proves nothing."""
    retry_skipped: bool = False
    """Whether records that are skipped are tried again."""

    job: str = field(init=False)
    """Job and direction: what a coupling remembers of who settled it last."""
    moment: str = field(init=False)
    """``now``, as a coupling keeps it."""
    direction: str = field(init=False)
    """As couplings name it."""
    source: System = field(init=False)
    destination: System = field(init=False)

    asks_for_facts: bool = field(init=False)
    """Whether an equal record may tell something new all the same: facts that its version says nothing about."""

    def __post_init__(self) -> None:
        # Worked out once a page instead of several times a record.
        object.__setattr__(self, "job", f"{self.page.job_id}/{self.plan.direction}")
        object.__setattr__(self, "moment", self.now.isoformat())
        object.__setattr__(self, "direction", self.plan.direction.value)
        object.__setattr__(self, "source", self.plan.direction.source)
        object.__setattr__(self, "destination", self.plan.direction.destination)
        for side in ("source", "destination"):
            system = getattr(self, side)
            object.__setattr__(self, f"{side}_id", f"{system}_id")
            object.__setattr__(self, f"{side}_version", f"{system}_version")
        object.__setattr__(self, "source_read", f"{self.source}_read")
        object.__setattr__(self, "asks_for_facts", self.plan.to_sales and bool(self.plan.mapping.sales_facts))

    source_id: str = field(init=False)
    """Names of a coupling's fields for either side."""
    source_version: str = field(init=False)
    source_read: str = field(init=False)
    destination_id: str = field(init=False)
    destination_version: str = field(init=False)


@dataclass
class Work:
    """What a page leads to."""

    tally: Tally
    writes: list[WriteData] = field(default_factory=list)
    saves: dict[str, Document] = field(default_factory=dict)
    """Coupling id -> document to write before anything is published."""
    deletes: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    """Users of Sales who were coupled, for the company's owning team."""

    def save(self, document: Document) -> None:
        self.saves[document.id] = document
