"""A command's short look at the broker that the services use, from outside."""

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from libs.messaging.connect import open_transport
from libs.messaging.ports import Transport
from libs.runtime.errors import Unavailable

_REFUSED = re.compile(r"\[Errno (\d+)\]")
"""In the words that stand for several addresses of one host, none of which answers."""


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
    """In the operating system's words, where it has refused something, or in those of TLS."""
    told = "it does not answer as a broker does"
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLError):
            # Its number means nothing to anybody; its words are between a constant and a place in a source file.
            before, _, after = str(found.strerror or found).partition("] ")
            return f"TLS: {(after or before).partition(' (_ssl')[0]}"
        match found.args:
            case [int(number), str(words), *_] if not words.startswith("["):
                told = os.strerror(number).lower() if number > 0 else words.lower()
            case [str(words)] if isinstance(found, OSError) and (refused := _REFUSED.search(words)):
                told = os.strerror(int(refused[1])).lower()
        found = found.__cause__ or found.__context__
    return told
