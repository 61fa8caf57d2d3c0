"""What a price rests on, parsed once from the facts that Financials gave: cards, customers, lines, rates, VAT.

The shapes come from ``libs/contracts/lookup_facts.py``; amounts are exact decimals here, dates stay ISO text (which
compares as dates do; empty means open).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct, convert

from libs.contracts.lookup_facts import CompanyFacts, CustomerFacts, PriceLineData, ProductFacts


class Source(StrEnum):
    """Whom a price line is for, in the order of Financials' own source types."""

    CUSTOMER = "customer"
    CUSTOMER_PRICE_GROUP = "customer_price_group"
    CUSTOMER_DISCOUNT_GROUP = "customer_discount_group"
    ALL_CUSTOMERS = "all_customers"
    CAMPAIGN = "campaign"


class Asset(StrEnum):
    """What a price line is for."""

    ITEM = "item"
    RESOURCE = "resource"
    ITEM_DISCOUNT_GROUP = "item_discount_group"


class Amount(StrEnum):
    """What a price line sets."""

    PRICE = "price"
    DISCOUNT = "discount"
    ANY = "any"


_SOURCE_ORDER = {source: place for place, source in enumerate(Source)}


class PriceLine(Struct, frozen=True):
    """A price, a discount, or both, and for whom, what and when it holds."""

    origin: str
    list: str
    line: str
    source_type: Source
    source: str
    asset_type: Asset
    asset: str
    variant: str = ""
    unit: str = ""
    currency: str = ""
    minimum_quantity: Decimal = Decimal(0)
    amount: Amount = Amount.PRICE
    unit_price: Decimal = Decimal(0)
    line_discount: Decimal = Decimal(0)
    """Percent."""
    starting: str = ""
    ending: str = ""
    allow_line_discount: bool = True
    price_includes_vat: bool = False
    vat_business_group: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """Place among its like by the primary key of its table; of two equally good lines the first one counts."""
        if self.list:
            return (self.list, int(self.line or 0))
        return (
            self.asset_type,
            self.asset,
            _SOURCE_ORDER[self.source_type],
            self.source,
            self.starting,
            self.currency,
            self.variant,
            self.unit,
            self.minimum_quantity,
        )


@dataclass(frozen=True, slots=True)
class Product:
    """An item's or a resource's card."""

    kind: str
    number: str
    type: str = "Inventory"
    base_unit: str = ""
    sales_unit: str = ""
    units: Mapping[str, Decimal] = field(default_factory=dict)
    """Unit code -> quantity in base units."""
    variants: frozenset[str] = frozenset()
    unit_price: Decimal = Decimal(0)
    price_includes_vat: bool = False
    price_vat_business_group: str = ""
    vat_product_group: str = ""
    discount_group: str = ""
    blocked: bool = False

    @property
    def assets(self) -> Sequence[tuple[str, str]]:
        """Type and number of what lines for it may name: itself first, everything of its kind, its discount group."""
        if self.kind == "item" and self.discount_group:
            return (self.kind, self.number), (self.kind, ""), (Asset.ITEM_DISCOUNT_GROUP, self.discount_group)
        return (self.kind, self.number), (self.kind, "")


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is billed. Prices and discounts are those of the bill-to customer."""

    number: str
    price_group: str = ""
    discount_group: str = ""
    currency: str = ""
    prices_include_vat: bool = False
    allow_line_discount: bool = True
    vat_business_group: str = ""
    location: str = ""
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Precision:
    """Smallest steps of a currency."""

    unit_amount: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """From ``starting`` on, ``amount`` of the currency is worth ``local_amount`` of the relational currency."""

    starting: str
    amount: Decimal
    local_amount: Decimal
    relational_currency: str = ""
    """Empty: the local currency."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What all prices of the company rest on. The local currency has the empty code."""

    local_currency: str
    classic: bool = False
    """Prices are kept as sales prices and sales line discounts instead of in price lists."""
    precisions: Mapping[str, Precision] = field(default_factory=dict)
    rates: Mapping[str, Sequence[Rate]] = field(default_factory=dict)
    """Currency -> its rates, newest first."""
    vat: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """(business group, product group) -> percent."""
    group_discounts: Sequence[PriceLine] = ()
    """Lines that name no product of their own, except those of single customers."""
    _by_asset: Mapping[tuple[str, str], Sequence[PriceLine]] = field(init=False, repr=False, compare=False)
    _last_rates: dict[tuple[str, str], list[Rate] | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """The last answer of :meth:`rates_to_local`: all lines of a document ask the same."""

    def __post_init__(self) -> None:
        by_asset: dict[tuple[str, str], list[PriceLine]] = {}
        for line in self.group_discounts:
            by_asset.setdefault((line.asset_type, line.asset), []).append(line)
        object.__setattr__(self, "_by_asset", by_asset)

    @classmethod
    def of(cls, facts: CompanyFacts) -> "Terms":
        rates: dict[str, list[Rate]] = {}
        for row in facts["rates"]:
            rate = Rate(
                starting=row["starting"],
                amount=Decimal(row["amount"]),
                local_amount=Decimal(row["local_amount"]),
                relational_currency=row.get("relational_currency", ""),
            )
            rates.setdefault(row["currency"], []).append(rate)
        for series in rates.values():
            series.sort(key=lambda rate: rate.starting, reverse=True)
        return cls(
            local_currency=facts["local_currency"],
            classic=facts.get("classic", False),
            precisions={
                row["code"]: Precision(Decimal(row["unit_amount_precision"]), Decimal(row["amount_precision"]))
                for row in facts["currencies"]
            },
            rates=rates,
            vat={(row["business_group"], row["product_group"]): Decimal(row["percent"]) for row in facts["vat"]},
            group_discounts=tuple(price_lines_of(facts["group_discounts"])),
        )

    def group_discounts_for(self, asset: tuple[str, str]) -> Sequence[PriceLine]:
        """Those for a discount group of items, or for everything of a kind."""
        return self._by_asset.get(asset, ())

    def currency_code(self, code: str) -> str:
        """The code as documents hold it: empty for the local currency, however it was written."""
        return "" if code == self.local_currency else code

    def rates_to_local(self, currency: str, date: str) -> list[Rate] | None:
        """The rates that lead from ``currency`` to the local one on ``date``; None where one is missing."""
        asked = currency, date
        if asked not in self._last_rates:
            self._last_rates.clear()
            self._last_rates[asked] = self._rates_to_local(currency, date)
        return self._last_rates[asked]

    def _rates_to_local(self, currency: str, date: str) -> list[Rate] | None:
        chain: list[Rate] = []
        passed: set[str] = set()
        while currency and currency not in passed:
            passed.add(currency)
            rate = next((rate for rate in self.rates.get(currency, ()) if rate.starting <= date), None)
            if rate is None or not rate.amount or not rate.local_amount:
                return None
            chain.append(rate)
            currency = self.currency_code(rate.relational_currency)
        return chain


def price_lines_of(rows: Sequence[PriceLineData]) -> list[PriceLine]:
    """The rows, parsed all at once: field by field it takes three times as long."""
    return convert(rows, list[PriceLine])


def products_of(facts: Sequence[ProductFacts]) -> list[Product]:
    return convert(facts, list[Product])


def customers_of(facts: Sequence[CustomerFacts]) -> list[Customer]:
    return convert(facts, list[Customer])
