"""Mappings, commands and jobs with good defaults for tests of the orchestrator."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from libs.contracts.jobs import PassView, StartSynchJob, SynchJobView
from libs.contracts.pages import Counters, PageKey, PageRead, PageSynchronized
from libs.contracts.setup import MappingView, TableView
from libs.contracts.vocabulary import Direction, JobStatus, RunKind

NOW = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
CAUSE = UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff")


def a_mapping(name: str = "CUSTOMER", direction: Direction = Direction.TO_SALES, **changes: Any) -> MappingView:
    return MappingView(
        **{
            "name": name,
            "direction": direction,
            "financials": TableView(table=name.title(), fields=["No.", "Name"]),
            "sales": TableView(table=name.lower(), fields=["number", "name"]),
            **changes,
        }
    )


def a_start(mapping: MappingView | None = None, run: RunKind = RunKind.FULL, **changes: Any) -> StartSynchJob:
    return StartSynchJob(**{"job_id": "job", "run": run, "mapping": mapping or a_mapping(), **changes})


def a_key(page: int = 0, attempt: str = "a", split: int = 0, splits: int = 1, **changes: Any) -> PageKey:
    return PageKey(
        **{
            "job_id": "job",
            "mapping": "CUSTOMER",
            "direction": Direction.TO_SALES,
            "page": page,
            "attempt": attempt,
            "split": split,
            "splits": splits,
            **changes,
        }
    )


def a_read(key: PageKey, count: int = 1, next_cursor: str = "", watermark: str = "") -> PageRead:
    return PageRead(system=key.direction.source, page=key, count=count, next_cursor=next_cursor, watermark=watermark)


def a_settled(key: PageKey, **counters: int) -> PageSynchronized:
    return PageSynchronized(page=key, counters=Counters(**counters))


def a_finished_job(
    job_id: str, mapping: str, status: JobStatus = JobStatus.FINISHED, run: RunKind = RunKind.FULL, **part: Any
) -> SynchJobView:
    passes = [
        PassView(
            **{
                "direction": Direction.TO_SALES,
                "status": status,
                "started_at": NOW.isoformat(),
                "finished_at": NOW.isoformat(),
                **part,
            }
        )
    ]
    return SynchJobView(id=job_id, mapping=mapping, run=run, status=status, passes=passes)
