"""What the orchestrator is told by its environment."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from libs.runtime.settings import ServiceSettings
from services.orchestrator.domain.deadlines import Pace


class Settings(ServiceSettings):
    """Beside what every service is told: how jobs are driven."""

    page_size: int = Field(default=2000, ge=1, le=20000, description="records that a connector reads at once")
    split_size: int = Field(default=500, ge=1, le=5000, description="records that travel in one message")
    window: int = Field(default=4, ge=1, le=100, description="pages of a job that may be under way at once")
    read_deadline: float = Field(default=120.0, gt=0, description="seconds until an unanswered read is sent again")
    settle_deadline: float = Field(
        default=900.0, gt=0, description="seconds without progress until an unsettled page is read again"
    )
    resends: int = Field(default=5, ge=0, le=20, description="how often an overdue step is sent again before giving up")
    deadline_check: float = Field(default=5.0, gt=0, description="seconds between looks for overdue steps")
    answer_deadline: float = Field(
        default=60.0, gt=0, description="seconds that a connector may take to answer a question, e.g. a count"
    )
    jobs_kept_days: int = Field(default=30, ge=1, le=3650, description="days that jobs are kept after their end")

    @classmethod
    def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
        page, split = sound.get("page_size"), sound.get("split_size")
        if page is None or split is None or split <= page:
            return []
        return [
            f"TANDEM_SPLIT_SIZE ({split}) must not be greater than TANDEM_PAGE_SIZE ({page}), which is what is split"
        ]

    def pace(self) -> Pace:
        """How jobs are driven, as the rules take it."""
        return Pace(
            page_size=self.page_size,
            split_size=self.split_size,
            window=self.window,
            read_deadline=self.read_deadline,
            settle_deadline=self.settle_deadline,
            resends=self.resends,
        )
