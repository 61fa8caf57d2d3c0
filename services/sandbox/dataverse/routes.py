"""The HTTP addresses of Sales: ``/api/data/v9.x/…``, in front of ``DataverseService``."""

import re
from urllib.parse import unquote

from aiohttp import web

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.exchange import Answer, Call
from services.sandbox.dataverse.rows import describe
from services.sandbox.dataverse.service import DataverseService
from services.sandbox.refusals import Refused
from services.sandbox.shell import Shell

LONGEST_URL = 32 * 1024
DEGREE_OF_PARALLELISM = "4"
"""How many requests at once the service recommends, in the header ``x-ms-dop-hint``."""
_VERSIONS = ("v9.0", "v9.1", "v9.2")
_ROOT = re.compile(r"/api/data/(v\d+\.\d+)/?")


def dataverse_routes(service: DataverseService, shell: Shell) -> list[web.RouteDef]:
    """Routes of the Web API."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read() if request.can_read_body else b""
        call = Call("GET", "", "", request.headers, body, "", service.world.identity.application_user, [])
        try:
            _address(request, call)
            answer = service.answer(call)
        except Refused as error:
            answer = Answer(error.status, describe(error, call.annotations), error.headers)
        finally:
            for operation, records in call.work:
                shell.note(request, operation, records)
        return _response(answer)

    return [web.route("*", "/api/data/{tail:.*}", handle)]


def _address(request: web.Request, call: Call) -> None:
    raw_path, _, query = request.raw_path.partition("?")
    if len(request.raw_path) > LONGEST_URL:
        raise Refused(414, "0x80060888", "The request URI is too long.")
    found = _ROOT.match(raw_path)
    if found is None or found[1] not in _VERSIONS:
        raise refusal.not_implemented("The version of the Web API is not supported.")
    call.method = request.method
    call.path = unquote(raw_path[found.end() :])
    call.query = query
    call.root = f"{request.scheme}://{request.host}/api/data/{found[1]}/"


def _response(answer: Answer) -> web.Response:
    headers = {
        "OData-Version": "4.0",
        "x-ms-dop-hint": DEGREE_OF_PARALLELISM,
        **answer.headers,
    }
    if answer.body:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, body=answer.body or None, headers=headers)
