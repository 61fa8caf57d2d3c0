"""What the broker's library raises of a connection that breaks means that the broker is away, and ends no process."""

import asyncio
from typing import Any

import aiormq.exceptions
import pytest

from libs.messaging.rabbitmq import Link
from libs.runtime.errors import Unavailable


class Breaking:
    """A connection, or a channel of it, that breaks while another channel is opened."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.close_callbacks: set[Any] = set()

    async def channel(self, **_: object) -> None:
        raise self.error


async def read_over(error: BaseException) -> None:
    connection: Any = Breaking(error)
    async with Link(connection, connection).held("a queue"):
        pass


@pytest.mark.parametrize(
    "error",
    [
        aiormq.exceptions.AMQPConnectionError("reset"),
        ConnectionResetError("reset"),
        asyncio.CancelledError(),
        TimeoutError(),
        Exception(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_it_is_unavailable_whatever_the_library_calls_it(error: BaseException) -> None:
    with pytest.raises(Unavailable):
        await read_over(error)


async def test_a_mistake_of_ours_is_none() -> None:
    with pytest.raises(KeyError):
        await read_over(KeyError("x"))
