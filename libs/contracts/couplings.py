"""Questions about couplings, answered by the registry."""

from typing import Annotated, ClassVar

from pydantic import Field
from typing_extensions import TypedDict

from libs.contracts.failures import Failure
from libs.contracts.message import Part, Reply, Request, Unvalidated
from libs.contracts.vocabulary import Direction


class CouplingView(Part):
    """One coupled pair. Holds ids, keys and states, never field values."""

    id: str
    mapping: str
    sales_id: str
    financials_id: str
    financials_key: str = ""
    state: str = Field(description="reserved (its creation is under way or failed), or coupled")
    skipped: bool = Field(default=False, description="left out of runs since it failed twice, until it is retried")
    failing: list[Direction] = Field(default=[], description="directions in which it failed when it was last tried")
    sales_version: str = ""
    financials_version: str = ""
    last_error: str = ""


class CouplingPage(Reply):
    """Some of the couplings."""

    TYPE: ClassVar[str] = "couplings.listed.v1"

    couplings: list[CouplingView] = []
    next_after: str = Field(default="", description="pass as ``after`` to go on; empty at the end")
    total: int = 0
    failures: list[Failure] = Field(default=[], description="there is no such mapping")


class ListCouplings(Request[CouplingPage]):
    """Couplings of a mapping in id order, all or those that are skipped, or those of certain records."""

    TYPE: ClassVar[str] = "couplings.list.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = CouplingPage

    mapping: str
    sales_ids: list[str] = []
    financials_ids: list[str] = []
    financials_keys: list[str] = []
    skipped: bool = Field(default=False, description="only those that are skipped")
    after: str = ""
    limit: int = Field(default=500, le=5000)


class SalesRef(TypedDict):
    """One row of Sales."""

    table: Annotated[str, Field(description="logical name: account, product, uom, transactioncurrency …")]
    id: str


class ResolvedRecord(TypedDict):
    """What a row of Sales is in Financials."""

    table: str
    id: str
    mapping: str
    financials_table: str
    financials_id: Annotated[str, Field(description="SystemId, or the key on a surface without ids")]
    financials_key: Annotated[
        str, Field(description="primary key as text: a customer number, an item number, a unit code …")
    ]


Resolved = Unvalidated[list[ResolvedRecord]]


class ResolvedRecords(Reply):
    """Those of the rows that are coupled; a row that is missing here is not coupled (or only reserved)."""

    TYPE: ClassVar[str] = "records.resolved.v1"

    records: Resolved = []
    company_id: str = Field(default="", description="the connected company in Financials; empty before the setup")


class ResolveRecords(Request[ResolvedRecords]):
    """Which records of Financials rows of Sales are coupled with, over all mappings of their tables.

    A unit of measure (``uom``) is resolved by its own coupling, or as the base unit of a coupled unit group.
    """

    TYPE: ClassVar[str] = "records.resolve.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = ResolvedRecords

    records: list[SalesRef] = Field(max_length=2000)
