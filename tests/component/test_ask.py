"""Questions put from the command line."""

import pytest

from libs.contracts.couplings import CouplingPage, ListCouplings
from libs.contracts.message import Reply, Request
from libs.runtime.errors import ContractBroken
from services.ask import QUESTIONS, parser, put


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
