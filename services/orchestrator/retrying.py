"""Which records runs leave out since they failed twice: asked of the registry, with the ids of both sides."""

from collections.abc import Collection
from dataclasses import dataclass, field

from libs.contracts.couplings import CouplingView, ListCouplings
from libs.contracts.failures import Failure
from libs.contracts.vocabulary import System
from libs.messaging.ports import Requester
from libs.runtime.errors import TandemError
from services.orchestrator.domain.job import RETRIED_BY_NAME

_PAGE = 1000


@dataclass
class Skipped:
    """Skipped records by mapping, and what could not be learned of them."""

    by_mapping: dict[str, dict[str, list[str] | None]] = field(default_factory=dict)
    """Mapping -> system -> ids of records there; null where they are too many to be named."""
    failures: list[Failure] = field(default_factory=list)


async def skipped_records(
    requester: Requester, mappings: Collection[str], coupling_ids: Collection[str], deadline: float
) -> Skipped:
    """The skipped records of these mappings: those of the couplings named, or all where none is."""
    skipped, missing = Skipped(), set(coupling_ids)
    for mapping in mappings:
        ids: dict[str, set[str]] = {}
        after = ""
        while True:
            try:
                question = ListCouplings(mapping=mapping, skipped=True, after=after, limit=_PAGE)
                page = await requester.ask(question, deadline=deadline)
            except TandemError as error:
                return Skipped(failures=[error.failure()])
            if page.failures:
                return Skipped(failures=page.failures)
            for coupling in page.couplings:
                if not coupling_ids or coupling.id in missing:
                    missing.discard(coupling.id)
                    _note(coupling, ids)
            after = page.next_after
            if not after:
                break
        if ids:
            skipped.by_mapping[mapping] = {system: _named(known) for system, known in sorted(ids.items())}
    if missing:
        return Skipped(failures=[_not_skipped(sorted(missing))])
    return skipped


def _note(coupling: CouplingView, ids: dict[str, set[str]]) -> None:
    # Both sides: runs in either direction left it out, and what changed meanwhile is behind their watermarks by now.
    ids.setdefault(System.SALES.value, set()).add(coupling.sales_id)
    ids.setdefault(System.FINANCIALS.value, set()).add(coupling.financials_id)


def _named(ids: set[str]) -> list[str] | None:
    return sorted(ids) if len(ids) <= RETRIED_BY_NAME else None


def _not_skipped(coupling_ids: list[str]) -> Failure:
    return Failure(
        code="coupling.not_skipped",
        message=f"These couplings are not skipped, or not of the mappings named: {', '.join(coupling_ids[:5])}"
        + (f" and {len(coupling_ids) - 5} more." if len(coupling_ids) > 5 else "."),
    )
