"""Services in one process: the order they start and stop in, and what happens when something is missing or dies."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from libs.contracts.failures import Failure
from libs.contracts.jobs import EnvironmentThrottled, PageAbandoned
from libs.contracts.message import Message
from libs.contracts.setup import CheckConnection, ConnectionReport, ConnectionView, GetConnection
from libs.contracts.vocabulary import System
from libs.messaging.broker import MemoryBroker
from libs.messaging.handling import Handling, Keeper
from libs.messaging.memory import MemoryTransport
from libs.messaging.posting import Sender
from libs.runtime.clock import SystemClock
from libs.runtime.errors import AccessDenied, Unavailable
from libs.runtime.run import ServiceFailed, run_services
from libs.runtime.service import Opened, Platform, Service
from libs.store.connect import open_store
from libs.store.ports import CollectionSpec
from libs.testing.eventually import eventually
from libs.testing.processes import spare_port

THROTTLED = EnvironmentThrottled(system=System.SALES, until="2026-11-22T09:00:00Z")


@dataclass
class Diary:
    """What happened, in order."""

    entries: list[str] = field(default_factory=list)

    def note(self, entry: str) -> None:
        self.entries.append(entry)


class Noted:
    """A transport or store that notes when it is connected and closed; otherwise the real one."""

    def __init__(self, real: Any, name: str, diary: Diary, outages: int = 0, before: Any = None) -> None:
        self._before = before
        self._real = real
        self._name = name
        self._diary = diary
        self._outages = outages

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Any]:
        if self._before is not None:
            await self._before()
        if self._outages:
            self._outages -= 1
            raise Unavailable(f"the {self._name} cannot be reached")
        async with self._real.connect():
            self._diary.note(f"{self._name} connected")
            try:
                yield self
            finally:
                self._diary.note(f"{self._name} closed")


@dataclass
class House:
    """One platform and one service of the orchestrator's name, whose parts each test chooses."""

    directory: Path
    diary: Diary = field(default_factory=Diary)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    opened: dict[str, Any] = field(default_factory=dict)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    stateless: bool = False
    outages: int = 0
    before_connecting: Callable[[], Awaitable[None]] | None = None

    def platform(self) -> Platform:
        transport = Noted(MemoryTransport(self.broker), "broker", self.diary)
        store = Noted(
            open_store(f"sqlite:///{self.directory}", "orchestrator"),
            "store",
            self.diary,
            self.outages,
            self.before_connecting,
        )
        return Platform(transport, store, SystemClock())

    def service(self, platform: Platform) -> Service:
        @asynccontextmanager
        async def open_service() -> AsyncIterator[Opened]:
            self.diary.note("service opened")
            parts: dict[str, Any] = {}
            for name, part in self.opened.items():
                made = part(platform) if callable(part) else part
                parts[name] = await made if asyncio.iscoroutine(made) else made
            try:
                yield Opened(**parts)
            finally:
                self.diary.note("service closed")

        return Service("orchestrator", open_service, stateless=self.stateless)

    async def run(self, **options: Any) -> None:
        platform = self.platform()
        await run_services(
            [(self.service(platform), platform)], self.stop, ready=self.ready, http_port=self.port, **options
        )

    async def send(self, *messages: Message) -> None:
        async with MemoryTransport(self.broker).connect() as transport:
            await Sender("sales_connector", transport, SystemClock()).send(messages)

    @asynccontextmanager
    async def running(self, **options: Any) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.run(**options))
        ready = asyncio.create_task(self.ready.wait())
        await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED, timeout=20)
        try:
            yield task
        finally:
            ready.cancel()
            self.stop.set()
            await asyncio.wait([task], timeout=20)

    async def get(self, path: str) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}{path}") as answer:
            return answer.status, await answer.text()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_everything_opens_in_order_and_closes_in_reverse(house: House) -> None:
    async def watch() -> None:
        house.diary.note("background started")
        await asyncio.Event().wait()

    house.opened["background"] = {"watch": watch}
    async with house.running() as task:
        await eventually(lambda: "background started" in house.diary.entries)
    task.result()
    assert house.diary.entries == [
        "store connected",
        "broker connected",
        "service opened",
        "background started",
        "service closed",
        "broker closed",
        "store closed",
    ]


async def test_what_is_being_asked_when_all_stop_is_still_answered(tmp_path: Path) -> None:
    broker, asking, stop, ready = MemoryBroker(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    def a_service(name: str, answers: Callable[[MemoryTransport], dict[Any, Any]]) -> tuple[Service, Platform]:
        transport = MemoryTransport(broker)

        @asynccontextmanager
        async def open_service() -> AsyncIterator[Opened]:
            yield Opened(answers=answers(transport))

        platform = Platform(transport, open_store(f"sqlite:///{tmp_path}", name), SystemClock())
        return Service(name, open_service, stateless=True), platform

    def orchestrator(transport: MemoryTransport) -> dict[Any, Any]:
        async def asks(_: GetConnection, __: Handling) -> ConnectionView:
            asking.set()
            await eventually(stop.is_set)
            # By now every service has begun to stop.
            await eventually(lambda: not ready.is_set())
            await transport.requester("orchestrator").ask(CheckConnection(system=System.SALES), deadline=20)
            return ConnectionView(enabled=True)

        return {GetConnection: asks}

    def connector(_: MemoryTransport) -> dict[Any, Any]:
        async def answers(_: CheckConnection, __: Handling) -> ConnectionReport:
            return ConnectionReport(system=System.SALES)

        return {CheckConnection: answers}

    services = [a_service("sales_connector", connector), a_service("orchestrator", orchestrator)]
    running = asyncio.create_task(run_services(services, stop, ready=ready))
    await ready.wait()
    async with MemoryTransport(broker).connect() as transport:
        question = asyncio.create_task(transport.requester("person").ask(GetConnection(), deadline=20))
        await asking.wait()
        stop.set()
        assert (await asyncio.wait_for(question, 5)).enabled
        await asyncio.wait_for(running, 5)


async def test_a_handler_in_flight_finishes_and_its_outbox_is_flushed_before_resources_close(house: House) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slowly(_: EnvironmentThrottled, __: Handling) -> None:
        begun.set()
        await release.wait()
        house.diary.note("handled")

    async def watch() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            house.diary.note("background ended")

    def decide(_: Any, __: Any, ___: Handling) -> tuple[dict[str, Any], list[Message]]:
        abandoned = PageAbandoned(
            service="orchestrator", job_id="j", mapping="M", failure=Failure(code="c", message="m")
        )
        return {"n": 1}, [abandoned]

    collection: Any = None

    async def outboxes(platform: Platform) -> list[Any]:
        nonlocal collection
        collection = await platform.store.collection(CollectionSpec("jobs"))
        return [collection]

    def routes(_: Platform) -> dict[Any, Any]:
        class Late:
            """The collection, opened a moment later than the routes are made."""

            def __getattr__(self, name: str) -> Any:
                return getattr(collection, name)

        return {EnvironmentThrottled: Keeper(Late(), lambda _: "one", decide, slowly)}

    house.opened |= {"outboxes": outboxes, "routes": routes, "background": {"watch": watch}}
    async with house.running() as task:
        await house.send(THROTTLED)
        await begun.wait()
        house.stop.set()
        await eventually(lambda: not house.ready.is_set())
        assert not task.done()
        release.set()
        await task
    entries = [entry for entry in house.diary.entries if entry not in {"store connected", "broker connected"}]
    assert entries == [
        "service opened",
        "handled",
        "background ended",
        "service closed",
        "broker closed",
        "store closed",
    ]
    async with open_store(f"sqlite:///{house.directory}", "orchestrator").connect() as store:
        jobs = await store.collection(CollectionSpec("jobs"))
        stored = await jobs.get("one")
        assert stored is not None and stored.data == {"n": 1}
        assert await jobs.unpublished() == []


async def test_a_handler_that_does_not_finish_gives_its_message_back_at_the_deadline(house: House) -> None:
    begun = asyncio.Event()
    seen: list[Message] = []

    async def never(_: EnvironmentThrottled, __: Handling) -> list[Message]:
        begun.set()
        await asyncio.Event().wait()
        return []

    async def handle(message: EnvironmentThrottled, _: Handling) -> list[Message]:
        seen.append(message)
        return []

    house.opened["routes"] = {EnvironmentThrottled: never}
    async with house.running(grace=0.05) as task:
        await house.send(THROTTLED)
        await begun.wait()
        house.stop.set()
        await task
    again = House(house.directory, broker=house.broker, opened={"routes": {EnvironmentThrottled: handle}})
    async with again.running():
        await eventually(lambda: seen)
    assert seen == [THROTTLED]


@pytest.mark.parametrize("ending", ["raises", "returns"])
async def test_a_background_task_that_ends_stops_the_service_in_order(house: House, ending: str) -> None:
    fail = asyncio.Event()

    async def watch() -> None:
        await fail.wait()
        if ending == "raises":
            raise ValueError("lost its way")

    house.opened["background"] = {"watch": watch}
    with capture_logs() as logs:
        async with house.running() as task:
            fail.set()
            with pytest.raises(ServiceFailed, match="watch"):
                await asyncio.wait_for(task, 10)
    assert house.diary.entries[-3:] == ["service closed", "broker closed", "store closed"]
    (failed,) = [event for event in logs if event["event"] == "task.failed"]
    assert (failed["service"], failed["task"], failed["log_level"]) == ("orchestrator", "watch", "critical")


async def test_a_store_that_is_not_up_yet_is_waited_for_and_the_outage_is_logged_once(house: House) -> None:
    house.outages = 3
    house.port = spare_port()
    with capture_logs() as logs:
        task = asyncio.create_task(house.run())
        await eventually(lambda: any(event["event"] == "outage.started" for event in logs))
        assert (await house.get("/health/live"))[0] == 200
        status, body = await house.get("/health/ready")
        assert (status, "waiting for store" in body) == (503, True)
        await asyncio.wait_for(house.ready.wait(), 20)
        assert (await house.get("/health/ready"))[0] == 200
        house.stop.set()
        await task
    assert [event["event"] for event in logs if event["event"].startswith("outage")] == [
        "outage.started",
        "outage.ended",
    ]


async def test_why_something_is_away_is_logged_once_it_is_known(house: House) -> None:
    seen = asyncio.Event()

    async def unsure() -> None:
        if not seen.is_set():
            await seen.wait()
            raise Unavailable("the store cannot be reached")

    house.before_connecting = unsure
    with capture_logs() as logs:
        task = asyncio.create_task(house.run())
        await eventually(lambda: any(event["event"] == "outage.started" for event in logs))
        seen.set()
        await asyncio.wait_for(house.ready.wait(), 20)
        house.stop.set()
        await task
    told = [(event["event"], str(event.get("error"))) for event in logs if event["event"].startswith("outage")]
    assert told == [
        ("outage.started", "None"),
        ("outage.explained", "the store cannot be reached"),
        ("outage.ended", "None"),
    ]


async def test_a_service_without_documents_opens_no_store(house: House) -> None:
    house.stateless = True
    house.port = spare_port()
    async with house.running():
        assert (await house.get("/health/ready"))[0] == 200
        assert house.diary.entries == ["broker connected", "service opened"]
    assert not any(house.directory.iterdir())


@pytest.mark.parametrize("asked", [False, True])
async def test_a_process_told_to_stop_while_it_waits_stops(house: House, asked: bool) -> None:
    house.outages = 1000
    with capture_logs() as logs:
        task = asyncio.create_task(house.run())
        if asked:
            await eventually(lambda: any(event["event"] == "outage.started" for event in logs))
        house.stop.set()
        await asyncio.wait_for(task, 10)
    assert house.diary.entries == []


async def test_an_attempt_to_connect_that_never_ends_is_given_up_when_told_to_stop(house: House) -> None:
    async def never(_: Platform) -> None:
        house.diary.note("waiting")
        await asyncio.Event().wait()

    house.opened["routes"] = never
    task = asyncio.create_task(house.run())
    await eventually(lambda: "waiting" in house.diary.entries)
    house.stop.set()
    await asyncio.wait_for(task, 10)
    assert house.diary.entries[-2:] == ["broker closed", "store closed"]


async def test_a_service_that_cannot_open_takes_down_what_was_opened(house: House) -> None:
    def refuse(_: Platform) -> None:
        raise AccessDenied("The sign-in was refused.", setting="TANDEM_CLIENT_SECRET")

    house.opened["routes"] = refuse
    with pytest.raises(AccessDenied):
        await asyncio.wait_for(house.run(), 10)
    assert house.diary.entries == [
        "store connected",
        "broker connected",
        "service opened",
        "broker closed",
        "store closed",
    ]
    async with open_store(f"sqlite:///{house.directory}", "orchestrator").connect() as store:
        await store.ping()


async def test_probes_and_routes_of_the_service_are_served_beside_health_and_metrics(house: House) -> None:
    house.port = spare_port()
    broken: list[str] = []

    async def probe() -> None:
        if broken:
            raise Unavailable(broken[0])

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    house.opened |= {"probes": {"sales": probe}, "http": [web.get("/hello", hello)]}
    async with house.running():
        assert await house.get("/hello") == (200, "hello")
        assert (await house.get("/health/ready"))[0] == 200
        assert 'tandem_ready{service="orchestrator"} 1.0' in (await house.get("/metrics"))[1]
        broken.append("Dynamics 365 Sales cannot be reached.")
        status, body = await house.get("/health/ready")
        assert status == 503 and "Dynamics 365 Sales cannot be reached." in body
        assert (await house.get("/health/live"))[0] == 200


async def test_a_stopping_process_is_alive_but_not_ready_and_serves_its_own_routes_no_more(house: House) -> None:
    house.port = spare_port()
    begun, release = asyncio.Event(), asyncio.Event()

    async def slowly(_: EnvironmentThrottled, __: Handling) -> list[Message]:
        begun.set()
        await release.wait()
        return []

    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    house.opened |= {"routes": {EnvironmentThrottled: slowly}, "http": [web.get("/hello", hello)]}
    async with house.running() as task:
        await house.send(THROTTLED)
        await begun.wait()
        house.stop.set()

        async def withdrawn() -> bool:
            return (await house.get("/hello"))[0] == 404

        await eventually(withdrawn)
        assert (await house.get("/health/live"))[0] == 200
        assert (await house.get("/health/ready"))[0] == 503
        release.set()
        await task


async def test_services_of_one_process_share_a_transport_and_fail_together(tmp_path: Path) -> None:
    diary, stop, ready, fail = Diary(), asyncio.Event(), asyncio.Event(), asyncio.Event()
    transport = Noted(MemoryTransport(MemoryBroker()), "broker", diary)

    def a_service(name: str, background: dict[str, Callable[[], Awaitable[None]]]) -> tuple[Service, Platform]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Opened]:
            try:
                yield Opened(background=background)
            finally:
                diary.note(f"{name} closed")

        store = Noted(open_store(f"sqlite:///{tmp_path}", name), f"store of {name}", diary)
        return Service(name, opened), Platform(transport, store, SystemClock())

    async def watch() -> None:
        await fail.wait()
        raise ValueError(str(uuid4()))

    services = [a_service("orchestrator", {}), a_service("coupling_registry", {"watch": watch})]
    task = asyncio.create_task(run_services(services, stop, ready=ready))
    await asyncio.wait_for(ready.wait(), 10)
    fail.set()
    with pytest.raises(ServiceFailed):
        await asyncio.wait_for(task, 10)
    assert diary.entries.count("broker connected") == 1
    assert diary.entries[-5:] == [
        "coupling_registry closed",
        "orchestrator closed",
        "broker closed",
        "store of coupling_registry closed",
        "store of orchestrator closed",
    ]
