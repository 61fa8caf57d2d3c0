"""Events that make facts old before their time; every replica hears each of them."""

from libs.contracts.item_availability import ItemLedgerRead
from libs.contracts.pages import PageSynchronized
from libs.messaging.handling import Listeners
from services.availability_lookup.cache import Key
from services.availability_lookup.facts import (
    ASKED_PRICE,
    COMPANY,
    CUSTOMER,
    OWN_LINES,
    PRICE_LINES,
    PRODUCT,
    RESOLVED,
    STOCK,
    Facts,
)

_PRICES = (PRICE_LINES, OWN_LINES, COMPANY, ASKED_PRICE)
KINDS_OF_MAPPING: dict[str, tuple[str, ...]] = {
    "CUSTOMER": (RESOLVED, CUSTOMER, ASKED_PRICE),
    "ITEM-PRODUCT": (RESOLVED, PRODUCT, ASKED_PRICE),
    "RESOURCE-PRODUCT": (RESOLVED, PRODUCT, ASKED_PRICE),
    "UNIT OF MEASURE": (RESOLVED, PRODUCT),
    "CURRENCY": (RESOLVED, COMPANY, ASKED_PRICE),
    "CUSTPRCGRP-PRICE": _PRICES,
    "SALESPRC-PRODPRICE": _PRICES,
}
"""Mapping -> kinds of facts that a synchronized page of it may have changed."""


def listeners(facts: Facts) -> Listeners:
    """Event -> what it makes old."""

    async def on_item_ledger_read(event: ItemLedgerRead) -> None:
        if event.restarted:
            facts.expire_kinds((STOCK,))
        elif event.items:
            facts.expire([Key(STOCK, (item,)) for item in event.items])

    async def on_page_synchronized(event: PageSynchronized) -> None:
        kinds = KINDS_OF_MAPPING.get(event.page.mapping)
        tally = event.counters
        if kinds and (tally.inserted or tally.modified or tally.deleted or tally.coupled or tally.uncoupled):
            facts.expire_kinds(kinds)

    return {ItemLedgerRead: on_item_ledger_read, PageSynchronized: on_page_synchronized}
