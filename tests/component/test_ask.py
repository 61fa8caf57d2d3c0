"""Questions put from the command line."""

from collections.abc import Callable, Sequence

import pytest

from libs.contracts.couplings import CouplingPage, ListCouplings
from libs.contracts.item_availability import SwitchItemAvailability
from libs.contracts.message import Reply, Request
from libs.runtime.errors import ContractBroken
from services.ask import QUESTIONS, parser, put
from services.ask import main as ask
from services.dead_letters import main as dead_letters


class Answering:
    """A requester that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request[Reply]] = []

    async def ask(self, request: Request[Reply], *, deadline: float = 30.0) -> Reply:
        self.asked.append(request)
        return CouplingPage(total=3)


async def test_a_question_is_put_with_its_fields() -> None:
    requester = Answering()
    reply = await put(requester, "couplings.list.v1", '{"mapping": "CUSTOMER", "limit": 2}', 5.0)
    assert requester.asked == [ListCouplings(mapping="CUSTOMER", limit=2)]
    assert reply == CouplingPage(total=3)


@pytest.mark.parametrize(("fields", "named"), [("{}", "mapping"), ('{"mapping": 3}', "mapping"), ("{", "JSON")])
async def test_fields_that_do_not_fit_are_named(fields: str, named: str) -> None:
    requester = Answering()
    with pytest.raises(ContractBroken, match=named):
        await put(requester, "couplings.list.v1", fields, 5.0)
    assert requester.asked == []


def test_every_question_is_listed_with_what_it_promises() -> None:
    told = parser().format_help()
    for name, question in QUESTIONS.items():
        assert name in told
        assert (question.__doc__ or "").strip(), f"{question.__name__} says nothing of itself"


@pytest.mark.parametrize("main", [ask, dead_letters])
def test_without_the_address_of_a_broker_nothing_is_asked(
    main: Callable[[Sequence[str]], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TANDEM_BROKER_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["connection.get.v1"] if main is ask else ["list", "orchestrator"])
    assert ended.value.code == 78
    assert "TANDEM_BROKER_URL" in capsys.readouterr().err


async def test_a_question_may_be_called_by_its_class() -> None:
    requester = Answering()
    await put(requester, "SwitchItemAvailability", '{"enabled": true}', 5.0)
    assert requester.asked == [SwitchItemAvailability(enabled=True)]
    assert parser().parse_args(["SwitchItemAvailability"]).question == "SwitchItemAvailability"
