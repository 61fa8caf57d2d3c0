"""The words that every message, log line and page of Tandem uses, as closed sets.

A word has one meaning everywhere: code, routing keys, log events, metrics and documents.
"""

from enum import StrEnum


class System(StrEnum):
    """The two products that are kept in step."""

    SALES = "sales"
    FINANCIALS = "financials"

    @property
    def other(self) -> "System":
        """The system on the opposite side of a coupling."""
        return System.FINANCIALS if self is System.SALES else System.SALES


class Direction(StrEnum):
    """Which way values flow through a mapping, a field mapping or one page."""

    TO_SALES = "to_sales"
    FROM_SALES = "from_sales"
    BIDIRECTIONAL = "bidirectional"

    @property
    def source(self) -> System:
        """The system that is read in this direction (undefined for ``bidirectional``)."""
        if self is Direction.BIDIRECTIONAL:
            raise ValueError("a bidirectional mapping runs as two passes; ask each pass for its source")
        return System.FINANCIALS if self is Direction.TO_SALES else System.SALES

    @property
    def destination(self) -> System:
        """The system that is written in this direction (undefined for ``bidirectional``)."""
        return self.source.other

    def allows(self, way: "Direction") -> bool:
        """Whether something with this direction takes part in a pass that goes ``way``."""
        return self is Direction.BIDIRECTIONAL or self is way


class RunKind(StrEnum):
    """Why a page is being synchronized, which decides how boldly it may act."""

    FULL = "full"
    """Every record; uncoupled ones are created; coupled ones are compared first, so drift is repaired."""
    MODIFIED = "modified"
    """Records changed since the watermark; the destination is not read unless it refuses."""
    COUPLING = "coupling"
    """Match-based coupling of uncoupled records; values move only where the mapping says so."""


class SynchAction(StrEnum):
    """What the engine decided for one record."""

    INSERT = "insert"
    MODIFY = "modify"
    FORCE_MODIFY = "force_modify"
    IGNORE_UNCHANGED = "ignore_unchanged"
    SKIP = "skip"
    FAIL = "fail"
    DELETE = "delete"
    COUPLE = "couple"
    UNCOUPLE = "uncouple"


class Operation(StrEnum):
    """What a connector is asked to do for one record of a :class:`~libs.contracts.pages.WritePage`."""

    COMPARE = "compare"
    """Read the coupled record (in bulk with its neighbours) and say whether it equals ``values``. Writes nothing."""
    MATCH = "match"
    """Look for one record whose fields equal ``match``. Writes nothing."""
    CREATE = "create"
    """Create the record with the id that was drawn for it; repeating it finds the record and is no error."""
    UPDATE = "update"
    """Write ``values`` where the remote version still equals ``version`` (no condition when it is null)."""
    DELETE = "delete"


class OutcomeStatus(StrEnum):
    """What became of one record of a WritePage."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    EQUAL = "equal"
    """compare: the destination already holds these values."""
    DIFFERENT = "different"
    """compare: it does not; ``current`` holds what it has."""
    MATCHED = "matched"
    """match, or create that met an existing record with the same unique key: exactly one; ``current`` holds it."""
    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    """match: several records fit."""
    CONFLICT = "conflict"
    """update: the version moved on; ``current`` holds what is there now."""
    GONE = "gone"
    """The destination record does not exist any more."""
    REFUSED = "refused"
    """The destination refuses these values; ``error`` has its words."""


class UpdateConflictResolution(StrEnum):
    """What to do when both sides changed and a bidirectional field differs."""

    NONE = "none"
    SEND_TO_SALES = "send_to_sales"
    GET_FROM_SALES = "get_from_sales"


class DeletionConflictResolution(StrEnum):
    """What to do when the coupled partner was deleted."""

    NONE = "none"
    RESTORE_RECORDS = "restore_records"
    REMOVE_COUPLING = "remove_coupling"


class JobStatus(StrEnum):
    """Life of a SynchJob."""

    READY = "ready"
    IN_PROCESS = "in_process"
    FINISHED = "finished"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether the job will not move again."""
        return self in (JobStatus.FINISHED, JobStatus.ERROR, JobStatus.CANCELLED)


class Recommendation(StrEnum):
    """What the full-synchronization review advises for a mapping."""

    FULL_SYNCHRONIZATION = "full_synchronization"
    COUPLE_RECORDS = "couple_records"
    NO_RECORDS_FOUND = "no_records_found"
