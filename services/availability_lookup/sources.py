"""The sides that are asked: the registry, Financials and its own pricing; each answers keys with facts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from libs.contracts.couplings import ResolvedRecord, ResolveRecords, SalesRef
from libs.contracts.failures import Failure
from libs.contracts.lookups import AskPrices, PriceQuestion
from libs.dynamics.parallel import together
from libs.messaging.ports import Requester
from libs.runtime.clock import Clock
from libs.runtime.errors import Permanent, TandemError, Throttled, Unavailable
from libs.runtime.metrics import LOOKUP_QUESTIONS
from services.availability_lookup.cache import Fact, Key
from services.availability_lookup.domain.known import AskedPrice
from services.availability_lookup.facts import (
    ASKED_PRICE,
    RESOLVED,
)
from services.availability_lookup.financials_facts import MISSING_OF, missing_of, question_for, values_of

_RECORDS_AT_ONCE = 2000
FORMER_DAYS = timedelta(days=7)
"""How far back an order may be dated without needing price lines that have ended."""
ENDED_FOR = FORMER_DAYS + timedelta(days=7)
"""How long ago a line must have ended to be left out: facts are told for a while, and days differ round the world."""
REPLY_SECONDS = 1.0
"""How much longer a reply is waited for than Financials is asked: it may say why there is no answer."""
_ROW_BYTES = 600


class Company:
    """Which company each side is connected with; ``changed`` is called when one of them has moved to another."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._of: dict[str, str] = {}

    def note(self, side: str, company: str) -> bool:
        """Whether the side has moved to another company since it was heard of last."""
        before = self._of.get(side)
        self._of[side] = company
        moved = before is not None and before != company
        if moved:
            self._changed()
        return moved

    @property
    def same(self) -> bool:
        """Whether all sides, as far as they told, are connected with one company."""
        return len({company.lower() for company in self._of.values() if company}) < 2


class Registry:
    """Rows of Sales -> records of Financials."""

    def __init__(self, requester: Requester, clock: Clock, seconds: float, company: Company) -> None:
        self._requester = requester
        self._clock = clock
        self._seconds = seconds
        self._company = company

    async def ask(self, keys: Sequence[Key]) -> Mapping[Key, Fact]:
        at, as_of = self._clock.monotonic(), _text(self._clock.now())
        found: dict[Key, list[tuple[str, str]]] = {}
        for first in range(0, len(keys), _RECORDS_AT_ONCE):
            part = keys[first : first + _RECORDS_AT_ONCE]
            for record in await self._resolved([SalesRef(table=key.name[0], id=key.name[1]) for key in part]):
                found.setdefault(Key(RESOLVED, (record["table"], record["id"])), []).append(
                    (record["financials_table"], record["financials_key"])
                )
        return {
            key: Fact(tuple(found[key]) if key in found else None, at=at, as_of=as_of, fresh_until=0.0, size=_ROW_BYTES)
            for key in keys
        }

    async def look_for_company(self) -> None:
        """Note which company the couplings are of now."""
        await self._resolved([])

    async def _resolved(self, rows: list[SalesRef]) -> list[ResolvedRecord]:
        with _Counted("registry"):
            reply = await self._requester.ask(ResolveRecords(records=rows), deadline=self._seconds + REPLY_SECONDS)
        self._company.note("registry", reply.company_id)
        return reply.records


class Financials:
    """Cards, customers, prices, stock and what the whole company shares, in one request for everything."""

    def __init__(
        self, requester: Requester, clock: Clock, seconds: float, company: Company, registry: Registry
    ) -> None:
        self._requester = requester
        self._clock = clock
        self._seconds = seconds
        self._company = company
        self._registry = registry

    async def ask(self, keys: Sequence[Key]) -> Mapping[Key, Fact]:
        at = self._clock.monotonic()
        with _Counted("financials"):
            ended_before = (self._clock.now() - ENDED_FOR).date().isoformat()
            question = question_for(keys, self._seconds, ended_before)
            reply = await self._requester.ask(question, deadline=self._seconds + REPLY_SECONDS)
            if reply.failures:
                raise _error_of(reply.failures[0], reply.retry_after)
        await _same_company(self._company, self._registry, reply.company_id)
        at, as_of = _read_at(reply.as_of, at, self._clock)
        values = values_of(reply, keys)
        missing = {kind: missing_of(reply.missing, kind) for kind in MISSING_OF}
        return {
            key: Fact(value, at=at, as_of=as_of, fresh_until=0.0, size=size, missing=missing.get(key.kind, ()))
            for key, (value, size) in values.items()
        }


class FinancialsPrices:
    """Prices as Financials' own code finds them, many lines a request."""

    def __init__(
        self, requester: Requester, clock: Clock, seconds: float, company: Company, registry: Registry
    ) -> None:
        self._requester = requester
        self._clock = clock
        self._seconds = seconds
        self._company = company
        self._registry = registry

    async def ask(self, keys: Sequence[Key]) -> Mapping[Key, Fact]:
        orders: dict[tuple[str, ...], list[Key]] = {}
        for key in keys:
            orders.setdefault(key.name[:4], []).append(key)
        # An order's question is one call; those of several orders need not wait for each other.
        answers = await together([self._ask_order(order, lines) for order, lines in orders.items()])
        return {key: fact for facts in answers for key, fact in facts.items()}

    async def _ask_order(self, order: tuple[str, ...], lines: Sequence[Key]) -> dict[Key, Fact]:
        customer, currency, date, campaign = order
        at = self._clock.monotonic()
        request = AskPrices(
            customer=customer,
            currency=currency,
            date=date,
            campaign=campaign,
            lines=[_price_question(key.name[4:]) for key in lines],
            within=self._seconds,
        )
        with _Counted("prices"):
            reply = await self._requester.ask(request, deadline=self._seconds + REPLY_SECONDS)
            if reply.failures:
                raise _error_of(reply.failures[0], reply.retry_after)
        if await _same_company(self._company, self._registry, reply.company_id):
            raise Unavailable("Financials has just been connected with another company; ask again.")
        at, as_of = _read_at(reply.as_of, at, self._clock)
        found: dict[Key, Fact] = {}
        for key, price in zip(lines, reply.prices, strict=True):
            value = AskedPrice(price["unit_price"], price["line_discount"], price["includes_vat"], price["error"])
            found[key] = Fact(value, at=at, as_of=as_of, fresh_until=0.0, size=_ROW_BYTES)
        return found


async def _same_company(company: Company, registry: Registry, answered: str) -> bool:
    """Numbers found by the couplings of one company must not be looked up in another. Returns whether both sides have
    just moved to another one."""
    moved = company.note("financials", answered)
    if not company.same:
        await registry.look_for_company()
        if not company.same:
            raise Permanent(
                "Financials is connected with another company than the one that is coupled; run the setup.",
                code="lookup.other_company",
            )
    return moved


def asked_price_key(customer: str, currency: str, date: str, campaign: str, line: PriceQuestion) -> Key:
    order = customer, currency, date, campaign
    name = (*order, line["kind"], line["number"], line["variant"], line["unit"], line["quantity"])
    return Key(ASKED_PRICE, name)


def _price_question(name: Sequence[str]) -> PriceQuestion:
    kind, number, variant, unit, quantity = name
    return {"kind": kind, "number": number, "variant": variant, "unit": unit, "quantity": quantity}


def _read_at(told: str, asked_at: float, clock: Clock) -> tuple[float, str]:
    """When the facts were read: on our monotonic clock, and as the answer tells it."""
    if not told:
        return asked_at, _text(clock.now())
    moment = datetime.fromisoformat(told).astimezone(UTC)
    age = (clock.now() - moment).total_seconds()
    # A clock that differs must not make facts fresher than the question.
    return min(asked_at, clock.monotonic() - age), _text(moment)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error_of(failure: Failure, retry_after: float | None) -> TandemError:
    """What failed, of the class that tells the asker what to do."""
    transient = Throttled if failure.code == Throttled.code else Unavailable
    return (transient if failure.transient else Permanent)(
        failure.message,
        code=failure.code,
        retry_after=retry_after,
        setting=failure.setting,
        remote_code=failure.remote_code,
        remote_message=failure.remote_message,
    )


class _Counted:
    """Counts a question by whether it was answered."""

    def __init__(self, side: str) -> None:
        self._side = side

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        outcome = "answered" if kind is None else "failed" if isinstance(error, TandemError) else "given_up"
        LOOKUP_QUESTIONS.labels(self._side, outcome).inc()
