"""Questions about couplings, answered by the registry."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.message import Reply, Request


class CouplingView(BaseModel):
    """One coupled pair. Holds ids, keys and states, never field values."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    mapping: str
    sales_id: str
    financials_id: str
    financials_key: str = ""
    state: str = Field(description="reserved (its creation is under way or failed), or coupled")
    skipped: bool = False
    sales_version: str = ""
    financials_version: str = ""
    last_error: str = ""


class CouplingPage(Reply):
    """Some of the couplings."""

    TYPE: ClassVar[str] = "couplings.listed.v1"

    couplings: list[CouplingView] = []
    next_after: str = Field(default="", description="pass as ``after`` to go on; empty at the end")
    total: int = 0


class ListCouplings(Request[CouplingPage]):
    """Couplings of a mapping in id order, or those of certain records."""

    TYPE: ClassVar[str] = "couplings.list.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = CouplingPage

    mapping: str
    sales_ids: list[str] = []
    financials_ids: list[str] = []
    financials_keys: list[str] = []
    after: str = ""
    limit: int = Field(default=500, le=5000)
