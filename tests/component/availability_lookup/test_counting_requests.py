"""Every request of the lookup is counted by how it ended, whatever that was."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from libs.runtime.metrics import REGISTRY
from libs.testing.clock import FrozenClock
from services.availability_lookup.gate import Gate, Handler
from services.availability_lookup.limits import RateLimit
from services.availability_lookup.problems import Refused
from services.availability_lookup.security import Security
from services.availability_lookup.signing_keys import SigningKeys


def a_route(name: str, handler: Handler) -> Handler:
    clock = FrozenClock()
    keys = SigningKeys("https://entra.example", "contoso", "", clock)
    security = Security(keys, clock, audiences=(), role="", environment_key="")
    gate = Gate(security, RateLimit(0), clock=clock, origin="")
    return gate.route("/", name, {"GET": handler}).handler


def counted(name: str, status: str) -> float:
    return REGISTRY.get_sample_value("tandem_lookup_requests_total", {"route": name, "status": status}) or 0.0


async def test_an_answer_and_a_refusal_are_counted_by_their_status() -> None:
    async def handle(request: web.Request) -> web.Response:
        if request.query:
            raise Refused(429, "too_many_requests", "Wait.")
        return web.Response()

    route = a_route("counted_answers", handle)
    for path in ("/", "/?more=1", "/?more=1"):
        await route(make_mocked_request("GET", path))

    assert (counted("counted_answers", "200"), counted("counted_answers", "429")) == (1, 2)


async def test_a_bug_is_counted_as_what_the_caller_is_told() -> None:
    async def handle(_: web.Request) -> web.Response:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await a_route("counted_bugs", handle)(make_mocked_request("GET", "/"))

    assert counted("counted_bugs", "500") == 1


async def test_a_caller_who_goes_away_is_counted_apart_from_bugs() -> None:
    asked = asyncio.Event()

    async def handle(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        return web.Response()

    asking = asyncio.ensure_future(a_route("counted_gone", handle)(make_mocked_request("GET", "/")))
    await asked.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert (counted("counted_gone", "499"), counted("counted_gone", "500")) == (1, 0)
