"""Couplings of other mappings, as far as a page needs them: key of Financials <-> id of Sales, with their facts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import msgspec

from libs.contracts.pages import Value


class Partner(msgspec.Struct, frozen=True, gc=False):
    """One settled coupling, seen from a look-up."""

    sales_id: str
    financials_key: str
    facts: Mapping[str, Value]


@dataclass(frozen=True)
class Lookups:
    """Couplings by mapping, both ways round."""

    by_key: Mapping[str, Mapping[str, Partner]] = field(default_factory=dict)
    by_sales_id: Mapping[str, Mapping[str, Partner]] = field(default_factory=dict)
    unsettled: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Mapping -> rows of Sales whose first write is still under way, or failed."""

    def of_key(self, mapping: str, key: str) -> Partner | None:
        found = self.by_key.get(mapping)
        return found.get(key) if found else None

    def of_sales_id(self, mapping: str, sales_id: str) -> Partner | None:
        found = self.by_sales_id.get(mapping)
        return found.get(sales_id) if found else None

    def is_unsettled(self, mapping: str, sales_id: str) -> bool:
        return sales_id in self.unsettled.get(mapping, ())
