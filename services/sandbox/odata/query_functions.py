"""Dataverse's query functions besides In: ranges, and days told from the present one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.sandbox.odata.dialect import Dialect, ODataError
from services.sandbox.odata.tree import Literal, QueryFunction
from services.sandbox.odata.values import Getter, Predicate, Property, value_of

_RELATIVE: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "Yesterday": lambda today, _: (today - timedelta(1), today - timedelta(1)),
    "Today": lambda today, _: (today, today),
    "Tomorrow": lambda today, _: (today + timedelta(1), today + timedelta(1)),
    "LastXDays": lambda today, days: (today - timedelta(days), today),
    "NextXDays": lambda today, days: (today, today + timedelta(days)),
}
"""Name -> first and last day."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def loosened(literal: Literal, kind: str) -> Literal:
    """Query functions take every value as text, too: numbers, days and GUIDs."""
    if literal.kind != "text":
        return literal
    match kind:
        case "number" | "guid":
            return Literal(kind, literal.text)
        case "date" | "moment":
            return Literal("moment" if "T" in literal.text else "date", literal.text)
    return literal


def query_function(node: QueryFunction, found: Property, dialect: Dialect, now: Callable[[], datetime]) -> Predicate:
    """The predicate of one; raises ``ODataError``."""
    name, get, kind = node.name, found.get, found.kind
    if name in _RELATIVE:
        return _relative(node, found, now)
    wanted = [value_of(loosened(literal, kind), kind, dialect) for literal in node.values]
    match name, wanted:
        case (("Between" | "NotBetween"), [low, high]) if low is not None and high is not None:
            within = name == "Between"
            return lambda row: (value := get(row)) is not None and (low <= value <= high) == within
        case (("On" | "OnOrAfter" | "OnOrBefore"), [str() as day]) if kind in ("date", "moment"):
            return _on(name, get, day[:10])
    raise ODataError(f"The query function '{name}' with {len(wanted)} values is not supported.", "unsupported", name)


def _on(name: str, get: Getter, wanted: str) -> Predicate:
    def day(row: Any) -> str:
        return str(get(row) or "")[:10]

    match name:
        case "OnOrAfter":
            return lambda row: day(row) >= wanted
        case "OnOrBefore":
            return lambda row: "" < day(row) <= wanted
    return lambda row: day(row) == wanted


def _relative(node: QueryFunction, found: Property, now: Callable[[], datetime]) -> Predicate:
    name, get = node.name, found.get
    counted = name.endswith("XDays")
    days = [int(literal.text) for literal in node.values if literal.text.isdigit() and len(literal.text) < 6]
    if found.kind not in ("date", "moment") or len(node.values) != counted or len(days) != counted:
        raise ODataError(f"The query function '{name}' needs a day{' and a number' if counted else ''}.", "type", name)

    def within(row: Any) -> bool:
        first, last = _RELATIVE[name](now().date(), days[0] if days else 0)
        return first.isoformat() <= str(get(row) or "")[:10] <= last.isoformat()

    return within
