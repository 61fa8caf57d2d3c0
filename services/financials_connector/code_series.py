"""Codes for salespeople that come from Sales, where the surface does not number them: they count up from the series'
first, ``SP NO. 00001``."""

import re

from libs.dynamics.odata import literal
from services.financials_connector.addresses import query
from services.financials_connector.table_access import TableAccess

_DIGITS = re.compile(r"^(.*?)(\d+)$")


async def next_codes(access: TableAccess, count: int) -> list[str]:
    """The next free codes, counted on from the greatest that is there now."""
    plan = access.plan
    name = plan.properties[plan.table.key[0]]
    prefix, _ = _cut(plan.table.number_series)
    newest = [
        ("$select", name),
        ("$filter", f"startswith({name},{literal('code', prefix + '0')})"),
        ("$orderby", f"{name} desc"),
        ("$top", "1"),
    ]
    document = await access.remote.document(access.tenant.root(plan.surface), access.path + query(newest))
    return codes_after([str(row[name]) for row in document["value"]], plan.table.number_series, count)


def codes_after(taken: list[str], first: str, count: int) -> list[str]:
    """``count`` codes of the series that begins with ``first``, after the greatest of ``taken``."""
    prefix, digits = _cut(first)
    used = [int(code[len(prefix) :]) for code in taken if code.startswith(prefix) and code[len(prefix) :].isdigit()]
    start = max(used, default=int(digits) - 1)
    return [f"{prefix}{start + step:0{len(digits)}d}" for step in range(1, count + 1)]


def _cut(code: str) -> tuple[str, str]:
    """Text and trailing digits of a code."""
    found = _DIGITS.match(code)
    if found is None:
        raise ValueError(f"the series {code!r} does not end with a number")
    return found[1], found[2]
