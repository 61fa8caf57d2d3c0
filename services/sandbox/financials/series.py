"""Number series: how a new record is numbered whose key was left blank."""

import re
from typing import TYPE_CHECKING

from libs.dynamics.financials_tables import FinancialsTable

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_DIGITS = re.compile(r"^(.*?)(\d+)$")


class NumberSeries:
    """Counts on from the greatest number in use that looks like the series."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._last: dict[str, int] = {}

    def next(self, table: FinancialsTable) -> str:
        found = _DIGITS.match(table.number_series)
        if found is None:
            raise ValueError(f"{table.name}: the series {table.number_series!r} does not end with a number")
        prefix, width = found.group(1), len(found.group(2))
        held = self._company.tables[table.name].by_key
        if table.name not in self._last:
            self._last[table.name] = max(
                (int(key[0][len(prefix) :]) for key in held if _in_series(key[0], prefix)),
                default=int(found.group(2)) - 1,
            )
        while True:
            self._last[table.name] += 1
            number = f"{prefix}{self._last[table.name]:0{width}d}"
            if (number,) not in held:
                return number


def _in_series(number: str, prefix: str) -> bool:
    rest = number[len(prefix) :]
    return number.startswith(prefix) and rest.isascii() and rest.isdigit()
