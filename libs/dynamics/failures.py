"""What a refusal of either product means: HTTP status and remote code -> our error class, code and words, by table.

The remote's own words are kept (without correlation ids), and the field at fault is found in them where it is named.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from libs.contracts.failures import Failure
from libs.contracts.vocabulary import System
from libs.runtime.errors import (
    AccessDenied,
    ConcurrentUpdate,
    ContractBroken,
    RecordGone,
    Rejected,
    TandemError,
    Throttled,
    Unavailable,
)


class OutcomeUnknown(Unavailable):
    """No answer came although the request may have been carried out: repeat only what is safe to repeat."""

    code = "remote.outcome_unknown"


@dataclass(frozen=True)
class Cause:
    """One row of the table."""

    error: type[TandemError]
    code: str
    message: str


TOO_LONG = Cause(Rejected, "remote.value_too_long", "The value is longer than the field allows: shorten it.")
OUT_OF_RANGE = Cause(Rejected, "remote.value_out_of_range", "The value is outside the range that the field allows.")
REQUIRED = Cause(Rejected, "remote.value_missing", "A required field is empty: fill it.")
LOOKUP_MISSING = Cause(
    Rejected, "remote.lookup_missing", "A value refers to a record that does not exist: create or couple that first."
)
DUPLICATE = Cause(Rejected, "remote.duplicate", "Another record with the same key exists already.")
CHANGED = Cause(ConcurrentUpdate, "remote.version_conflict", "Somebody else changed the record in the meantime.")
GONE = Cause(RecordGone, "remote.record_gone", "The record does not exist any more.")
INVALID = Cause(Rejected, "remote.rejected", "The values are refused: see the service's own words.")
STATE = Cause(Rejected, "remote.state_forbids", "The state of the record does not allow this change.")
IN_USE = Cause(Rejected, "remote.in_use", "Other records still refer to this one.")
OWNER = Cause(
    Rejected,
    "remote.owner_forbidden",
    "Whom the record belongs to may not own it: give that user or team a role that may read such records.",
)
PRIVILEGE = Cause(
    AccessDenied, "remote.privilege_missing", "The signed-in application lacks a permission: give it the missing role."
)
SIGNED_OUT = Cause(AccessDenied, "remote.not_signed_in", "The service does not accept the sign-in: check the settings.")
MALFORMED = Cause(ContractBroken, "remote.request_malformed", "The service does not understand the request.")
PAUSE = Cause(Throttled, "remote.throttled", "The service asks for a pause.")
DOWN = Cause(Unavailable, "remote.unavailable", "The service cannot be used at present; Tandem tries again.")
BROKEN = Cause(Unavailable, "remote.failed", "The service failed while it carried out the request; Tandem tries again.")
AT_RECORD = Cause(
    Rejected, "remote.failed", "The service failed at this record, however often it was tried: see its own words."
)
LOCKED = Cause(Unavailable, "remote.locked", "The record is locked by somebody else; Tandem tries again.")

DATAVERSE: dict[str, Cause] = {
    "0x80040217": GONE,
    "0x80060882": CHANGED,
    "0x80060883": CHANGED,
    "0x80040237": DUPLICATE,
    "0x80060892": DUPLICATE,
    "0x80040333": DUPLICATE,
    "0x80043b06": DUPLICATE,
    "0x80043b08": DUPLICATE,
    "0x80043b0f": DUPLICATE,
    "0x80048cf3": DUPLICATE,
    "0x80040220": PRIVILEGE,
    "0x80040231": PRIVILEGE,
    "0x80048405": PRIVILEGE,
    "0x80044302": SIGNED_OUT,
    "0x80040200": REQUIRED,
    "0x80043b05": REQUIRED,
    "0x80043b0a": REQUIRED,
    "0x80043b0d": REQUIRED,
    "0x80043b0e": REQUIRED,
    "0x80043b11": REQUIRED,
    "0x80043b12": REQUIRED,
    "0x80043b13": REQUIRED,
    "0x80048546": REQUIRED,
    "0x80100010": REQUIRED,
    "0x80081012": REQUIRED,
    "0x80040203": INVALID,
    "0x80048d19": INVALID,
    "0x80044331": TOO_LONG,
    "0x8004431a": OUT_OF_RANGE,
    "0x80044330": OUT_OF_RANGE,
    "0x80040317": OUT_OF_RANGE,
    "0x80048cec": OUT_OF_RANGE,
    "0x80043b24": LOOKUP_MISSING,
    "0x80043b14": LOOKUP_MISSING,
    "0x80043b16": LOOKUP_MISSING,
    "0x80048408": STATE,
    "0x8004f00e": STATE,
    "0x80043b09": STATE,
    "0x80043b18": STATE,
    "0x8004f995": STATE,
    "0x8004f912": STATE,
    "0x8004f913": STATE,
    "0x8004f978": STATE,
    "0x8004f979": STATE,
    "0x80048d21": IN_USE,
    "0x80072322": PAUSE,
    "0x80072321": PAUSE,
    "0x80072326": PAUSE,
}
"""Dataverse error code, in lower case -> what it means."""

BUSINESS_CENTRAL: dict[str, Cause] = {
    "internal_entitywithsamekeyexists": DUPLICATE,
    "request_entitychanged": CHANGED,
    "badrequest_notfound": GONE,
    "internal_recordnotfound": GONE,
    "internal_datanotfoundfilter": GONE,
    "internal_invalidtablerelation": LOOKUP_MISSING,
    "internal_tenantunavailable": DOWN,
    "internal_servererror": BROKEN,
    "authentication_invalidcredentials": SIGNED_OUT,
    "application_dialogexception": INVALID,
    "application_fieldvalidationexception": INVALID,
    "application_evaluateexception": INVALID,
    "application_stringexceededlength": TOO_LONG,
    "application_invalidguid": INVALID,
    "application_filtererrorexception": MALFORMED,
    "application_callbacknotallowed": INVALID,
    "badrequest_invalidoperation": INVALID,
    "badrequest_invalidtoken": MALFORMED,
    "badrequest_invalidrequesturl": MALFORMED,
    "badrequest_methodnotallowed": MALFORMED,
    "badrequest_methodnotimplemented": MALFORMED,
    "badrequest_requiredparamnotprovided": MALFORMED,
    "badrequest": INVALID,
    "unknown": INVALID,
}
"""Business Central error code, in lower case -> what it means."""

BY_STATUS: dict[int, Cause] = {
    400: INVALID,
    401: SIGNED_OUT,
    403: PRIVILEGE,
    404: GONE,
    405: MALFORMED,
    408: DOWN,
    409: CHANGED,
    410: GONE,
    412: CHANGED,
    413: MALFORMED,
    415: MALFORMED,
    429: PAUSE,
    500: BROKEN,
    501: MALFORMED,
    502: DOWN,
    503: DOWN,
    504: DOWN,
}
"""HTTP status -> what it means where the code is not in a table."""

_TABLES = {System.SALES: DATAVERSE, System.FINANCIALS: BUSINESS_CENTRAL}

_CORRELATION = re.compile(
    r"\s*(?:CorrelationId|Correlation ID|Trace ID|REQ_ID|RequestId)\s*:?\s*[0-9a-f-]{32,36}\.?", re.IGNORECASE
)
_NO_MATCH = re.compile(r"does not match to an? ", re.IGNORECASE)
"""How API v2.0 says that an id names no record."""
_PERMISSION = re.compile(r"\bprv[A-Z]\w+|\bTableData [^()]+(?=\))")
"""How the two products name a permission: ``prvCreateAccount``, ``TableData 18 Customer Insert``."""
ROUNDS = 3
"""How often an operation of a batch is sent at which the service fails. If it failed at others, too, but not at all,
the failure is the record's; at all of several, the service's, and the whole message comes back later."""

_GATEWAY = (408, 502, 503, 504)
_LOCK = re.compile(r"\b(?:locked|deadlock|another user has modified)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """An error answer, taken apart."""

    status: int
    code: str
    words: str
    cause: Cause

    @property
    def is_duplicate(self) -> bool:
        return self.cause is DUPLICATE

    @property
    def is_gone(self) -> bool:
        return self.cause is GONE

    @property
    def is_changed(self) -> bool:
        return self.cause is CHANGED

    @property
    def is_outage(self) -> bool:
        """Whether the service as a whole cannot work just now."""
        return self.cause in (DOWN, PAUSE)

    @property
    def is_breakdown(self) -> bool:
        """Whether the service failed while it carried this out, and may do so again for this record alone."""
        return self.cause is BROKEN

    @property
    def transient(self) -> bool:
        """Whether the message must be tried again rather than the record failed."""
        return self.cause.error.transient and self.cause is not CHANGED

    def without_words(self) -> "Refusal":
        """The same without what the service says, which may quote values of records."""
        return replace(self, words="")

    def error(self, *, setting: str = "", field: str = "") -> TandemError:
        message = self.cause.message
        if self.cause is PRIVILEGE and (found := _PERMISSION.search(self.words)):
            message = f"The signed-in application lacks the permission {found.group()}: give it a role that has it."
        return self.cause.error(
            message,
            code=self.cause.code,
            setting=setting,
            remote_code=self.code,
            remote_message=self.words,
            field=field,
            detail=f"HTTP {self.status}",
        )

    def failure(self, *, field: str = "") -> Failure:
        return self.error(field=field).failure()


def read_refusal(system: System, status: int, body: bytes | dict[str, Any] | None) -> Refusal:
    """What an error answer (a response, or one part of a batch) says. ``body`` is raw JSON or already decoded."""
    code, words = _code_and_words(body)
    table = _TABLES[system]
    cause = table.get(code.lower()) or _by_family(code) or BY_STATUS.get(status, BROKEN if status >= 500 else INVALID)
    if status in _GATEWAY:
        cause = DOWN
    elif status == 429:
        cause = PAUSE
    elif cause in (INVALID, BROKEN, CHANGED) and system is System.FINANCIALS and _LOCK.search(words) and status != 409:
        cause = LOCKED
    elif cause is INVALID and system is System.FINANCIALS and _NO_MATCH.search(words):
        cause = LOOKUP_MISSING
    return Refusal(status, code, words, cause)


def cause_for_record(refusal: Refusal) -> Cause:
    """What a refusal means where it is told of one record that was to be written."""
    return {GONE: LOOKUP_MISSING, BROKEN: AT_RECORD}.get(refusal.cause, refusal.cause)


def field_named(words: str, candidates: dict[str, str]) -> str:
    """The field that the remote's words name: ``candidates`` maps names as the remote writes them to ours."""
    lowered = words.lower()
    found = [
        (lowered.index(name.lower()), -len(name), ours)
        for name, ours in candidates.items()
        if re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", words, re.IGNORECASE)
    ]
    return min(found)[2] if found else ""


def _by_family(code: str) -> Cause | None:
    return PRIVILEGE if code.lower().startswith("authorization_") else None


def _code_and_words(body: bytes | dict[str, Any] | None) -> tuple[str, str]:
    document: Any = body
    if isinstance(body, bytes):
        try:
            document = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return "", body[:500].decode("utf-8", "replace").strip()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return "", ""
    message = error.get("message", "")
    if isinstance(message, dict):
        message = message.get("value", "")
    return str(error.get("code", "")), without_correlation(str(message))


def without_correlation(words: str) -> str:
    """The remote's words without the ids that change from call to call."""
    return _CORRELATION.sub("", words).strip()
