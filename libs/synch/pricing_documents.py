"""What is the same for all lines of an order, with what follows from it found once and not line by line."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct, field

from libs.synch.pricing_facts import Customer, PriceLine, Product, Source, Terms


class Document(Struct, frozen=True, dict=True):
    """Who buys, when, in which currency, on which terms."""

    customer: Customer
    """Who is billed."""
    terms: Terms
    date: str
    """ISO."""
    currency: str = ""
    """Empty for the local one."""
    campaign: str = ""
    factors: dict[tuple[bool, str | None, str], tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Of ``pricing_conversion.py``: what prices of one kind are multiplied with, and divided by."""
    group_discounts: dict[tuple[str, str], list[PriceLine]] = field(default_factory=dict)
    """By kind and discount group of products; filled as they are asked for."""

    @cached_property
    def _sources(self) -> dict[Source, str]:
        customer = self.customer
        return {
            Source.CUSTOMER: customer.number,
            Source.CUSTOMER_PRICE_GROUP: customer.price_group,
            Source.CUSTOMER_DISCOUNT_GROUP: customer.discount_group,
            Source.CAMPAIGN: self.campaign,
        }

    def admitted(self, lines: Sequence[PriceLine]) -> list[PriceLine]:
        """Those of the lines that are for this customer, currency and date."""
        if not lines:
            return []
        sources, date, currencies = self._sources, self.date, ("", self.currency)
        return [
            line
            for line in lines
            # A blank group or campaign is none, not one that is called blank.
            if (
                line.source_type is Source.ALL_CUSTOMERS
                or (line.source != "" and line.source == sources[line.source_type])
            )
            and line.currency in currencies
            and line.starting <= date
            and (not line.ending or date <= line.ending)
        ]

    def group_discounts_of(self, product: Product) -> list[PriceLine]:
        """Of the terms' lines that name no product those for its discount group or everything of its kind."""
        group = product.kind, product.discount_group
        found = self.group_discounts.get(group)
        if found is None:
            wider = product.assets[1:]
            found = self.admitted([line for asset in wider for line in self.terms.group_discounts_for(asset)])
            self.group_discounts[group] = found
        return found
