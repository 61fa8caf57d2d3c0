"""Faults of the sandbox: latency, refusals, connections cut before and after the commit, torn answers."""

import time

import aiohttp
import pytest

from services.sandbox.faults import Fault, Faults
from tests.component.sandbox.conftest import SalesClient

BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.ClientPayloadError)


def count(sales: SalesClient) -> int:
    return sales.running.tenants.sales.count("account")


async def test_a_connection_cut_before_the_commit_leaves_nothing(sales: SalesClient) -> None:
    sales.running.control.add_fault("cut_before", side="sales", method="POST", path="accounts")
    before = count(sales)

    with pytest.raises(BROKEN):
        await sales.post("accounts", {"name": "A"})

    assert count(sales) == before
    assert (await sales.post("accounts", {"name": "A"})).status == 204


async def test_a_connection_cut_after_the_commit_leaves_the_row_but_no_answer(sales: SalesClient) -> None:
    sales.running.control.add_fault("cut_after", method="POST")
    before = count(sales)

    with pytest.raises(BROKEN):
        await sales.post("accounts", {"name": "A"})

    assert count(sales) == before + 1


async def test_a_status_after_the_commit_leaves_the_row(sales: SalesClient) -> None:
    sales.running.control.add_fault("status_after", method="POST", status=504)
    before = count(sales)

    assert (await sales.post("accounts", {"name": "A"})).status == 504

    assert count(sales) == before + 1


async def test_a_torn_answer_ends_in_the_middle(sales: SalesClient) -> None:
    sales.running.control.add_fault("torn", path="systemusers")

    with pytest.raises(BROKEN):
        await sales.get("systemusers")

    assert (await sales.get("systemusers")).status == 200


@pytest.mark.parametrize(("kind", "status"), [("throttle", 429), ("unavailable", 503)])
async def test_refusals_say_when_to_come_back_unless_told_not_to(sales: SalesClient, kind: str, status: int) -> None:
    sales.running.control.add_fault(kind, seconds=7)
    sales.running.control.add_fault(kind, retry_after=False, after=1)

    first, second = await sales.get("WhoAmI"), await sales.get("WhoAmI")

    assert (first.status, first.headers["Retry-After"]) == (status, "7")
    assert (second.status, "Retry-After" in second.headers) == (status, False)
    assert (await sales.get("WhoAmI")).status == 200


async def test_any_status_can_be_asked_for(sales: SalesClient) -> None:
    sales.running.control.add_fault("status", status=502)

    assert (await sales.get("WhoAmI")).status == 502


async def test_latency_delays_the_answer(sales: SalesClient) -> None:
    sales.running.control.add_fault("latency", seconds=0.1)
    began = time.monotonic()

    assert (await sales.get("WhoAmI")).status == 200
    assert time.monotonic() - began >= 0.1


async def test_faults_of_the_sign_in_service_strike_there_only(sales: SalesClient) -> None:
    sales.running.control.add_fault("unavailable", side="entra", count=None)

    async with sales.session.post(sales.running.details.token_url, data={}) as reply:
        assert reply.status == 503
    assert (await sales.get("WhoAmI")).status == 200


def test_chance_is_repeatable_by_its_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Fault("latency", count=None, probability=0.3))
        return [bool(faults.draw("sales", "GET", "/x")) for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 30 < sum(strikes(1)) < 90


def test_faults_choose_by_side_method_and_path_and_end_after_their_count() -> None:
    faults = Faults()
    faults.add(Fault("latency", side="sales", method="POST|PATCH", path=r"/accounts\b", count=2, after=1))

    def draw(side: str, method: str, path: str) -> int:
        return len(faults.draw(side, method, path))

    assert draw("financials", "POST", "/accounts") == draw("sales", "GET", "/accounts") == 0
    assert draw("sales", "POST", "/accountsx") == 0
    assert [draw("sales", "PATCH", "/api/accounts(1)") for _ in range(5)] == [0, 1, 1, 0, 0]
    assert [fault.struck for fault in faults.all] == [2]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="No fault is called"):
        Fault("hiccup")
