"""One question to Financials for many keys, and its answer as facts, parsed once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from libs.contracts.lookup_facts import ProductRef
from libs.contracts.lookups import LookedUpFacts, LookUpFacts, MissingFact
from libs.synch.pricing import Customer, PriceLine, Product, Terms
from libs.synch.pricing_facts import customers_of, price_lines_of, products_of
from services.availability_lookup.cache import Key
from services.availability_lookup.domain.stock import Stock, stock_of
from services.availability_lookup.facts import COMPANY, CUSTOMER, OWN_LINES, PRICE_LINES, PRODUCT, STOCK

_LINE_BYTES, _ROW_BYTES = 900, 600
ENDED = "ended"
"""Last part of a key's name: price lines with those that ended, for orders of former days. No number is in small
letters."""
_GROUP = "item_discount_group"
MISSING_OF = {
    PRICE_LINES: ("price_lines", "discounts"),
    PRODUCT: ("units", "variants"),
    COMPANY: ("vat",),
    STOCK: ("stock", "locations", "supply_dates"),
}
"""Kind of fact -> what may be missing of it."""
_OF_LINES = (PRICE_LINES, OWN_LINES, COMPANY)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer, and who pays: prices are the payer's."""

    number: str
    bill_to: str
    customer: Customer


def question_for(keys: Iterable[Key], seconds: float, ended_before: str = "") -> LookUpFacts:
    """``ended_before``: day from which on price lines must hold, unless one of the keys wants those that ended too."""
    customers: list[str] = []
    products: list[ProductRef] = []
    prices: list[ProductRef] = []
    own: dict[str, list[ProductRef]] = {}
    stock: list[str] = []
    company = False
    for key in keys:
        kind, whole = key.kind, key.name
        name = whole
        if kind in _OF_LINES and whole and whole[-1] == ENDED:
            ended_before, name = "", whole[:-1]
        if kind == CUSTOMER:
            customers.append(name[0])
        elif kind == PRODUCT:
            products.append(_product_ref(name))
        elif kind == PRICE_LINES:
            prices.append(_product_ref(name))
        elif kind == OWN_LINES:
            own.setdefault(name[0], []).append(_product_ref(name[1:]))
        elif kind == STOCK:
            stock.append(name[0])
        else:
            company = True
    return LookUpFacts(
        customers=customers,
        products=products,
        prices=prices,
        customer_prices=own,
        stock=stock,
        company=company,
        ended_before=ended_before,
        within=seconds,
    )


def _product_ref(name: Sequence[str]) -> ProductRef:
    kind, number = name
    return {"kind": kind, "number": number}  # type: ignore[typeddict-item]  # the API's own words


def values_of(reply: LookedUpFacts, keys: Sequence[Key]) -> dict[Key, tuple[Any, int]]:
    """Key -> value and its size; also for customers that nobody asked for, since they pay for others."""
    payers = {facts["number"]: facts["bill_to"] for facts in reply.customers}
    found: dict[Key, tuple[Any, int]] = {
        Key(CUSTOMER, (customer.number,)): (Buyer(customer.number, payers[customer.number], customer), 1200)
        for customer in customers_of(reply.customers)
    }
    products: dict[tuple[str, ...], Product] = {
        (product.kind, product.number): product for product in products_of(reply.products)
    }
    common: dict[tuple[str, ...], list[PriceLine]] = {}
    own: dict[str, dict[tuple[str, str], list[PriceLine]]] = {}
    for line in price_lines_of(reply.price_lines):
        if line.source_type == "customer":
            own.setdefault(line.source, {}).setdefault(_aim(line), []).append(line)
        else:
            common.setdefault((line.asset_type, line.asset), []).append(line)
    stock: dict[str, list[Stock]] = {}
    for row in stock_of(reply.stock):
        stock.setdefault(row.item, []).append(row)
    for key in keys:
        kind, name = key.kind, key.name
        if kind == PRODUCT:
            product = products.get(name)
            size = 1500 + 150 * (len(product.units) + len(product.variants)) if product else 0
            found[key] = product, size
        elif kind == PRICE_LINES:
            lines = tuple(common.get(name[:2], ()))
            found[key] = lines, _LINE_BYTES * len(lines)
        elif kind == OWN_LINES:
            lines = _may_be_for(own.get(name[0]), name[1], name[2])
            found[key] = lines, _LINE_BYTES * len(lines)
            payer = payers.get(name[0]) or name[0]
            if payer != name[0]:
                lines = _may_be_for(own.get(payer), name[1], name[2])
                found[Key(OWN_LINES, (payer, *name[1:]))] = lines, _LINE_BYTES * len(lines)
        elif kind == STOCK:
            rows = tuple(stock.get(name[0], ()))
            found[key] = rows, sum([_ROW_BYTES + 200 * len(row.supply) for row in rows])
        elif kind == COMPANY:
            terms = Terms.of(reply.company) if reply.company is not None else None
            lines_of_company = len(terms.group_discounts) if terms else 0
            found[key] = terms, 20_000 + _LINE_BYTES * lines_of_company
        else:
            found.setdefault(key, (None, 0))
    return found


def _aim(line: PriceLine) -> tuple[str, str]:
    """What a customer's own line is for: a product, all of a kind (blank), or some group (blank too)."""
    return line.asset_type, "" if line.asset_type == _GROUP else line.asset


def _may_be_for(
    own: Mapping[tuple[str, str], Sequence[PriceLine]] | None, kind: str, number: str
) -> tuple[PriceLine, ...]:
    """A customer's own lines for the product, for all of its kind, and for groups that it may belong to."""
    if not own:
        return ()
    aims = [(kind, number), (kind, "")]
    if kind == "item":
        aims.append((_GROUP, ""))
    return tuple(line for aim in aims for line in own.get(aim, ()))


def missing_of(parts: Iterable[MissingFact], kind: str) -> tuple[MissingFact, ...]:
    return tuple(part for part in parts if part.fact in MISSING_OF[kind])
