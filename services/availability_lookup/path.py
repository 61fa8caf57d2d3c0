"""One order's path: rows of Sales to numbers, everything that is missing in one question, an answer line by line."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec import UNSET, UnsetType

from libs.synch.pricing import Customer, Product
from services.availability_lookup.answered import Note
from services.availability_lookup.asked import LineAsked, OrderAsked, quantity_of
from services.availability_lookup.cache import Key
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of
from services.availability_lookup.domain.known import (
    NOBODY,
    Circumstances,
    Known,
    LineFacts,
    Maybe,
    ProductFacts,
    Unknown,
)
from services.availability_lookup.domain.lines import Line, answer_lines, unit_of
from services.availability_lookup.facts import (
    COMPANY,
    CUSTOMER,
    OWN_LINES,
    PRICE_LINES,
    PRODUCT,
    RESOLVED,
    SIDE_OF,
    STOCK,
    Facts,
    Obtained,
)
from services.availability_lookup.financials_facts import ENDED, Buyer
from services.availability_lookup.outages import told
from services.availability_lookup.sources import FORMER_DAYS, asked_price_key

_KIND_OF = {"Item": "item", "Resource": "resource"}
_NOT_ASKED = Unknown("")


class Path:
    """What is found out for one order, step by step."""

    def __init__(
        self, facts: Facts, order: OrderAsked, until: float, today: str, *, prices: bool, stocks: bool
    ) -> None:
        self.found = Obtained()
        self.today = today
        self.date = order.date.isoformat() if not isinstance(order.date, UnsetType) else today
        self.buyer_number = ""
        self._ended = (ENDED,) if self.date < (date.fromisoformat(today) - FORMER_DAYS).isoformat() else ()
        """What the names of keys for price lines end with."""
        self._company = Key(COMPANY, self._ended)
        self._facts = facts
        self._order = order
        self._until = until
        self._prices = prices
        self._stocks = stocks
        self._campaign = order.campaign.upper()
        self._customer: Maybe[Customer] | Note = Known(NOBODY, "")
        self._payer = ""
        self._currency: str | Note = ""
        self._notes: list[Note] = []
        self._products: list[tuple[str, str] | Note | Unknown] = []
        self._units: list[Maybe[str] | Note] = []
        self._asked: dict[int, Key] = {}

    # From rows of Sales to numbers ---------------------------------------------------------------------------

    async def resolve(self) -> None:
        order = self._order
        keys: dict[Key, None] = {}
        for line in order.lines:
            for table, row in (("product", line.product_id), ("uom", line.unit_id)):
                if row is not UNSET:
                    keys[_ref(table, row)] = None
        customer = order.customer
        if not isinstance(customer, UnsetType) and customer.account_id is not UNSET:
            keys[_ref("account", customer.account_id)] = None
        if order.currency_id is not UNSET and self._prices:
            keys[_ref("transactioncurrency", order.currency_id)] = None
        if keys:
            self.found.add(await self._facts.obtain(keys, self._until))
        for line in order.lines:
            self._products.append(self._product(line))
            self._units.append(self._unit(line))
        if not isinstance(customer, UnsetType):
            self._resolve_customer(customer.account_id, customer.number)

    def _resolve_customer(self, account: str | UnsetType, number: str | UnsetType) -> None:
        if not isinstance(account, UnsetType):
            named = self._resolved("account", account, ("Customer",), reasons.customer_not_coupled())
            if isinstance(named, tuple):
                self.buyer_number = named[1]
            else:
                self._customer = named
        elif not isinstance(number, UnsetType):
            self.buyer_number = number.upper()

    def _product(self, line: LineAsked) -> tuple[str, str] | Note | Unknown:
        if not isinstance(line.item, UnsetType):
            return "item", line.item.upper()
        if not isinstance(line.resource, UnsetType):
            return "resource", line.resource.upper()
        named = self._resolved("product", str(line.product_id), tuple(_KIND_OF), reasons.product_not_coupled())
        return (_KIND_OF[named[0]], named[1]) if isinstance(named, tuple) else named

    def _unit(self, line: LineAsked) -> Maybe[str] | Note:
        if isinstance(line.unit_id, UnsetType):
            return Known(line.unit.upper(), "")
        named = self._resolved("uom", line.unit_id, (), reasons.unit_not_coupled())
        # Units of single items have a key of several parts; the code is the last one.
        return Known(named[1].rpartition(";")[2], "") if isinstance(named, tuple) else named

    def _resolved(
        self, table: str, row: str, tables: tuple[str, ...], otherwise: Note
    ) -> tuple[str, str] | Note | Unknown:
        """Table and key in Financials of a row of Sales."""
        key = _ref(table, row)
        fact = self.found.facts.get(key)
        if fact is None:
            return Unknown(self._why(key))
        return next((record for record in fact.value or () if not tables or record[0] in tables), otherwise)

    # Facts ---------------------------------------------------------------------------------------------------

    async def gather(self) -> None:
        """Ask for everything at once; only a customer that turns out to be billed to another leads to a second look."""
        keys: dict[Key, None] = {}
        products = self._distinct()
        payer = ""
        if self._prices:
            keys[self._company] = None
            if self.buyer_number:
                buyer = Key(CUSTOMER, (self.buyer_number,))
                keys[buyer] = None
                known = self._facts.cache.get(buyer)
                payer = known.value.bill_to if known is not None and known.value is not None else self.buyer_number
                keys[Key(CUSTOMER, (payer,))] = None
        for product in products:
            keys[Key(PRODUCT, product)] = None
            if self._prices:
                keys[self._lines_of(product)] = None
                if payer:
                    keys[self._own_lines_of(payer, product)] = None
            if self._stocks and product[0] == "item":
                keys[Key(STOCK, (product[1],))] = None
        if not products:
            keys = {key: None for key in keys if key.kind in (CUSTOMER,)}
        self.found.add(await self._facts.obtain(keys, self._until))
        if self._prices:
            if self.buyer_number:
                await self._find_payer(payer, products)
            self._find_currency()

    async def _find_payer(self, payer: str, products: Iterable[tuple[str, str]]) -> None:
        buyer: Maybe[Buyer | None] = self._known(Key(CUSTOMER, (self.buyer_number,)))
        if isinstance(buyer, Unknown):
            self._customer = buyer
            return
        if buyer.value is None:
            self._customer = reasons.customer_not_found(self.buyer_number)
            return
        self._payer = buyer.value.bill_to
        if self._payer != payer:
            keys = [Key(CUSTOMER, (self._payer,)), *(self._own_lines_of(self._payer, product) for product in products)]
            self.found.add(await self._facts.obtain(keys, self._until))
        paying: Maybe[Buyer | None] = self._known(Key(CUSTOMER, (self._payer,)))
        if isinstance(paying, Unknown):
            self._customer = paying
        elif paying.value is None:
            self._customer = reasons.customer_not_found(self._payer)
        else:
            self._customer = Known(paying.value.customer, min(paying.as_of, buyer.as_of), paying.stale or buyer.stale)
            for number, customer in {self.buyer_number: buyer.value, self._payer: paying.value}.items():
                if customer.customer.blocked:
                    self._notes.append(reasons.customer_blocked(number, customer.customer.blocked))

    def _find_currency(self) -> None:
        order = self._order
        terms = self._known(self._company)
        if not isinstance(order.currency_id, UnsetType):
            named = self._resolved(
                "transactioncurrency", order.currency_id, ("Currency",), reasons.currency_not_coupled()
            )
            if isinstance(named, Unknown):
                self._currency = reasons.unknown("currency", named.why)
            else:
                self._currency = named[1] if isinstance(named, tuple) else named
        elif order.currency:
            self._currency = order.currency.upper()
        elif isinstance(self._customer, Known):
            self._currency = self._customer.value.currency
        if isinstance(self._currency, str) and isinstance(terms, Known) and terms.value is not None:
            self._currency = terms.value.currency_code(self._currency)

    async def ask_prices(self) -> None:
        """Let Financials price what is known well enough to be asked."""
        if not isinstance(self._customer, Known) or not self.buyer_number or isinstance(self._currency, Note):
            return
        for place, line in enumerate(self._order.lines):
            named, unit = self._products[place], self._units[place]
            if not isinstance(named, tuple) or not isinstance(unit, Known):
                continue
            card: Maybe[Product | None] = self._known(Key(PRODUCT, named))
            if isinstance(card, Known) and card.value is not None:
                self._asked[place] = asked_price_key(
                    self.buyer_number,
                    self._currency,
                    self.date,
                    self._campaign,
                    {
                        "kind": named[0],
                        "number": named[1],
                        "variant": line.variant.upper(),
                        "unit": unit_of(card.value, unit.value),
                        "quantity": text_of(quantity_of(line.quantity)),
                    },
                )
        self.found.add(await self._facts.obtain(dict.fromkeys(self._asked.values()), self._until))

    # The answer ----------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        order = Circumstances(
            today=self.today,
            date=self.date,
            location=self._order.location.upper(),
            campaign=self._campaign,
            per_location=self._order.per_location,
            prices=self._prices,
            stocks=self._stocks,
            customer=self._customer,
            currency=self._currency,
            terms=self._known(self._company) if self._prices else _NOT_ASKED,
        )
        products = {product: self._about(*product) for product in self._distinct()}
        lines = []
        for place, line in enumerate(self._order.lines):
            named, asked = self._products[place], self._asked.get(place)
            lines.append(
                LineFacts(
                    id=line.id,
                    quantity=quantity_of(line.quantity),
                    product=products[named] if isinstance(named, tuple) else named,
                    unit=self._units[place],
                    variant=line.variant.upper(),
                    asked=self._known(asked) if asked is not None else None,
                )
            )
        return answer_lines(lines, order)

    def _distinct(self) -> Iterable[tuple[str, str]]:
        return dict.fromkeys(product for product in self._products if isinstance(product, tuple))

    def _about(self, kind: str, number: str) -> ProductFacts:
        product = kind, number
        return ProductFacts(
            kind=kind,
            number=number,
            card=self._known(Key(PRODUCT, product)),
            price_lines=self._known(self._lines_of(product)) if self._prices else _NOT_ASKED,
            own_lines=self._known(self._own_lines_of(self._payer, product)) if self._payer else Known((), ""),
            stock=self._known(Key(STOCK, (number,))) if self._stocks and kind == "item" else _NOT_ASKED,
        )

    def _lines_of(self, product: tuple[str, str]) -> Key:
        return Key(PRICE_LINES, (*product, *self._ended))

    def _own_lines_of(self, customer: str, product: tuple[str, str]) -> Key:
        return Key(OWN_LINES, (customer, *product, *self._ended))

    def _known(self, key: Key) -> Maybe[Any]:
        fact = self.found.facts.get(key)
        if fact is None:
            return Unknown(self._why(key))
        return Known(fact.value, fact.as_of, key in self.found.stale, fact.missing)

    def _why(self, key: Key) -> str:
        return told(SIDE_OF[key.kind], self.found.failure(key))[1]

    def currency_shown(self) -> str:
        if isinstance(self._currency, Note) or not self._prices:
            return ""
        terms = self._known(self._company)
        local = terms.value.local_currency if isinstance(terms, Known) and terms.value is not None else ""
        return self._currency or local

    def warnings(self, now: float) -> list[Note]:
        found = list(self._notes)
        age = max((now - self.found.facts[key].at for key in self.found.stale), default=0.0)
        if isinstance(self._customer, Note):
            found.append(self._customer)
        if isinstance(self._currency, Note):
            found.append(self._currency)
        for side, error in self.found.failures.items():
            code, words = told(side, error)
            if self.found.stale:
                words += f" Figures marked as stale are up to {_span(age)} old."
            found.append(Note(code, words))
        return found


def _ref(table: str, row: str | UnsetType) -> Key:
    return Key(RESOLVED, (table, str(row).lower()))


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{round(seconds)} seconds"
    return f"{round(seconds / 60)} minutes"
