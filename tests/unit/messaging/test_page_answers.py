"""What a connector says of a page that it was to write."""

from libs.contracts.pages import Carried, Counters, OutcomeData, PageKey, WriteData, WritePage
from libs.contracts.vocabulary import Direction, OutcomeStatus, RunKind, System
from libs.messaging.pages import answered_for


def a_page() -> WritePage:
    return WritePage(
        system=System.SALES,
        page=PageKey(job_id="job", mapping="CUSTOMER", direction=Direction.TO_SALES, page=0),
        run=RunKind.FULL,
        mapping="CUSTOMER",
        table="account",
        writes=[],
        carried=Carried(counters=Counters(unchanged=1, failed=1), coupled=["company|1"]),
    )


def an_outcome(settled_at: str = "", version: str = "v1", status: OutcomeStatus = OutcomeStatus.EQUAL) -> OutcomeData:
    write: WriteData = {
        "coupling": "1",
        "number": 0,
        "operation": "compare",
        "source": {"id": "s", "key": "", "version": "", "fingerprint": "", "waiting": {}},
        "id": "d",
        "version": None,
        "values": {},
    }
    if settled_at:
        write["settled_at"] = settled_at
    return {"write": write, "status": status.value, "id": "d", "version": version}


def test_a_record_that_is_equal_at_the_known_version_is_counted_and_stays_behind() -> None:
    answer = answered_for(a_page(), [an_outcome("v1"), an_outcome("v1")])

    assert answer.outcomes == []
    assert answer.carried == Carried(counters=Counters(unchanged=3, failed=1), coupled=["company|1"])


def test_whatever_the_coupling_can_learn_from_is_told() -> None:
    news = [
        an_outcome("v1", version="v2"),
        an_outcome(),
        an_outcome(version=""),
        an_outcome("v1", status=OutcomeStatus.DIFFERENT),
        an_outcome("v1", version="", status=OutcomeStatus.GONE),
    ]

    answer = answered_for(a_page(), news)

    assert answer.outcomes == news
    assert answer.carried == a_page().carried
