"""The HTTP addresses of Financials, online and on-premises, in front of its three surfaces."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from libs.dynamics.financials_tables import COMPANION_GROUP, COMPANION_PUBLISHER, COMPANION_VERSION
from services.sandbox.financials import refusals
from services.sandbox.financials.api import Api
from services.sandbox.financials.batch import answer_batch
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.financials.shapes import API_V2, COMPANION, PAGE
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.refusals import Refused
from services.sandbox.shell import FINANCIALS, Shell

_ROOTS = {
    API_V2: "api/v2.0",
    COMPANION: f"api/{COMPANION_PUBLISHER}/{COMPANION_GROUP}/{COMPANION_VERSION}",
    PAGE: "ODataV4",
}
_JSON = "application/json; odata.metadata=minimal"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def financials_routes(world: FinancialsWorld, shell: Shell) -> list[web.RouteDef]:
    """Routes of both shapes of address: ``/v2.0/{tenant}/{environment}/…`` and ``/{instance}/…``."""
    routes: list[web.RouteDef] = []
    for surface, root in _ROOTS.items():
        handler = _handler(world, shell, surface)
        settings = shell.settings
        if settings.on_premises:
            routes.append(web.route("*", f"/{settings.instance}/{root}{{tail:(/.*)?}}", handler))
        else:
            routes.append(web.route("*", f"/v2.0/{{tenant}}/{{environment}}/{root}{{tail:(/.*)?}}", handler))
            routes.append(web.route("*", f"/v2.0/{{environment}}/{root}{{tail:(/.*)?}}", handler))
    routes.append(web.get("/environments/{version}", _environments(shell)))
    return routes


def _handler(world: FinancialsWorld, shell: Shell, surface: str) -> Handler:
    api = Api(
        world,
        surface,
        lambda table, right: shell.denies(FINANCIALS, table, right),
        shell.unpublished,
        lambda: COMPANION in shell.surfaces,
    )

    async def handle(request: web.Request) -> web.Response:
        await shell.guard(request, FINANCIALS)
        _check_address(request, shell)
        tail = request.match_info["tail"]
        if surface not in shell.surfaces and not api.offers_action(tail.strip("/")):
            raise _switched_off(surface, shell)
        body = await request.read() if request.can_read_body else b""
        raw_path = request.rel_url.raw_path
        call = Call(
            method=request.method,
            path=raw_path[raw_path.index(_ROOTS[surface]) + len(_ROOTS[surface]) :] if tail else "",
            query=list(request.rel_url.query.items()),
            headers=request.headers,
            root=f"{_origin(request, shell)}{raw_path[: raw_path.index(_ROOTS[surface]) + len(_ROOTS[surface])]}",
            raw=body,
            note=lambda operation, records: shell.note(request, operation, records),
        )
        if tail.rstrip("/").endswith("/$batch"):
            if request.method != "POST":
                raise refusals.method_not_allowed(request.method)
            return _response(answer_batch(api, call, lambda *what: shell.faults.fails(FINANCIALS, *what)))
        return _response(api.answer(call))

    return handle


def _origin(request: web.Request, shell: Shell) -> str:
    return shell.financials_origin or f"{request.scheme}://{request.host}"


def _check_address(request: web.Request, shell: Shell) -> None:
    settings = shell.settings
    tenant = request.match_info.get("tenant", settings.tenant_id)
    if tenant != settings.tenant_id:
        raise Refused(404, "Internal_TenantNotFound", f"The tenant '{tenant}' does not exist.")
    environment = request.match_info.get("environment", settings.environment)
    if environment.casefold() != settings.environment.casefold():
        raise Refused(404, "NoEnvironment", f"The environment '{environment}' does not exist.")


def _switched_off(surface: str, shell: Shell) -> Refused:
    if surface == API_V2 and shell.settings.on_premises:
        return refusals.method_not_allowed("GET")  # what a server answers while ApiServicesEnabled is off
    return refusals.no_such_segment(_ROOTS[surface])


def _response(answer: Answer) -> web.Response:
    headers = {"OData-Version": "4.0", **answer.headers}
    if answer.status != 204:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, body=answer.body or None, headers=headers)


def _environments(shell: Shell) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        await shell.guard(request, FINANCIALS)
        settings = shell.settings
        origin = _origin(request, shell)
        environment = {
            "aadTenantId": settings.tenant_id,
            "applicationFamily": "BusinessCentral",
            "type": "Production",
            "name": settings.environment,
            "countryCode": "GB",
            "webServiceUrl": origin,
            "webClientLoginUrl": f"{origin}/{settings.tenant_id}/{settings.environment}",
            "ringName": "Production",
        }
        return web.Response(body=msgspec.json.encode({"value": [environment]}), headers={"Content-Type": _JSON})

    return handle
