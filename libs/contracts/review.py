"""The full-synchronization review: its lines, and the requests that generate, start and change it."""

from typing import ClassVar

from pydantic import Field

from libs.contracts.failures import Failure
from libs.contracts.message import Part, Reply, Request
from libs.contracts.pages import Counters
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation


class ReviewLine(Part):
    """One mapping in the full-synchronization review."""

    name: str
    title: str = ""
    dependency_filter: list[str] = Field(default=[], description="prerequisites that are on the review")
    direction: Direction
    recommendation: Recommendation
    financials_count: int = 0
    sales_count: int = 0
    job_status: JobStatus | None = Field(default=None, description="null: not started")
    job_id: str = ""
    to_sales_status: str = Field(default="", description="empty, in_process, success or error")
    from_sales_status: str = ""
    counters: dict[Direction, Counters] = {}
    failure: Failure | None = None


class ReviewView(Reply):
    """The full-synchronization review."""

    TYPE: ClassVar[str] = "full_synch_review.view.v1"

    id: str = ""
    lines: list[ReviewLine] = []
    failures: list[Failure] = []
    started_at: str = ""
    finished_at: str = ""


class GenerateReview(Request[ReviewView]):
    """Count both sides and recommend; lines already started are kept as they are."""

    TYPE: ClassVar[str] = "full_synch_review.generate.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView


class GetReview(Request[ReviewView]):
    """The review as it stands, with the status of its jobs."""

    TYPE: ClassVar[str] = "full_synch_review.get.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView


class StartReview(Request[ReviewView]):
    """Start every blank line whose prerequisites are satisfied; the rest follow as those finish."""

    TYPE: ClassVar[str] = "full_synch_review.start.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView


class RestartReviewLine(Request[ReviewView]):
    """Blank a finished, cancelled or failed line and start it again; what ran in full does so again."""

    TYPE: ClassVar[str] = "full_synch_review.restart_line.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView

    mapping: str


class ResetReview(Request[ReviewView]):
    """Forget all lines and recommend anew; refused while a line is in process."""

    TYPE: ClassVar[str] = "full_synch_review.reset.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView


class ChooseRecommendation(Request[ReviewView]):
    """Override a line's recommendation; refused while it is under way. One that is over has it at its restart."""

    TYPE: ClassVar[str] = "full_synch_review.choose.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ReviewView

    mapping: str
    recommendation: Recommendation
