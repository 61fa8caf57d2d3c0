"""The demo against a Tandem that is up: it asks again while somebody is away, and knows what must be left behind."""

from typing import Any

import pytest

from libs.contracts.failures import Failure
from libs.contracts.message import Request
from libs.contracts.review import GetReview, ReviewView, StartReview
from libs.contracts.setup import CheckConnection, ConnectionReport, FinancialsCompany
from libs.contracts.vocabulary import System
from libs.runtime.errors import AccessDenied, Unavailable
from libs.runtime.settings import SettingsInvalid, read_settings
from services.demo.attached import ONE_ANSWER, Persistent, refuse_other_tenants
from services.demo.audit import left_behind
from services.demo.client import DemoFailed
from services.demo.settings import Settings


class Scripted:
    """A requester that gives these answers one after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, float]] = []

    async def ask(self, request: Request[Any], *, deadline: float = 30.0) -> Any:
        self.asked.append((request.TYPE, deadline))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_a_question_that_only_looks_is_asked_again_while_nobody_answers() -> None:
    view = ReviewView()
    scripted = Scripted(Unavailable("the broker is away"), Unavailable("no answer"), view)
    assert await Persistent(scripted, pause=0.0).ask(GetReview(), deadline=100.0) is view
    assert len(scripted.asked) == 3
    assert all(deadline == ONE_ANSWER for _, deadline in scripted.asked)


async def test_it_gives_up_at_the_deadline() -> None:
    scripted = Scripted(Unavailable("the broker is away"))
    with pytest.raises(Unavailable):
        await Persistent(scripted, pause=0.0).ask(GetReview(), deadline=0.0)
    assert len(scripted.asked) == 1


async def test_what_starts_something_is_said_once() -> None:
    scripted = Scripted(Unavailable("the broker is away"))
    with pytest.raises(Unavailable):
        await Persistent(scripted, pause=0.0).ask(StartReview(), deadline=100.0)
    assert scripted.asked == [(StartReview.TYPE, 100.0)]


async def test_a_refusal_is_final() -> None:
    scripted = Scripted(AccessDenied("no"))
    with pytest.raises(AccessDenied):
        await Persistent(scripted, pause=0.0).ask(GetReview(), deadline=100.0)


def a_report(system: System, **more: Any) -> ConnectionReport:
    return ConnectionReport(system=system, **more)


def a_company(id: str) -> FinancialsCompany:
    return FinancialsCompany(id=id, name="CRONUS", surface="companion")


SANDBOX = {"organization_id": "0A", "company_id": "0C"}


async def test_the_demo_goes_on_where_both_connectors_reach_the_sandbox() -> None:
    scripted = Scripted(
        a_report(System.SALES, organization_id="0a"), a_report(System.FINANCIALS, company=a_company("0c"))
    )
    await refuse_other_tenants(scripted, SANDBOX)
    assert [type_name for type_name, _ in scripted.asked] == [CheckConnection.TYPE] * 2


@pytest.mark.parametrize(
    ("organization", "company", "said"),
    [("77", "0c", "another sales tenant"), ("0a", "77", "another financials tenant")],
)
async def test_the_demo_never_touches_a_tenant_that_is_not_the_sandbox(
    organization: str, company: str, said: str
) -> None:
    scripted = Scripted(
        a_report(System.SALES, organization_id=organization), a_report(System.FINANCIALS, company=a_company(company))
    )
    with pytest.raises(DemoFailed, match=said):
        await refuse_other_tenants(scripted, SANDBOX)


async def test_what_stands_in_the_way_of_a_connection_is_told() -> None:
    failure = Failure(code="x", message="The client secret is wrong.", setting="TANDEM_CLIENT_SECRET")
    with pytest.raises(DemoFailed, match="TANDEM_CLIENT_SECRET: The client secret is wrong"):
        await refuse_other_tenants(Scripted(a_report(System.SALES, failures=[failure])), SANDBOX)


def test_the_list_of_the_sandbox_becomes_what_the_audit_compares() -> None:
    found = left_behind(
        [
            {"mapping": "CUSTOMER", "key": "C1", "action": "fail", "reason": "blocked", "id": "1"},
            {"mapping": "CUSTOMER", "key": "C2", "action": "fail", "reason": "blocked", "id": "2"},
            {"mapping": "CONTACT", "key": "CT1", "action": "skip", "reason": "nobody's", "id": "3"},
        ]
    )
    assert found == {"fail": {"CUSTOMER": {"C1", "C2"}}, "skip": {"CONTACT": {"CT1"}}}


def test_the_address_of_the_control_endpoint_must_be_named() -> None:
    with pytest.raises(SettingsInvalid, match="TANDEM_CONTROL_URL"):
        read_settings(Settings, {})
    with pytest.raises(SettingsInvalid, match="TANDEM_CONTROL_URL"):
        read_settings(Settings, {"TANDEM_CONTROL_URL": "sandbox:8443"})
