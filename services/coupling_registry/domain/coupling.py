"""The life of a coupling, as pure changes of its document: reserved, under way, settled, failed, skipped."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from libs.contracts.failures import Failure
from libs.contracts.pages import RecordData, SourceData, Values
from libs.store.ports import Document
from libs.synch import fingerprint
from libs.synch.plan import Plan
from services.coupling_registry.domain import standing
from services.coupling_registry.domain.page import PageContext
from services.coupling_registry.domain.standing import COUPLED, RESERVED, Data

_FIRST_OPTION, _OPTIONS = 100_000_000, 900_000_000
"""Smallest number of an option that is not Microsoft's, and how many numbers are drawn from."""

_WRITES_REMEMBERED = 3
"""Lost writes whose traces are still recognised as ours."""


def drawn_id(context: PageContext) -> str:
    """A fresh id for a record of the destination: a row's id, or the number of a choice's option."""
    drawn = context.draw()
    if context.plan.mapping.kind != "option":
        return drawn
    return str(_FIRST_OPTION + UUID(drawn).int % _OPTIONS)


def new(context: PageContext, source: SourceData | RecordData, destination_id: str) -> Document:
    """A coupling that reserves ``destination_id`` for a record."""
    return Document(
        context.draw(),
        {
            "mapping": context.plan.mapping.name,
            "company": context.company,
            context.source_id: source["id"],
            context.destination_id: destination_id,
            "financials_key": source["key"] if context.plan.to_sales else "",
            "state": RESERVED,
            "sales_version": "",
            "financials_version": "",
            "fingerprint": "",
            "facts": {},
            "waiting": {},
            "waiting_for": None,
            "place": None,
            "number": 0,
            "in_flight": None,
            "failures": {},
            "skipped": None,
            "last": None,
        },
    )


def reserve(
    context: PageContext,
    document: Document,
    source: SourceData,
    *,
    counts: str,
    again: int = 0,
    kept_back: bool = False,
    **changes: Any,
) -> tuple[Document, int]:
    """The coupling with a write in flight, and the write's number.

    A repeat for the same job and source version takes the number that is in flight, unless that one has just come
    back (``again``) and a newer one is needed. ``kept_back``: part of the destination's change is left to the other
    direction, so its version must not count as known.
    """
    data = document.data
    number, old = data["number"], data["in_flight"]
    ours = standing.under_way(context, data, source["version"])
    if not (ours and number > again):
        number += 1
    before = [] if old is None else old["before"]
    if old is not None and not ours:
        before = [old["fingerprint"], *before][:_WRITES_REMEMBERED]
    flight = {
        "number": number,
        "job": context.job,
        "source_version": source["version"],
        "fingerprint": source["fingerprint"],
        "at": context.moment,
        "counts": counts,
        "kept": kept_back,
        "before": before,
    }
    return changed(document, {"number": number, "in_flight": flight, **changes}), number


def with_waiting(plan: Plan, data: Data, waiting: Mapping[str, str]) -> dict[str, Any]:
    """Changes that make the look-ups of this direction wait for these partners."""
    targets = {column.target for column in plan.columns}
    merged = {name: target for name, target in data["waiting"].items() if name not in targets} | dict(waiting)
    listed = sorted(set(merged.values()))
    return {"waiting": merged, "waiting_for": (listed[0] if len(listed) == 1 else listed) if listed else None}


def learned(
    context: PageContext,
    document: Document,
    source: SourceData,
    *,
    destination_version: str | None = None,
    facts: Values | None = None,
) -> Document | None:
    """The coupling of a pair that turned out equal, where it tells something new; null when it does not."""
    data = document.data
    changes: dict[str, Any] = {}
    if source["fingerprint"] and source["fingerprint"] != data["fingerprint"]:
        text = _merged(context.plan, data["fingerprint"], source["fingerprint"])
        if text != data["fingerprint"]:
            changes["fingerprint"] = text
    if source["version"] != data[context.source_version]:
        changes[context.source_version] = source["version"]
    if destination_version is not None and destination_version != data[context.destination_version]:
        changes[context.destination_version] = destination_version
    changes |= _without_failure(context, data)
    if source["key"] and source["key"] != data["financials_key"]:
        changes["financials_key"] = source["key"]
    told = {**source.get("facts", {}), **(facts or {})}
    if told and (known := {**data["facts"], **told}) != data["facts"]:
        changes["facts"] = known
    if source["waiting"] or data["waiting"]:
        waiting = with_waiting(context.plan, data, source["waiting"])
        if waiting["waiting"] != data["waiting"]:
            changes |= waiting
    if data["in_flight"] is not None:
        changes["in_flight"] = None
    if not changes:
        return None
    changes[context.source_read] = standing.newest_reading(context, data)
    return changed(document, changes)


def _merged(plan: Plan, old: str, new: str) -> str:
    """The new fingerprint, with the old one's hashes where the new does not know."""
    before, after = fingerprint.decode(plan.tag, old), fingerprint.decode(plan.tag, new)
    if after is None:
        return old
    return new if before is None else fingerprint.encode(plan.tag, fingerprint.merged(before, after))


def stamped(
    context: PageContext,
    document: Document,
    source: SourceData,
    *,
    destination: str,
    version: str,
    key: str,
    facts: Values,
    action: str,
) -> Document:
    """The coupling after its write arrived: both versions, the fingerprint, and nothing in flight any more."""
    data = document.data
    plan = context.plan
    text = source["fingerprint"]
    if data["fingerprint"]:
        text = _merged(plan, data["fingerprint"], text)
    changes: dict[str, Any] = {
        context.destination_id: destination,
        context.source_version: source["version"],
        context.source_read: standing.newest_reading(context, data),
        context.destination_version: version,
        "financials_key": key or data["financials_key"],
        "state": COUPLED,
        "fingerprint": text,
        "facts": {**data["facts"], **source.get("facts", {}), **facts},
        "in_flight": None,
        "last": {"job": context.job, "action": action, "version": source["version"]},
    }
    changes |= _without_failure(context, data)
    if source["waiting"] or data["waiting"]:
        changes |= with_waiting(plan, data, source["waiting"])
    return changed(document, changes)


def coupled(
    context: PageContext, document: Document, source: SourceData, *, destination: str, key: str, facts: Values
) -> Document:
    """The coupling of a pair that was found, with nothing synchronized yet."""
    data = document.data
    return changed(
        document,
        {
            context.destination_id: destination,
            "financials_key": key or data["financials_key"],
            "state": COUPLED,
            "facts": {**data["facts"], **source.get("facts", {}), **facts},
        },
    )


def remembered(context: PageContext, document: Document, source: SourceData, action: str) -> Document:
    """The coupling with a note that this job counted it so; its records still count as changed."""
    return changed(
        document,
        {"in_flight": None, "last": {"job": context.job, "action": action, "version": source["version"]}},
    )


def orphaned(context: PageContext, document: Document, drawn: str) -> Document:
    """The coupling without its deleted partner, reserved for a new one."""
    return changed(
        document,
        {
            context.destination_id: drawn,
            context.destination_version: "",
            "state": RESERVED,
            "fingerprint": "",
            "in_flight": None,
            "failures": {},
            "skipped": None,
        },
    )


def failed(context: PageContext, document: Document, failure: Failure) -> Document:
    """The coupling after a failure in this direction; the same error in two jobs in a row marks it skipped.

    A repeat within one job is the same failure, not a second one. A mere reservation is never marked: nothing is
    coupled that could be left out.
    """
    data = document.data
    direction = context.direction
    error = _error_hash(failure)
    before = data["failures"].get(direction)
    changes: dict[str, Any] = {"in_flight": None}
    again = before is not None and before["error"] == error and before["job"] != context.job
    if again and data["state"] == COUPLED:
        changes["skipped"] = standing.skip_mark(context.company, data["mapping"])
    count = 1 if before is None else before["count"] + (before["job"] != context.job)
    entry = {"job": context.job, "error": error, "message": failure.message, "count": count}
    changes["failures"] = {**data["failures"], direction: entry}
    return changed(document, changes)


def _error_hash(failure: Failure) -> str:
    words = "\n".join((failure.code, failure.message, failure.remote_code, failure.remote_message, failure.field))
    return blake2b(words.encode(), digest_size=8).hexdigest()


def _without_failure(context: PageContext, data: Data) -> dict[str, Any]:
    """Changes of a coupling that has just succeeded in this direction. It is skipped no longer once no direction
    fails."""
    failures = data["failures"]
    if context.direction not in failures:
        return {}
    left = {direction: entry for direction, entry in failures.items() if direction != context.direction}
    return {"failures": left} if left else {"failures": left, "skipped": None}


def changed(document: Document, changes: Mapping[str, Any]) -> Document:
    """The coupling with other values in its document."""
    return Document(document.id, {**document.data, **changes}, document.version, document.handled, document.outbox)


def released(document: Document) -> Document:
    """The coupling with nothing in flight, otherwise as it was."""
    return changed(document, {"in_flight": None})
