"""Watermarks of Financials' change feeds, as text that others only hand back. Pure.

``row:<number>`` is a row version (companion), a bare ISO moment a modification time. A modification time is stamped
when a row is written but seen only when its transaction commits, so reading by time starts a while earlier.
"""

from datetime import UTC, datetime, timedelta

from libs.contracts.vocabulary import System
from libs.dynamics.odata import Term, filter_text
from services.financials_connector.surfaces import Surface, TablePlan

OVERLAP = timedelta(minutes=10)
"""Longest transaction that is reckoned with where modification times are the watermark."""
ROW_VERSION = "systemRowVersion"
_ROW = "row:"


def row_watermark(version: int) -> str:
    return f"{_ROW}{version}"


def changed_since(plan: TablePlan, watermark: str) -> str:
    """The ``$filter`` for rows changed since ``watermark``; empty, so that all are read, where the surface cannot tell
    or the watermark is not one of this surface's (it was changed in the meantime)."""
    if watermark.startswith(_ROW):
        number = watermark.removeprefix(_ROW)
        if plan.surface is not Surface.COMPANION or not number.isdigit():
            return ""
        # Versions below the watermark were committed when it was taken; its own may have come after.
        return f"{ROW_VERSION} ge {number}"
    moment = moment_of(watermark)
    if not plan.modified or moment is None:
        return ""
    since = (moment - OVERLAP).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return filter_text([Term(plan.modified, "moment", "gt", since)], System.FINANCIALS)


def unchanged_since(plan: TablePlan, watermark: str) -> str:
    """The ``$filter`` for the other rows; empty where :func:`changed_since` is."""
    changed = changed_since(plan, watermark)
    return changed.replace(" ge ", " lt ", 1) if " ge " in changed else changed.replace(" gt ", " le ", 1)


def moment_of(text: str) -> datetime | None:
    """The moment that ``text`` names, or null."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
