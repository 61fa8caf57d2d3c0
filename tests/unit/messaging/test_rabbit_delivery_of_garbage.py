"""A body that is no envelope, while the broker does not take its dead letter."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from libs.messaging.rabbit_subscription import RabbitSubscription
from libs.messaging.rabbit_topology import Travel
from libs.runtime.errors import Unavailable
from libs.testing.eventually import eventually


class Garbage:
    """One arrival; notes how it was settled."""

    body = b"no envelope"
    redelivered, returned, reply_to = False, 0, ""

    def __init__(self) -> None:
        self.travel = Travel(id="x")
        self.settled: list[str] = []

    def unpacked(self) -> bytes:
        return self.body

    async def ack(self) -> None:
        self.settled.append("acknowledged")

    async def give_back(self) -> None:
        self.settled.append("given back")


class OneLink:
    """A link that is up, and hands its consumer what it is told to."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self.take: Callable[[Any], None] = lambda _: None

    async def consume(self, queue: str, take: Callable[[Any], None], *, prefetch: int) -> None:
        self.take = take


class Depot:
    """Where dead letters go, if they do."""

    def __init__(self, works: bool) -> None:
        self.works = works

    async def bury(self, *_: object) -> None:
        if not self.works:
            raise Unavailable("the broker is away")


@pytest.mark.parametrize(("works", "settled"), [(True, "acknowledged"), (False, "given back")])
async def test_it_is_buried_or_given_back_and_never_kept(works: bool, settled: str) -> None:
    link, garbage = OneLink(), Garbage()
    subscription = RabbitSubscription(Depot(works), "queue", None, 1)  # type: ignore[arg-type]
    await subscription.resume(link)  # type: ignore[arg-type]

    link.take(garbage)

    await eventually(lambda: garbage.settled == [settled])
