"""Puts the toy together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from libs.runtime.errors import AccessDenied
from libs.runtime.service import Opened, Platform, Service
from tests.component.runtime.toy.settings import Settings


def build(settings: Settings, platform: Platform) -> Service:
    @asynccontextmanager
    async def open_toy() -> AsyncIterator[Opened]:
        if settings.misbehaviour == "refuse":
            raise AccessDenied("The sign-in was refused.", setting="TANDEM_CLIENT_SECRET")
        told_to_fail = asyncio.Event()

        async def fail(_: web.Request) -> web.Response:
            told_to_fail.set()
            return web.Response()

        async def watch() -> None:
            await told_to_fail.wait()
            raise ValueError("the watcher has lost its way")

        yield Opened(background={"watch": watch}, http=[web.post("/fail", fail)])
        if settings.misbehaviour == "stall":
            await asyncio.Event().wait()

    return Service("toy", open_toy)
