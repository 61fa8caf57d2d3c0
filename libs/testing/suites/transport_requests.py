"""Part of the transports' exam: questions, answers, refusals and deadlines."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from libs.messaging.ports import Delivery, Transport
from libs.messaging.request_reply import answered, refused
from libs.runtime.clock import SystemClock
from libs.runtime.errors import AccessDenied, Rejected, TandemError, Throttled, Unavailable
from libs.testing.eventually import eventually
from libs.testing.suites.transport_pieces import Add, OpenTransport, Sum, topology


class RequestExam:
    """What request and reply promise."""

    async def _answer(self, transport: Transport, service: str, answer: Callable[[list[int]], Awaitable[int]]) -> None:
        clock = SystemClock()

        async def on_request(delivery: Delivery) -> None:
            request = delivery.envelope
            try:
                reply = answered(
                    request, Sum(total=await answer(request.data["numbers"])), service=service, clock=clock
                )
            except TandemError as error:
                reply = refused(request, error, service=service, clock=clock)
            await transport.reply(delivery.reply_to, reply)
            await delivery.ack()

        await transport.consume(f"{service}.requests", on_request, prefetch=20)

    async def test_many_questions_at_once_each_get_their_own_answer(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        async def add(numbers: list[int]) -> int:
            return sum(numbers)

        await self._answer(transport, service, add)
        askers = [(await open_transport()).requester(f"asker_{n}") for n in range(2)]
        answers = await asyncio.gather(
            *(askers[n % 2].ask(Add(service=service, numbers=[n, 1]), deadline=10) for n in range(40))
        )
        assert [answer.total for answer in answers] == [n + 1 for n in range(40)]

    @pytest.mark.parametrize(
        "error",
        [
            AccessDenied("may not", code="remote.no_role", setting="TANDEM_SALES_URL", remote_code="0x1"),
            Rejected("too long", field="name", remote_message="its own words"),
            Throttled("wait", retry_after=7.5),
            Unavailable("away"),
        ],
    )
    async def test_the_answering_sides_error_is_raised_at_the_asker(
        self, transport: Transport, service: str, error: Rejected
    ) -> None:
        async def refuse(_: list[int]) -> int:
            raise error

        await self._answer(transport, service, refuse)
        with pytest.raises(type(error)) as raised:
            await transport.requester("asker").ask(Add(service=service, numbers=[]), deadline=10)
        assert type(raised.value) is type(error)
        assert raised.value.failure() == error.failure()
        assert raised.value.retry_after == error.retry_after

    async def test_an_answer_that_takes_too_long_is_not_waited_for(self, transport: Transport, service: str) -> None:
        first = asyncio.Event()

        async def slow(numbers: list[int]) -> int:
            if numbers == [1]:
                await first.wait()
            return sum(numbers)

        await self._answer(transport, service, slow)
        requester = transport.requester("asker")
        with pytest.raises(Unavailable):
            await requester.ask(Add(service=service, numbers=[1]), deadline=0.2)
        first.set()
        assert (await requester.ask(Add(service=service, numbers=[2]), deadline=10)).total == 2

    async def test_a_question_that_nobody_answers_ends_at_its_deadline(
        self, transport: Transport, service: str
    ) -> None:
        requester = transport.requester("asker")
        for target in (service, f"{service}_unheard_of"):
            with pytest.raises(Unavailable):
                await requester.ask(Add(service=target, numbers=[1]), deadline=0.3)

    async def test_a_question_is_not_delivered_after_its_deadline(self, transport: Transport, service: str) -> None:
        with pytest.raises(Unavailable):
            await transport.requester("asker").ask(Add(service=service, numbers=[1]), deadline=0.2)
        asked: list[list[int]] = []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 0.2
        await eventually(lambda: loop.time() > deadline)  # the broker's own clock started a little later

        async def add(numbers: list[int]) -> int:
            asked.append(numbers)
            return sum(numbers)

        await self._answer(transport, service, add)
        assert (await transport.requester("asker").ask(Add(service=service, numbers=[2]), deadline=10)).total == 2
        assert asked == [[2]]

    async def test_a_question_waits_for_a_service_that_is_just_starting(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        late = f"{service}_late"
        asking = asyncio.create_task(transport.requester("asker").ask(Add(service=late, numbers=[4, 5]), deadline=10))

        async def add(numbers: list[int]) -> int:
            return sum(numbers)

        answering = await open_transport()
        await answering.declare(topology(late))
        await self._answer(answering, late, add)
        assert (await asking).total == 9
