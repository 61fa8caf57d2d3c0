"""How many there are, whether that is enough, and from when: pure arithmetic over stock rows.

Available is what is on hand less what sales orders still want. Enough from a later day is counted from that plus what
is expected until then; what is overdue or has no date is shown, and nothing is promised on it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from libs.synch.pricing import Product
from services.availability_lookup.answered import AtLocation, Availability, Supply
from services.availability_lookup.domain.amounts import in_unit, times
from services.availability_lookup.domain.reasons import not_tracked, why_available
from services.availability_lookup.domain.stock import Stock

TRACKED = "Inventory"


def availability_of(
    product: Product,
    rows: Sequence[Stock],
    *,
    unit: str,
    per_unit: Decimal,
    quantity: Decimal,
    today: str,
    per_location: bool,
    as_of: str,
    stale: bool,
) -> Availability:
    """``rows`` are those of the variant and location asked for; ``quantity`` is in ``unit``, rows in base units."""
    if product.kind != "item" or product.type != TRACKED:
        return _untracked(product, unit, as_of, stale)
    on_hand, reserved = _sums(rows)
    supplies = _supplies(rows)
    wanted = times(quantity, per_unit)
    sufficient = on_hand - reserved >= wanted
    available_from = today if sufficient else _from(on_hand - reserved, supplies, wanted, today)
    on_the_way = _shown(supplies, per_unit, today)
    available_text = in_unit(on_hand - reserved, per_unit)
    on_hand_text = in_unit(on_hand, per_unit)
    reserved_text = in_unit(reserved, per_unit, up=True)
    return Availability(
        tracked=True,
        unit=unit,
        available=available_text,
        on_hand=on_hand_text,
        reserved=reserved_text,
        on_the_way=on_the_way,
        sufficient=sufficient,
        available_from=available_from,
        locations=_by_location(rows, per_unit, today) if per_location else None,
        reason=why_available(
            unit=unit,
            available=available_text,
            on_hand=on_hand_text,
            reserved=reserved_text,
            on_the_way=on_the_way,
            wanted=quantity,
            sufficient=sufficient,
            available_from=available_from,
        ),
        as_of=as_of,
        stale=stale,
    )


def _untracked(product: Product, unit: str, as_of: str, stale: bool) -> Availability:
    return Availability(
        tracked=False,
        unit=unit,
        available=None,
        on_hand=None,
        reserved=None,
        on_the_way=[],
        sufficient=None,
        available_from=None,
        locations=None,
        reason=not_tracked(product.kind, product.type),
        as_of=as_of,
        stale=stale,
    )


def _sums(rows: Iterable[Stock]) -> tuple[Decimal, Decimal]:
    on_hand = reserved = Decimal(0)
    for row in rows:
        on_hand += row.on_hand
        reserved += row.reserved
    return on_hand, reserved


def _supplies(rows: Iterable[Stock]) -> list[tuple[str, Decimal]]:
    """By date; what has none comes last."""
    found: dict[str, Decimal] = {}
    for row in rows:
        for each in row.supply:
            found[each.date] = found.get(each.date, Decimal(0)) + each.quantity
    if not found:
        return []
    return sorted(((date, found[date]) for date in found if found[date]), key=lambda supply: supply[0] or "9999-12-31~")


def _from(available: Decimal, supplies: Iterable[tuple[str, Decimal]], wanted: Decimal, today: str) -> str | None:
    for date, quantity in supplies:
        if date and date >= today:
            available += quantity
            if available >= wanted:
                return date
    return None


def _shown(supplies: Iterable[tuple[str, Decimal]], per_unit: Decimal, today: str) -> list[Supply]:
    return [
        Supply(date or None, in_unit(quantity, per_unit), overdue=bool(date) and date < today)
        for date, quantity in supplies
    ]


def _by_location(rows: Iterable[Stock], per_unit: Decimal, today: str) -> list[AtLocation]:
    groups: dict[str, list[Stock]] = {}
    for row in rows:
        groups.setdefault(row.location, []).append(row)
    found = []
    for code in sorted(groups):
        on_hand, reserved = _sums(groups[code])
        found.append(
            AtLocation(
                code=code,
                available=in_unit(on_hand - reserved, per_unit),
                on_hand=in_unit(on_hand, per_unit),
                reserved=in_unit(reserved, per_unit, up=True),
                on_the_way=_shown(_supplies(groups[code]), per_unit, today),
            )
        )
    return found
