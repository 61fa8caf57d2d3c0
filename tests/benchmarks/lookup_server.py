"""A server for the lookup's benchmark: ``lookup`` over scripted facts, or a ``bare`` handler of given bytes."""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

from libs.runtime.logging import configure_logging
from libs.runtime.memory import spare_the_collector
from libs.testing.processes import spare_port
from tests.component.availability_lookup.scripted import World, running_lookup


async def _lookup() -> None:
    async with running_lookup(World(any_item=True), TANDEM_LOOKUP_REQUESTS_PER_MINUTE="0") as lookup:
        await _serve(lookup.url)


async def _bare(body: bytes) -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    application, port = web.Application(), spare_port()
    application.add_routes([web.post("/v1/order-lines", answer)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await _serve(f"http://127.0.0.1:{port}")


async def _serve(url: str) -> None:
    spare_the_collector()
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logging("warning", "json", service="lookup")
    asyncio.run(_lookup() if sys.argv[1] == "lookup" else _bare(Path(sys.argv[2]).read_bytes()))
