"""One order's path: rows of Sales to numbers, everything that is missing in one question, an answer line by line."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import UNSET, UnsetType

from libs.runtime.clock import Clock
from libs.runtime.errors import Permanent, TandemError, Throttled
from libs.synch.pricing import Customer, Product
from services.availability_lookup.api import (
    CustomerFound,
    LineAsked,
    Note,
    OrderAnswered,
    OrderAsked,
    quantity_of,
)
from services.availability_lookup.cache import Key
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of
from services.availability_lookup.domain.lines import (
    NOBODY,
    AskedPrice,
    Circumstances,
    Known,
    Line,
    LineFacts,
    Maybe,
    Unknown,
    answer_line,
    unit_of,
)
from services.availability_lookup.facts import (
    COMPANY,
    CUSTOMER,
    OWN_LINES,
    PRICE_LINES,
    PRICES,
    PRODUCT,
    REGISTRY,
    RESOLVED,
    SIDE_OF,
    STOCK,
    Facts,
    Obtained,
)
from services.availability_lookup.sources import Buyer, asked_price_key

_COMPANY = Key(COMPANY, ())
_KIND_OF = {"Item": "item", "Resource": "resource"}
_NAMES = {REGISTRY: "The coupling registry", PRICES: "Financials' own pricing"}
_SLOW = ("lookup.slow", "request.timed_out")


class Unanswerable(Exception):
    """Nothing at all can be told now, since nobody who knows answers."""

    def __init__(self, code: str, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answered:
    answer: OrderAnswered
    at: float
    """When the oldest fact was read, on the monotonic clock."""
    valid_until: float
    """Until when it may be repeated as it is, on the monotonic clock; 0: not at all."""
    epoch: int


class Orders:
    def __init__(self, facts: Facts, clock: Clock, today: Callable[[], str], *, ask_prices: bool) -> None:
        self._facts = facts
        self._clock = clock
        self._today = today
        self._ask_prices = ask_prices

    async def answer(self, order: OrderAsked, until: float, *, prices: bool = True, stocks: bool = True) -> Answered:
        """Everything that can be told before ``until``. Raises :class:`Unanswerable` when that is nothing."""
        epoch, path = await self._gone(order, until, prices=prices, stocks=stocks)
        lines = path.lines()
        found = path.found
        if lines and all(line.unanswered for line in lines):
            code, words = told(*next(iter(found.failures.items())))
            raise Unanswerable(code, words, max(1.0, self._facts.retry_after()))
        oldest = min(found.facts.values(), key=lambda fact: fact.at, default=None)
        now = self._clock.monotonic()
        at = min(oldest.at, now) if oldest is not None else now
        answer = OrderAnswered(
            as_of=oldest.as_of if oldest is not None else "",
            age_seconds=round(now - at, 3),
            stale=bool(found.stale),
            warnings=path.warnings(now - at),
            customer=CustomerFound(path.buyer_number) if path.buyer_number else None,
            currency=path.currency_shown(),
            date=path.date,
            lines=[line.answer for line in lines],
        )
        return Answered(answer, at, self._facts.valid_until(found), epoch)

    async def _gone(self, order: OrderAsked, until: float, *, prices: bool, stocks: bool) -> tuple[int, "_Path"]:
        """The path gone to its end; once more when another company was connected on the way, which mixes nothing."""
        while True:
            epoch, company = self._facts.current_epoch(), self._facts.company
            path = _Path(self._facts, order, until, self._today(), prices=prices, stocks=stocks)
            await path.resolve()
            await path.gather()
            if self._ask_prices and prices:
                await path.ask_prices()
            if company == self._facts.company:
                return epoch, path


def told(side: str, error: TandemError) -> tuple[str, str]:
    """Code and words for a salesperson; what an administrator needs is in the log of the service that failed."""
    who = _NAMES.get(side, "Financials")
    if error.code in _SLOW:
        return f"{side}_slow", f"{who} did not answer in time."
    if isinstance(error, Throttled):
        return f"{side}_throttled", f"{who} is asked too much and wants a pause."
    if isinstance(error, Permanent):
        return f"{side}_refused", f"{who} refuses the question; an administrator has to look at the connection."
    return f"{side}_unreachable", f"{who} cannot be reached."


class _Path:
    """What is found out for one order, step by step."""

    def __init__(
        self, facts: Facts, order: OrderAsked, until: float, today: str, *, prices: bool, stocks: bool
    ) -> None:
        self.found = Obtained()
        self.today = today
        self.date = order.date.isoformat() if not isinstance(order.date, UnsetType) else today
        self.buyer_number = ""
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
        products = dict.fromkeys(product for product in self._products if isinstance(product, tuple))
        payer = ""
        if self._prices:
            keys[_COMPANY] = None
            if self.buyer_number:
                buyer = Key(CUSTOMER, (self.buyer_number,))
                keys[buyer] = None
                known = self._facts.cache.get(buyer)
                payer = known.value.bill_to if known is not None and known.value is not None else self.buyer_number
                keys[Key(CUSTOMER, (payer,))] = None
        for product in products:
            keys[Key(PRODUCT, product)] = None
            if self._prices:
                keys[Key(PRICE_LINES, product)] = None
                if payer:
                    keys[Key(OWN_LINES, (payer, *product))] = None
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
            keys = [Key(CUSTOMER, (self._payer,)), *(Key(OWN_LINES, (self._payer, *product)) for product in products)]
            self.found.add(await self._facts.obtain(keys, self._until))
        paying: Maybe[Buyer | None] = self._known(Key(CUSTOMER, (self._payer,)))
        if isinstance(paying, Unknown):
            self._customer = paying
        elif paying.value is None:
            self._customer = reasons.customer_not_found(self._payer)
        else:
            self._customer = Known(paying.value.customer, min(paying.as_of, buyer.as_of), paying.stale or buyer.stale)
            if buyer.value.customer.blocked:
                self._notes.append(reasons.customer_blocked(self.buyer_number, buyer.value.customer.blocked))

    def _find_currency(self) -> None:
        order = self._order
        terms = self._known(_COMPANY)
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
            terms=self._known(_COMPANY) if self._prices else Unknown(""),
        )
        return [answer_line(self._line(place, line), order) for place, line in enumerate(self._order.lines)]

    def _line(self, place: int, line: LineAsked) -> LineFacts:
        named, quantity = self._products[place], quantity_of(line.quantity)
        if not isinstance(named, tuple):
            return LineFacts(line.id, quantity, named, unit=self._units[place])
        return LineFacts(
            id=line.id,
            quantity=quantity,
            product=self._known(Key(PRODUCT, named)),
            kind=named[0],
            number=named[1],
            variant=line.variant.upper(),
            unit=self._units[place],
            price_lines=self._known(Key(PRICE_LINES, named)) if self._prices else Unknown(""),
            own_lines=self._known(Key(OWN_LINES, (self._payer, *named))) if self._payer else Known((), ""),
            stock=self._known(Key(STOCK, (named[1],))) if self._stocks and named[0] == "item" else Unknown(""),
            asked=self._asked_price(place),
        )

    def _asked_price(self, place: int) -> Maybe[AskedPrice] | None:
        key = self._asked.get(place)
        return self._known(key) if key is not None else None

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
        terms = self._known(_COMPANY)
        local = terms.value.local_currency if isinstance(terms, Known) and terms.value is not None else ""
        return self._currency or local

    def warnings(self, age: float) -> list[Note]:
        found = list(self._notes)
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
