"""What goes into a decision and what comes out of it."""

import msgspec

from libs.contracts.failures import Failure
from libs.contracts.vocabulary import SynchAction


class Known(msgspec.Struct, frozen=True, gc=False):
    """What a settled coupling knows of its two records."""

    hashes: bytes | None
    """Fingerprint at the last synchronization; null when there is none that fits the mapping."""
    source_version: str = ""
    destination_version: str = ""
    """Empty: not known (written by us in bulk, or left on purpose so that a change is not overlooked)."""
    pending: tuple[bytes, ...] = ()
    """Fingerprints of writes of ours whose outcomes are not known."""
    skipped: bool = False
    failed: bool = False
    """The last synchronization in this direction failed."""


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One record as it is now."""

    hashes: bytes
    version: str = ""


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What one record needs."""

    action: SynchAction
    changed: tuple[int, ...] = ()
    """Places of the fingerprint at which the destination is to be written."""
    keep: tuple[int, ...] = ()
    """Places whose old hash must stay, because the destination's change goes the other way."""
    compare: bool = False
    """Read the destination first, then decide again."""
    failure: Failure | None = None
    """Reason of a fail or skip; a skip without one is silent."""
