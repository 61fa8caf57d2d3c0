"""A command's short look at the broker that the services use, from outside."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from libs.messaging.connect import open_transport
from libs.messaging.ports import Transport
from libs.runtime.errors import Unavailable


@asynccontextmanager
async def from_outside(url: str, *, seconds: float = 10.0) -> AsyncIterator[Transport]:
    """The transport for a URL, connected. A person is waiting: a broker that is away is told at once, with the cause.

    Raises ``Unavailable``, also for one that does not answer within ``seconds``.
    """
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(seconds):
                transport = await stack.enter_async_context(open_transport(url, waits=False).connect())
        except TimeoutError:
            raise Unavailable(
                f"RabbitMQ did not answer within {seconds:g} s", setting="TANDEM_BROKER_URL", code="request.timed_out"
            ) from None
        except Unavailable as error:
            raise Unavailable(
                f"{error.message}: {_cause(error)}", setting=error.setting, detail=error.detail
            ) from error
        yield transport


def _cause(error: BaseException) -> str:
    """In the operating system's words, where it has refused something."""
    found: BaseException | None = error
    while found is not None:
        match found.args:
            case [int(number), str(words), *_]:
                return os.strerror(number).lower() if number > 0 else words.lower()
        found = found.__cause__ or found.__context__
    return "it does not answer as a broker does"
