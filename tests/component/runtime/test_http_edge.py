"""What a caller is told by the edge itself where no handler answers: a problem, and never what was in the request."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from libs.runtime.health import Health, HttpEdge
from libs.testing.processes import spare_port


async def crash(request: web.Request) -> web.Response:
    raise KeyError(f"nobody foresaw {request.query['what']}")


async def time_out(request: web.Request) -> web.Response:
    raise TimeoutError


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=str(len(request.headers["Authorization"])))


@asynccontextmanager
async def edge() -> AsyncIterator[int]:
    port = spare_port()
    async with HttpEdge(Health(ready=True), "127.0.0.1", port) as http:
        await http.add([web.get("/crash", crash), web.get("/time-out", time_out), web.get("/echo", echo)])
        yield port


async def test_a_bug_is_answered_with_an_id_that_the_log_has_and_nothing_else() -> None:
    async with edge() as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        with capture_logs() as logs:
            async with client.get("/crash?what=secret") as answer:
                problem = await answer.json(content_type="application/problem+json")
        async with client.get("/health/live") as answer:
            assert answer.status == 200
    assert (problem["status"], problem["code"]) == (500, "failed")
    assert "secret" not in str(problem)
    (crashed,) = (entry for entry in logs if entry["event"] == "request.crashed")
    assert crashed["instance"] == problem["instance"]
    assert isinstance(crashed["exc_info"], KeyError)


async def test_a_time_out_that_nobody_caught_is_a_bug_like_any_other() -> None:
    async with edge() as port, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        with capture_logs() as logs:
            async with client.get("/time-out") as answer:
                problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["status"], problem["code"]) == (500, 500, "failed")
    (crashed,) = (entry for entry in logs if entry["event"] == "request.crashed")
    assert isinstance(crashed["exc_info"], TimeoutError)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/v2/echo"), ("POST", "/echo"), ("DELETE", "/x y")])
async def test_what_is_asked_where_no_route_leads_is_told_so_as_a_problem(method: str, path: str) -> None:
    async with (
        edge() as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
        client.request(method, path) as answer,
    ):
        problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["status"], problem["code"]) == (404, 404, "not_found")
    assert method in problem["detail"]


def ask(caller: socket.socket) -> bytes:
    """The beginning of the answer, empty where the connection was closed."""
    try:
        caller.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        return caller.recv(100)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("rounds_before", range(4))
async def test_a_connection_made_while_the_routes_change_is_answered_or_closed(rounds_before: int) -> None:
    """Wherever between being accepted and waiting for its first request the change meets it."""
    port, began = spare_port(), time.monotonic()
    async with HttpEdge(Health(ready=True), "127.0.0.1", port) as http:
        for routes in ([web.get("/echo", echo)], []):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
                for _ in range(rounds_before):
                    await asyncio.sleep(0)
                await (http.add(routes) if routes else http.withdraw())
                answer = await asyncio.to_thread(ask, caller)
            assert not answer or answer.startswith(b"HTTP/1.1 200 ")
    assert time.monotonic() - began < 4, "it was taken for one with a request that is being answered"


async def test_a_long_token_is_read() -> None:
    token = f"Bearer {'a' * 16_000}"
    async with (
        edge() as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
        client.get("/echo", headers={"Authorization": token}) as answer,
    ):
        assert await answer.text() == str(len(token))


@pytest.mark.parametrize(
    "request_text",
    [
        f"GET /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {'secret' * 8_000}\r\n\r\n",
        f"GET /{'secret' * 8_000} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: x\r\nTandem-Key: secret\0\r\n\r\n",
        "secret /echo HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /echo?secret HTTP/9.9\r\n\r\n",
        "GET /echo HTTP/1.1\r\nX-Without-Host: secret\r\n\r\n",
        "GET http://secret:99999999/echo HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_a_problem_and_its_content_is_told_nowhere(request_text: str) -> None:
    async with edge() as port:
        with capture_logs() as logs:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request_text.encode())
            answer = (await reader.read()).decode()
            writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.split(" ")[1] == "400"
    assert "Content-Type: application/problem+json" in head
    assert '"code":"request_malformed"' in body
    assert "secret" not in answer
    assert "secret" not in str(logs)
    assert logs


async def test_a_compressed_body_is_not_unpacked() -> None:
    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    port = spare_port()
    async with (
        HttpEdge(Health(ready=True), "127.0.0.1", port) as http,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        await http.add([web.post("/length", length)])
        async with client.post("/length", data=b"no gzip", headers={"Content-Encoding": "gzip"}) as answer:
            assert await answer.text() == "7"


async def test_a_body_that_breaks_off_says_nothing_of_itself_in_the_log() -> None:
    async def length(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    port = spare_port()
    async with HttpEdge(Health(ready=True), "127.0.0.1", port) as http:
        await http.add([web.post("/length", length)])
        with capture_logs() as logs:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
            await writer.drain()
            writer.write(b"secret\r\nsecret\r\n")
            answer = (await reader.read()).decode()
            writer.close()
    assert answer.split(" ")[1] == "400"
    assert "application/problem+json" in answer
    assert "secret" not in answer
    assert "secret" not in str([{**entry, "exc_info": str(entry.get("exc_info"))} for entry in logs])
