"""What the generator hands out: rows for both tenants, and what a full synchronization may not carry over."""

from dataclasses import dataclass, field
from typing import Any, Literal

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.sandbox.financials.values import blank

Row = dict[str, Any]

LOCAL_CURRENCY = "GBP"
LOCAL_CURRENCY_SYMBOL = "£"
COMPANY_NAME = "CRONUS International Ltd."


@dataclass(frozen=True)
class Expected:
    """A record that a full synchronization leaves behind, and why."""

    mapping: str
    key: str
    """Primary key in Financials, its parts joined by ``;`` (as ``RecordData.key``)."""
    action: Literal["fail", "skip"]
    reason: str
    id: str
    """SystemId."""
    field: str = ""
    """``table.field`` that the reason lies in, where the record is fine as long as that field is left out."""


@dataclass(frozen=True)
class Generated:
    """A company and a Sales organization that know nothing of each other yet.

    ``financials``: table -> rows by field name, in stored form: text, int, bool, ``Decimal``, dates ``YYYY-MM-DD`` or
    ``""``, options by member; every row has its ``SystemId``. ``Inventory`` and ``Capacity`` are given as values.

    ``sales``: logical table name -> rows by logical attribute name: text, int, bool, ``Decimal``, ``None``; a lookup is
    the target's id as text, one that may point to several tables is ``table:id``.
    """

    records: int
    seed: int
    company_id: str
    company_name: str
    local_currency: str
    local_currency_symbol: str
    application_user_id: str
    organization_id: str
    business_unit_id: str
    financials: dict[str, list[Row]]
    sales: dict[str, list[Row]]
    expected: list[Expected] = field(default_factory=list)

    @property
    def failing(self) -> dict[str, set[str]]:
        """Mapping -> keys that must fail."""
        return self._keys("fail")

    @property
    def skipping(self) -> dict[str, set[str]]:
        """Mapping -> keys that must be skipped."""
        return self._keys("skip")

    def _keys(self, action: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for item in self.expected:
            if item.action == action:
                found.setdefault(item.mapping, set()).add(item.key)
        return found


def blank_row(table: str) -> Row:
    """A row of ``table`` with every field at Financials' initial value."""
    return {item.name: blank(item) for item in FINANCIALS_TABLES[table]}
