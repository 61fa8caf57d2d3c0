"""Both records are known: what to write, what to leave to the other direction, and who wins when both changed.

Only fields that differ are written. Fields of one direction simply follow their source. For fields that go both ways
it counts which record changed since the last synchronization: the source alone: they are written; the destination
alone: they are left for the pass in the other direction; both: the mapping's conflict policy decides for the whole
record, even where one field changed here and another there.
"""

from libs.contracts.vocabulary import Direction, SynchAction, UpdateConflictResolution
from libs.synch import failures
from libs.synch.decisions import Decision, Known, Seen
from libs.synch.fingerprint import differing
from libs.synch.plan import Plan

_WINNER = {
    UpdateConflictResolution.SEND_TO_SALES: Direction.TO_SALES,
    UpdateConflictResolution.GET_FROM_SALES: Direction.FROM_SALES,
}


def resolve(plan: Plan, known: Known, source: Seen, destination: Seen, *, forced: bool = False) -> Decision:
    """What two records that were both read need. ``forced``: the source is right, whatever changed."""
    differ = [position for position in differing(source.hashes, destination.hashes) if position in plan.flowing]
    if not differ:
        return Decision(SynchAction.IGNORE_UNCHANGED)
    if forced:
        return Decision(SynchAction.FORCE_MODIFY, tuple(differ))
    disputed = [position for position in differ if position in plan.bidirectional]
    if not disputed or plan.mapping.direction is not Direction.BIDIRECTIONAL:
        return Decision(SynchAction.MODIFY, tuple(differ))
    source_changed = _changed(plan, source, known.hashes, known.source_version)
    destination_changed = _changed(plan, destination, known.hashes, known.destination_version, known.pending)
    if destination_changed and not source_changed:
        one_way = tuple(position for position in differ if position not in plan.bidirectional)
        action = SynchAction.MODIFY if one_way else SynchAction.IGNORE_UNCHANGED
        return Decision(action, one_way, keep=tuple(disputed))
    if not destination_changed:
        return Decision(SynchAction.MODIFY, tuple(differ))
    winner = _WINNER.get(plan.mapping.update_conflict)
    if winner is None:
        return Decision(SynchAction.FAIL, tuple(differ), failure=failures.conflict(*plan.name_of(disputed[0])))
    if winner is plan.direction:
        return Decision(SynchAction.FORCE_MODIFY, tuple(differ))
    return Decision(
        SynchAction.SKIP, tuple(differ), failure=failures.conflict_left_to_other(plan.direction.destination.value)
    )


def _changed(plan: Plan, now: Seen, hashes: bytes | None, version: str, pending: tuple[bytes, ...] = ()) -> bool:
    """Whether a record's fields that go both ways changed since the last synchronization, other than by ``pending``.

    Where no fingerprint is known (the mapping changed, or the pair was never synchronized) the version decides, and
    what is not known at all counts as changed.
    """
    if hashes is None:
        return not version or version != now.version
    changed = {position for position in differing(now.hashes, hashes) if position in plan.bidirectional}
    for ours in pending:
        if changed:
            changed.intersection_update(differing(now.hashes, ours))
    return bool(changed)
