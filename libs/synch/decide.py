"""The decision at the heart: what one record needs, from what the coupling knows and what was read.

No I/O, no clock, no ids. Conflicts and skips are results, not exceptions.
"""

from libs.contracts.vocabulary import RunKind, SynchAction
from libs.synch import failures
from libs.synch.conflict import resolve
from libs.synch.decisions import Decision, Known, Seen
from libs.synch.fingerprint import differing
from libs.synch.plan import Plan

_UNCHANGED = Decision(SynchAction.IGNORE_UNCHANGED)
_INSERT = Decision(SynchAction.INSERT)
_SILENT_SKIP = Decision(SynchAction.SKIP)
_COMPARE = Decision(SynchAction.MODIFY, compare=True)


def screen(plan: Plan, run: RunKind, known: Known | None, source_version: str) -> Decision | None:
    """The decision where it needs no values at all; null when the record must be transformed first."""
    if known is None:
        return _SILENT_SKIP if run is RunKind.MODIFIED and plan.mapping.synch_only_coupled else None
    if known.skipped:
        return Decision(SynchAction.SKIP, failure=failures.marked_skipped(""))
    if run is RunKind.MODIFIED and not known.failed and source_version and source_version == known.source_version:
        return _UNCHANGED
    return None


def decide(
    plan: Plan,
    run: RunKind,
    known: Known | None,
    source: Seen,
    destination: Seen | None = None,
    *,
    forced: bool = False,
) -> Decision:
    """What a record needs.

    ``known`` is null without a settled coupling, ``destination`` until it was read. A full run compares before it
    writes, so it repairs drift; a run over modified records asks the destination only when its version is not known.
    """
    if known is None or known.skipped or run is RunKind.MODIFIED:
        screened = screen(plan, run, known, source.version)
        if screened is not None:
            return screened
    if known is None:
        return _INSERT
    if destination is not None:
        return resolve(plan, known, source, destination, forced=forced)
    if known.hashes is None:
        return _COMPARE
    changed = tuple(place for place in differing(source.hashes, known.hashes) if place in plan.flowing)
    if run is not RunKind.MODIFIED:
        return _COMPARE if changed or known.failed else decide_unchanged(plan)
    if not changed:
        return _UNCHANGED
    return Decision(SynchAction.MODIFY, changed, compare=not known.destination_version)


def decide_unchanged(plan: Plan) -> Decision:
    """What a coupled record needs in a full run when it has its coupling's fingerprint and did not fail."""
    # The pass to Sales has just compared or written every pair; what still has that fingerprint needs nothing.
    return _UNCHANGED if plan.second_pass else _COMPARE
