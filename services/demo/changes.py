"""Changes a few coupled records on both sides, as people at their desks would between two synchronizations."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from libs.contracts.vocabulary import Direction, System
from services.demo.client import Client
from services.demo.keyboard import Keyboard, Row
from services.demo.tables import financials_id, sales_id


@dataclass(frozen=True)
class Planned:
    """How to change some records of one side of a mapping."""

    mapping: str
    system: System
    table: str
    field: str
    values: tuple[Any, ...]
    """One per record."""

    @property
    def direction(self) -> Direction:
        return Direction.TO_SALES if self.system is System.FINANCIALS else Direction.FROM_SALES


PLANNED = (
    Planned("CUSTOMER", System.FINANCIALS, "Customer", "Phone No.", ("+44 20 7946 0001", "+44 20 7946 0002")),
    Planned("CUSTOMER", System.SALES, "account", "address1_city", ("Reading", "Malmö ❄")),
    Planned("CONTACT", System.FINANCIALS, "Contact", "Mobile Phone No.", ("+44 7700 900001",)),
    Planned("CONTACT", System.SALES, "contact", "address1_line1", ("1 Rivermead Court",)),
    Planned("ITEM-PRODUCT", System.FINANCIALS, "Item", "Unit Price", ("77.75",)),
    Planned("SALESPEOPLE", System.SALES, "systemuser", "mobilephone", ("+1 425 555 0100",)),
)


@dataclass
class Changed:
    """What was changed."""

    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(mapping, direction) -> records that a synchronization must now modify."""
    told: list[str] = field(default_factory=list)


async def make_changes(client: Client, keyboard: Keyboard) -> Changed:
    """Make them. No record is changed on both sides."""
    changed = Changed()
    taken: set[str] = set()
    for planned in PLANNED:
        couplings = [
            coupling
            for coupling in await client.couplings(planned.mapping)
            if coupling.state == "coupled" and not coupling.skipped and coupling.id not in taken
        ]
        rows = await _rows(keyboard, planned)
        for value in planned.values:
            coupling = next(
                (
                    candidate
                    for candidate in couplings
                    if candidate.id not in taken and _differs(rows, planned, candidate, value)
                ),
                None,
            )
            if coupling is None:
                continue
            taken.add(coupling.id)
            ours = planned.system is System.FINANCIALS
            key = coupling.financials_key.split(";") if ours else coupling.sales_id
            await keyboard.change(planned.system, planned.table, key, {planned.field: value})
            changed.moved[(planned.mapping, planned.direction.value)] += 1
            changed.told.append(
                f"{planned.system.value.capitalize()}: {planned.table} {coupling.financials_key}, {planned.field}"
            )
    return changed


async def _rows(keyboard: Keyboard, planned: Planned) -> dict[str, Row]:
    key = financials_id if planned.system is System.FINANCIALS else sales_id(planned.table)
    return {key(row): row for row in await keyboard.rows(planned.system, planned.table)}


def _differs(rows: dict[str, Row], planned: Planned, coupling: Any, value: Any) -> bool:
    row = rows.get(coupling.financials_id if planned.system is System.FINANCIALS else coupling.sales_id)
    return row is not None and row[planned.field] != value
