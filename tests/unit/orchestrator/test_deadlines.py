"""When a step is overdue."""

from services.orchestrator.domain.deadlines import Pace, deadline_of, is_given_up, is_overdue
from services.orchestrator.domain.pages import OpenPage

PACE = Pace(read_deadline=100.0, settle_deadline=1000.0, resends=3)


def a_page(sent: float = 0.0, resends: int = 0, accepted: str = "") -> OpenPage:
    return {"cursor": "", "sent": sent, "resends": resends, "accepted": accepted, "again": False, "readings": {}}


def test_a_page_that_was_not_read_has_the_deadline_for_reading() -> None:
    assert not is_overdue(a_page(sent=50.0), PACE, now=150.0)
    assert is_overdue(a_page(sent=50.0), PACE, now=150.1)


def test_a_page_that_was_read_has_the_deadline_for_settling() -> None:
    assert not is_overdue(a_page(accepted="a"), PACE, now=1000.0)
    assert is_overdue(a_page(accepted="a"), PACE, now=1000.1)


def test_deadlines_stand_still_while_a_remote_service_rests() -> None:
    assert not is_overdue(a_page(), PACE, now=600.0, quiet_until=500.0)
    assert is_overdue(a_page(), PACE, now=600.1, quiet_until=500.0)


def test_patience_doubles_with_every_repetition() -> None:
    assert [deadline_of(a_page(resends=resends), PACE) for resends in range(4)] == [100.0, 200.0, 400.0, 800.0]


def test_a_step_is_given_up_after_its_last_repetition() -> None:
    assert not is_given_up(a_page(resends=2), PACE)
    assert is_given_up(a_page(resends=3), PACE)
