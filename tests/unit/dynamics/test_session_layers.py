"""The layers over the wire: signing, renewing a token, repeating reads, noting outages."""

import contextlib

import pytest

from libs.dynamics.auth import BasicCredentials
from libs.dynamics.failures import OutcomeUnknown
from libs.dynamics.observed import Observed
from libs.dynamics.session import Authorized, Repeating, Request, Response
from libs.runtime.errors import ContractBroken, Unavailable
from libs.runtime.metrics import REGISTRY
from libs.testing.scripted_session import ScriptedSession, an_answer

GET = Request("GET", "https://org.example/x", {"Accept": "application/json"})
POST = Request("POST", "https://org.example/x", body=b"{}")


class RenewedOnce:
    """Credentials whose first token is not accepted any more."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    async def authorization(self, *, refused: str = "") -> str:
        if refused:
            self.refused.append(refused)
            return "Bearer new"
        return "Bearer old"


async def no_sleep(seconds: float) -> None:
    return None


async def test_requests_are_signed_and_keep_their_headers():
    session = ScriptedSession(an_answer({}))
    await Authorized(session, RenewedOnce()).send(GET)
    assert session.requests[0].headers == {"Accept": "application/json", "Authorization": "Bearer old"}


async def test_a_refused_token_is_renewed_once_and_the_request_sent_again():
    session = ScriptedSession(an_answer(None, 401), an_answer({}))
    credentials = RenewedOnce()
    response = await Authorized(session, credentials).send(POST)
    assert response.status == 200
    assert credentials.refused == ["Bearer old"]
    assert [request.headers["Authorization"] for request in session.requests] == ["Bearer old", "Bearer new"]


async def test_a_second_refusal_is_passed_on():
    session = ScriptedSession(an_answer(None, 401), an_answer(None, 401))
    assert (await Authorized(session, RenewedOnce()).send(GET)).status == 401
    assert session.finished


async def test_what_cannot_be_renewed_is_not_tried_again():
    session = ScriptedSession(an_answer(None, 401))
    assert (await Authorized(session, BasicCredentials("user", "key")).send(GET)).status == 401
    assert session.requests[0].headers["Authorization"] == "Basic dXNlcjprZXk="


@pytest.mark.parametrize("trouble", [OutcomeUnknown("lost"), Unavailable("away"), an_answer(None, 502)])
async def test_reads_are_repeated(trouble):
    session = ScriptedSession(trouble, an_answer({}))
    assert (await Repeating(session, sleep=no_sleep).send(GET)).ok


async def test_a_batch_of_reads_is_repeated_too():
    session = ScriptedSession(OutcomeUnknown("lost"), an_answer({}))
    request = Request("POST", "https://org.example/$batch", repeatable=True)
    assert (await Repeating(session, sleep=no_sleep).send(request)).ok


async def test_writes_are_not_repeated():
    session = ScriptedSession(OutcomeUnknown("lost"))
    with pytest.raises(OutcomeUnknown):
        await Repeating(session, sleep=no_sleep).send(POST)
    session = ScriptedSession(an_answer(None, 504))
    with pytest.raises(OutcomeUnknown):
        await Repeating(session, sleep=no_sleep).send(POST)


async def test_a_wrong_setting_is_told_at_once():
    session = ScriptedSession(Unavailable("no such host", setting="TANDEM_SALES_URL"))
    with pytest.raises(Unavailable) as caught:
        await Repeating(session, sleep=no_sleep).send(GET)
    assert caught.value.setting == "TANDEM_SALES_URL"


async def test_repeating_ends():
    session = ScriptedSession(*[OutcomeUnknown("lost")] * 4)
    with pytest.raises(OutcomeUnknown):
        await Repeating(session, pauses=(0, 0, 0), sleep=no_sleep).send(GET)
    assert session.finished


async def test_an_outage_is_noted_once_at_its_start_and_once_at_its_end():
    noted: list[str] = []

    class Log:
        def warning(self, event: str, **_: object) -> None:
            noted.append(event)

        info = warning

    session = Observed(
        ScriptedSession(an_answer({}), Unavailable("1"), an_answer(None, 503), Unavailable("2"), an_answer({})),
        "Dynamics 365 Sales",
        log=Log(),
    )
    await session.send(GET)
    for _ in range(3):
        with contextlib.suppress(Unavailable):
            await session.send(GET)
    await session.send(GET)
    assert noted == ["environment.lost", "environment.regained"]


def test_numbers_in_answers_lose_no_digit():
    assert Response(200, {}, b'{"a":1.10,"b":3,"c":0.1000000000000000000001}').json() == {
        "a": "1.10",
        "b": 3,
        "c": "0.1000000000000000000001",
    }


def test_an_answer_that_is_not_json_breaks_the_contract():
    with pytest.raises(ContractBroken):
        Response(200, {}, b"<html>").json()


async def test_every_answer_is_counted_once():
    def counted(answer: str) -> float:
        return (
            REGISTRY.get_sample_value("tandem_remote_requests_total", {"environment": "counted", "answer": answer}) or 0
        )

    steps = (an_answer({}), an_answer(None, 429), Unavailable("away"))
    session = Observed(ScriptedSession(*steps), "counted")
    for _ in steps:
        with contextlib.suppress(Unavailable):
            await session.send(GET)
    assert [counted(answer) for answer in ("2xx", "throttled", "none")] == [1, 1, 1]
