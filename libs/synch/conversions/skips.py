"""Records that a mapping leaves out, with the reason; decided from a few of their fields."""

from collections.abc import Callable, Mapping
from typing import Any

from libs.contracts.failures import Failure
from libs.contracts.setup import MappingContext
from libs.synch import failures
from libs.synch.lookups import Lookups
from libs.synch.values import code, rounded

SkipRule = Callable[[tuple[Any, ...], Lookups, MappingContext], Failure | None]


def contact_without_customer(fields: tuple[Any, ...], lookups: Lookups, context: MappingContext) -> Failure | None:
    """Fields: Customer No."""
    return None if code(fields[0]) else failures.no_customer()


def price_beyond_sales(fields: tuple[Any, ...], lookups: Lookups, context: MappingContext) -> Failure | None:
    """Fields: Minimum Quantity, Starting Date, Ending Date, Variant Code, Currency Code, Unit of Measure Code,
    Item No., Sales Code."""
    minimum, starting, ending, variant, currency, unit, item, group = fields
    if minimum not in (None, "", "0", 0) and float(rounded(minimum, 5) or 0) > 1:
        return failures.price_beyond_sales("it applies from a minimum quantity on", "Minimum Quantity")
    if starting or ending:
        return failures.price_beyond_sales("it has a starting or ending date", "Starting Date")
    if code(variant):
        return failures.price_beyond_sales("it is for a variant of the item", "Variant Code")
    price_list = lookups.of_key("CUSTPRCGRP-PRICE", code(group))
    if price_list is not None:
        expected = code(price_list.facts.get("First Line Currency Code"))
        if code(currency) != expected:
            return failures.price_beyond_sales(
                f"it is in {code(currency) or 'the local currency'} and its price list is in "
                f"{expected or 'the local currency'}",
                "Currency Code",
            )
    product = lookups.of_key("ITEM-PRODUCT", code(item))
    if product is not None and code(unit):
        base = code(product.facts.get("Base Unit of Measure"))
        if code(unit) != base:
            return failures.price_beyond_sales(
                f"it is per {code(unit)} and the product's unit is {base}", "Unit of Measure Code"
            )
    return None


SKIP_RULES: Mapping[str, SkipRule] = {
    "contact_without_customer": contact_without_customer,
    "price_beyond_sales": price_beyond_sales,
}
