"""The Financials connector's own layers over the sandbox's Financials, without a wire between them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from libs.contracts.pages import Values, WriteData
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.session import Request, Response
from services.financials_connector.addresses import Addresses
from services.financials_connector.derived import Codes
from services.financials_connector.discovery import Tenants
from services.financials_connector.reading import PageReading
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import Tenant, TenantSettings
from services.financials_connector.writing import PageWriting
from services.sandbox.financials import refusals
from services.sandbox.financials.api import Api
from services.sandbox.financials.batch import answer_batch
from services.sandbox.financials.calls import Call
from services.sandbox.financials.shapes import API_V2, COMPANION, PAGE
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.refusals import Refused

ROOT = "https://bc.example/v2.0/contoso.com/Production"
COMPANY_ID = "c0000000-0000-4000-8000-0000000000aa"
COMPANY_NAME = "CRONUS's Shop / Ltd."
TODAY = date(2026, 3, 2)


class InProcessFinancials:
    """A session that answers out of the sandbox's world; tests switch surfaces off and spoil answers."""

    def __init__(self, world: FinancialsWorld) -> None:
        self.world = world
        self.requests: list[Request] = []
        self.off: set[str] = set()
        """Surfaces that are not there."""
        self.unpublished: set[str] = set()
        self.denied: set[tuple[str, str]] = set()
        self.spoil: Callable[[Request, Response], Response] = lambda request, response: response
        """Sees every answer after the sandbox carried out the request; may answer otherwise or raise."""
        self.addresses = Addresses.of(f"{ROOT}/api/v2.0")
        self._apis = {
            self._root(surface): (surface, Api(world, surface, lambda *what: what in self.denied, self.unpublished))
            for surface in (COMPANION, API_V2, PAGE)
        }

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        return self.spoil(request, self._answer(request))

    def _root(self, surface: str) -> str:
        addresses = self.addresses
        return {COMPANION: addresses.companion, API_V2: addresses.api, PAGE: addresses.odata}[surface]

    def _answer(self, request: Request) -> Response:
        root = next(root for root in self._apis if request.url.startswith(root + "/"))
        surface, api = self._apis[root]
        parts = urlsplit(request.url)
        call = Call(
            method=request.method,
            path=parts.path[len(urlsplit(root).path) :],
            query=parse_qsl(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in request.headers.items()},
            root=root,
            raw=request.body,
        )
        try:
            if surface in self.off:
                raise refusals.no_such_segment(surface)
            answer = answer_batch(api, call) if call.path.endswith("/$batch") else api.answer(call)
        except Refused as refusal:
            return Response(refusal.status, {}, refusals.error_body(refusal))
        return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body)


class Setting:
    """A company in the sandbox, and the connector's parts over it."""

    def __init__(self, surface: str = COMPANION) -> None:
        self.moment = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.world = FinancialsWorld(lambda: self.moment)
        self.world.add_company(COMPANY_ID, COMPANY_NAME)
        self.session = InProcessFinancials(self.world)
        if surface != COMPANION:
            self.session.off.add(COMPANION)
        remote = Remote(self.session, self.session.addresses)
        self.remote = remote
        self.tenants = Tenants(remote, TenantSettings(self.session.addresses, COMPANY_NAME))
        codes = Codes(remote)
        self.reading = PageReading(remote, codes)
        self.writing = PageWriting(remote, codes)

    async def tenant(self) -> Tenant:
        return await self.tenants.current()

    def put(self, table: str, **values: Any) -> dict[str, Any]:
        """A record as somebody entered it; ``No_`` stands for ``No.`` and ``_`` for a blank in names."""
        return self.world.insert(table, {named(table, name): value for name, value in values.items()})

    def held(self, table: str) -> list[dict[str, Any]]:
        return self.world.dump(table)

    async def write(self, table: str, *writes: WriteData, returns: tuple[str, ...] = ()) -> list[Any]:
        return await self.writing.page(await self.tenant(), table, writes, returns=returns, today=TODAY)


def named(table: str, name: str) -> str:
    """``Payment_Terms_Code`` -> ``Payment Terms Code``, by the catalogue."""
    plain = {_plain(field.name): field.name for field in FINANCIALS_TABLES[table]}
    return plain[_plain(name)]


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def a_write(operation: str, id: str = "", values: Values | None = None, **more: Any) -> WriteData:
    """A write with good defaults."""
    write: WriteData = {
        "coupling": str(uuid4()),
        "number": 1,
        "operation": operation,
        "source": {"id": "s", "key": "", "version": "", "fingerprint": "", "waiting": {}},
        "id": id,
        "version": None,
        "values": values or {},
    }
    return {**write, **more}  # type: ignore[typeddict-item]
