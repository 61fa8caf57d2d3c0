"""The texts that tell a salesperson why: where a price comes from, what stock means, what could not be found."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Literal

from libs.contracts.lookups import MissingFact
from libs.synch.pricing import PriceLine
from services.availability_lookup.answered import Note, PriceSource, Supply
from services.availability_lookup.codes import NoteCode
from services.availability_lookup.domain.amounts import text_of

_KINDS = {"price_list": "price_list_line", "sales_price": "sales_price", "sales_line_discount": "sales_line_discount"}
_SOURCES = {
    "all_customers": "all customers",
    "customer": "customer",
    "customer_price_group": "customer price group",
    "customer_discount_group": "customer discount group",
    "campaign": "campaign",
}


def source_of(line: PriceLine) -> PriceSource:
    """A line of prices or discounts."""
    who = _SOURCES[line.source_type] + (f" {line.source}" if line.source else "")
    group = line.asset if line.asset_type == "item_discount_group" else ""
    if group:
        who += f", item discount group {group}"
    least = text_of(line.minimum_quantity)
    of_unit = f" {line.unit}" if line.unit else ""
    since = f", from {least}{of_unit}" if line.minimum_quantity > 0 else ""
    if line.origin == "price_list":
        place = f"Price list {line.list}, line {line.line}"
    else:
        place = "Sales price" if line.origin == "sales_price" else "Sales line discount"
    return PriceSource(
        kind=_KINDS[line.origin],  # type: ignore[arg-type]  # its values are the literals
        list=line.list,
        line=line.line,
        applies_to=str(line.source_type),
        applies_to_code=line.source,
        minimum_quantity=least,
        minimum_quantity_unit=line.unit,
        item_discount_group=group,
        text=f"{place}: {who}{since}",
    )


def card_source(kind: str, number: str) -> PriceSource:
    text = f"{kind.capitalize()} card {number}"
    return PriceSource("item_card" if kind == "item" else "resource_card", "", "", "", "", "0", "", "", text)


def financials_source() -> PriceSource:
    return PriceSource("financials", "", "", "", "", "0", "", "", "Financials' own pricing")


def not_tracked(kind: str, type: str) -> str:
    if kind == "resource":
        return "Resource: Financials keeps no stock of it."
    return f"{type or 'Non-Inventory'} item: Financials keeps no stock of it."


def why_available(
    *,
    unit: str,
    available: str,
    on_hand: str,
    reserved: str,
    on_the_way: Sequence[Supply],
    wanted: Decimal,
    sufficient: bool,
    available_from: str | None,
) -> str:
    less = f" less {reserved} on sales orders" if reserved != "0" else ""
    parts = [f"{available} {unit} available: {on_hand} on hand{less}."]
    if sufficient:
        return parts[0]
    if available_from is not None:
        parts.append(f"{text_of(wanted)} {unit} from {available_from}.")
    else:
        parts.append(f"Nothing that is expected makes it {text_of(wanted)} {unit}.")
    overdue = sum((Decimal(supply.quantity) for supply in on_the_way if supply.overdue), Decimal(0))
    if overdue:
        parts.append(f"{text_of(overdue)} {unit} on the way are overdue and not counted.")
    undated = sum((Decimal(supply.quantity) for supply in on_the_way if supply.date is None), Decimal(0))
    if undated:
        parts.append(f"{text_of(undated)} {unit} on the way have no date and are not counted.")
    return " ".join(parts)


def product_not_coupled() -> Note:
    return Note("product_not_coupled", "This product of Sales is not coupled with an item or resource of Financials.")


def product_not_found(kind: str, number: str) -> Note:
    return Note("product_not_found", f"Financials has no {kind} {number}.")


def unit_not_coupled() -> Note:
    return Note("unit_not_coupled", "This unit of Sales is not coupled with a unit of measure of Financials.")


def unit_unknown(kind: str, number: str, unit: str) -> Note:
    return Note(
        "unit_unknown", f"{kind.capitalize()} {number} has no unit of measure {unit or '(blank)'} in Financials."
    )


def variant_unknown(number: str, variant: str) -> Note:
    return Note("variant_unknown", f"Item {number} has no variant {variant} in Financials.")


def product_blocked(kind: str, number: str) -> Note:
    return Note("product_blocked", f"{kind.capitalize()} {number} is blocked for sale in Financials.")


def all_variants() -> Note:
    return Note("all_variants", "No variant was given: quantities are those of all variants together.")


def customer_not_coupled() -> Note:
    return Note("customer_not_coupled", "This account of Sales is not coupled with a customer of Financials.")


def customer_not_found(number: str) -> Note:
    return Note("customer_not_found", f"Financials has no customer {number}.")


def customer_blocked(number: str, how: str) -> Note:
    return Note("customer_blocked", f"Customer {number} is blocked in Financials ({how}).")


def currency_not_coupled() -> Note:
    return Note("currency_not_coupled", "This currency of Sales is not coupled with a currency of Financials.")


def resource_prices_not_read(number: str) -> Note:
    return Note(
        "resource_prices_not_read",
        "The price is that of the resource's card: Tandem does not read resource prices (table 201). Where "
        f"{number} has one in Financials, the order there will show that.",
    )


def missing(parts: Iterable[MissingFact]) -> list[Note]:
    """What no surface of this Financials gives."""
    return [
        Note(f"{part.fact}_missing", part.message)  # type: ignore[arg-type]  # there is a code for every fact
        for part in parts
    ]


def unknown(what: Literal["product", "unit", "availability", "price", "currency"], why: str) -> Note:
    """Something that nobody can tell now."""
    code: NoteCode = f"{what}_not_known"  # type: ignore[assignment]  # there is one for each
    return Note(code, f"The {what} cannot be told now: {why}")
