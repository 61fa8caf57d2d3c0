"""How many requests reach an environment at the same time."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.dynamics.auth import BasicCredentials
from libs.dynamics.connection import open_connection
from libs.dynamics.session import Request
from libs.dynamics.throttle import Gate


async def test_as_many_requests_are_under_way_as_the_gate_allows() -> None:
    allowed, arrived, all_there = 24, 0, asyncio.Event()

    async def wait_for_the_others(_: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == allowed:
            all_there.set()
        await all_there.wait()
        return web.Response()

    app = web.Application()
    app.add_routes([web.get("/", wait_for_the_others)])
    async with (
        TestServer(app) as server,
        open_connection(
            credentials=BasicCredentials("user", "key"), gate=Gate("Financials", allowed), url_setting="TANDEM_URL"
        ) as connection,
        asyncio.timeout(10),
    ):
        request = Request("GET", str(server.make_url("/")))
        answers = await asyncio.gather(*(connection.session.send(request) for _ in range(allowed)))
    assert [answer.status for answer in answers] == [200] * allowed
