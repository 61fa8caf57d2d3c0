"""What the registry is told of the base currency's rate when the connection is made and when runs are started."""

from pathlib import Path

import pytest

from libs.contracts.jobs import SynchronizeModified
from libs.contracts.message import Request
from libs.contracts.review import GenerateReview, RestartReviewLine, StartReview
from libs.contracts.setup import ConfigureRegistry, EnableConnection, GetConnection, GetExchangeRates
from tests.component.orchestrator.scripted import Running, Script, at_rest, running
from tests.unit.orchestrator.builders import a_mapping


def a_script() -> Script:
    return Script(mappings=[a_mapping("CURRENCY"), a_mapping("CUSTOMER")], records={"Currency": 1, "Customer": 1})


def told(script: Script) -> list[str]:
    return [asked.context.base_currency_rate for asked in script.asked if isinstance(asked, ConfigureRegistry)]


async def kept(tandem: Running) -> str:
    return (await tandem.client.ask(GetConnection())).context.base_currency_rate


@pytest.mark.parametrize(
    ("in_financials", "in_sales", "used"),
    [("0.86", "0.9", "0.86"), ("", "0.9", "0.9"), ("0", "0.9", "0.9"), ("", "", ""), ("", "0", "")],
)
async def test_without_a_rate_in_financials_the_connection_takes_that_of_the_local_currency_in_sales(
    tmp_path: Path, in_financials: str, in_sales: str, used: str
) -> None:
    script = a_script()
    script.rates, script.rate_in_sales = {"EUR": in_financials}, in_sales
    async with running(tmp_path, script) as tandem:
        made = await tandem.client.ask(EnableConnection())

    assert [failure.code for failure in made.failures] == ([] if used else ["currency.base_rate_missing"])
    assert told(script) == ([used] if used else [])


async def test_a_rate_that_was_taken_from_sales_gives_way_to_one_that_is_entered_in_financials(tmp_path: Path) -> None:
    script = a_script()
    script.rates, script.rate_in_sales = {}, "0.9"
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        script.rates = {"EUR": "0.86"}
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())

        assert await kept(tandem) == told(script)[-1] == "0.86"


@pytest.mark.parametrize("start", [StartReview(), RestartReviewLine(mapping="CURRENCY")])
async def test_what_starts_full_runs_takes_the_rate_of_the_day(tmp_path: Path, start: Request) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        if isinstance(start, RestartReviewLine):
            await tandem.client.ask(StartReview())
            await at_rest(tandem)
        script.rates = {"EUR": "1.72"}
        await tandem.client.ask(start)

        assert await kept(tandem) == told(script)[-1] == "1.72"


async def test_runs_over_what_was_modified_do_not_ask_for_rates(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        script.asked.clear()
        await tandem.client.ask(SynchronizeModified())

    assert not any(isinstance(asked, GetExchangeRates) for asked in script.asked)


@pytest.mark.parametrize("rates", [{}, {"EUR": "0"}, {"USD": "2"}])
async def test_the_last_rate_stays_while_financials_has_none(tmp_path: Path, rates: dict[str, str]) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        script.rates = rates
        started = await tandem.client.ask(StartReview())

        assert started.failures == []
        assert await kept(tandem) == "0.86"
    assert set(told(script)) == {"0.86"}


async def test_a_registry_that_missed_a_rate_is_told_by_the_next_start_though_it_is_the_same(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        script.rates, script.deaf = {"EUR": "1.72"}, True
        await tandem.client.ask(StartReview())
        script.deaf = False
        script.asked.clear()
        await tandem.client.ask(StartReview())

    assert told(script) == ["1.72"]
