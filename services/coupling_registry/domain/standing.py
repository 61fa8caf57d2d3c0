"""Where a coupling stands, seen from a page: what it knows, whether a write is under way, what was settled before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from libs.contracts.attempts import began_long_before
from libs.store.ports import Document
from libs.synch import fingerprint
from libs.synch.decisions import Known
from services.coupling_registry.domain.page import TAKE_OVER_AFTER, PageContext, WriteUnderWay

Data = Mapping[str, Any]
"""A coupling's document; its fields are told in ``couplings.py``."""

RESERVED = "reserved"
COUPLED = "coupled"


def skip_mark(company: str, mapping: str) -> str:
    """What ``skipped`` holds for a coupling of this company and mapping; null while it is not skipped."""
    return f"{company}/{mapping}"


def number_of(document: Document | None) -> str:
    """The number or code of a coupling's record in Financials, where it is known."""
    return "" if document is None else str(document.data["financials_key"])


def source_id(context: PageContext, data: Data) -> str:
    return str(data[context.source_id] or "")


def destination_id(context: PageContext, data: Data) -> str:
    return str(data[context.destination_id] or "")


def known(context: PageContext, data: Data) -> Known | None:
    """What a settled coupling knows, seen from the page's direction; null while it is only reserved."""
    if data["state"] != COUPLED:
        return None
    flight = data["in_flight"]
    return Known(
        hashes=fingerprint.decode(context.plan.tag, data["fingerprint"]),
        source_version="" if context.recheck else data[context.source_version],
        destination_version=data[context.destination_version],
        pending=_pending(context, flight) if flight is not None else (),
        skipped=bool(data["skipped"]) and not context.retry_skipped,
        failed=context.direction in data["failures"],
    )


def in_step(context: PageContext, data: Data, version: str) -> bool:
    """Whether the source is at the version that the fingerprint was taken of, with nothing failed, waiting or on its
    way."""
    return bool(
        version
        and version == data[context.source_version]
        and not data["waiting"]
        and _is_settled(context, data)
        and fingerprint.is_tagged(context.plan.tag, data["fingerprint"])
    )


def has_fingerprint(context: PageContext, data: Data, hashes: bytes) -> bool:
    """Whether the source has the fingerprint of a pair of which nothing failed or is on its way."""
    known = fingerprint.decode(context.plan.tag, data["fingerprint"])
    return (
        known is not None
        and fingerprint.tells_nothing_new(hashes, known, context.plan.hashed_mask)
        and _is_settled(context, data)
    )


def _is_settled(context: PageContext, data: Data) -> bool:
    return data["state"] == COUPLED and data["in_flight"] is None and context.direction not in data["failures"]


def _pending(context: PageContext, flight: Data) -> tuple[bytes, ...]:
    texts = [flight["fingerprint"], *flight["before"]]
    return tuple(hashes for text in texts if (hashes := fingerprint.decode(context.plan.tag, text)))


def under_way(context: PageContext, data: Data, version: str) -> bool:
    """Whether the write in flight is this page's own. Raises ``WriteUnderWay`` for a fresh one of somebody else's."""
    flight = data["in_flight"]
    if flight is None:
        return False
    if is_ours(context, flight, version):
        return True
    if context.now - datetime.fromisoformat(flight["at"]) < TAKE_OVER_AFTER:
        raise WriteUnderWay
    return False


def is_ours(context: PageContext, flight: Data, version: str) -> bool:
    """Whether a write in flight is of this job and direction and of this version of the source."""
    return bool(flight["job"] == context.job and flight["source_version"] == version)


def is_outdated(context: PageContext, data: Data, version: str) -> bool:
    """Whether the source was read again, long after this page's reading, and what was read then is settled already."""
    return _read_later(context, data)


def newest_reading(context: PageContext, data: Data) -> str:
    return str(data[context.source_read]) if _read_later(context, data) else context.page.attempt


def _read_later(context: PageContext, data: Data) -> bool:
    """Whether the reading that was settled last certainly began after this page's."""
    known = data.get(context.source_read, "")
    return bool(known) and known != context.page.attempt and began_long_before(context.page.attempt, known)


def settled_here(context: PageContext, data: Data, version: str) -> str:
    """How this page counted the record when it settled it before; empty when it did not."""
    last = data["last"]
    if last is None or last["job"] != context.job:
        return ""
    return last["action"] if last["version"] == version else ""


def fresh(data: Data) -> bool:
    """Whether the pair was coupled but never synchronized."""
    return bool(data["state"] == COUPLED and not data["fingerprint"])


def last_error(data: Data) -> str:
    """Words of the newest failure, for people."""
    return " ".join(entry["message"] for entry in data["failures"].values())
