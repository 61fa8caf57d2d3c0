"""Messages to bytes and back: nothing added, nothing lost, and records are left alone."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from libs.contracts.catalogue import MESSAGES
from libs.contracts.envelope import Envelope
from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import PageAbandoned
from libs.contracts.pages import Carried, Counters, PageKey, PageRead, SynchronizePage, WritePage
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.messaging.encoding import decode, encode, message_data, to_message
from libs.messaging.ports import Outgoing
from libs.messaging.posting import addressed, envelope_of, results_of
from libs.runtime.errors import ContractBroken
from libs.testing.envelopes import MOMENT, an_envelope

PAGE = PageKey(job_id="job-1", mapping="CUSTOMER", direction=Direction.TO_SALES, page=0)

VALUES = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text())


def sent(message: Any, **fields: Any) -> Envelope:
    return envelope_of(message, id=uuid4(), service="tests", now=MOMENT, **fields)


@given(values=VALUES)
def test_a_page_of_records_comes_back_as_it_was(values: dict[str, Any]) -> None:
    record = {"id": "1", "key": "", "version": "7", "modified_on": "", "values": values}
    message = SynchronizePage(page=PAGE, run=RunKind.FULL, records=[record])
    envelope = sent(message)
    assert decode(encode(envelope)) == envelope
    assert to_message(decode(encode(envelope))) == message


def test_parts_of_a_message_survive_beside_the_records() -> None:
    failure = Failure(code="remote.rejected", message="too long", field="name")
    error = SynchJobError(action="fail", mapping="CUSTOMER", direction="to_sales", failure=failure)
    message = WritePage(
        system=System.SALES,
        page=PAGE,
        run=RunKind.MODIFIED,
        mapping="CUSTOMER",
        table="account",
        writes=[{"coupling": "c", "values": {"name": "Ærø"}}],
        carried=Carried(counters=Counters(inserted=2), errors=[error]),
    )
    assert to_message(decode(encode(sent(message)))) == message


def test_records_are_handed_over_uncopied_and_unvalidated() -> None:
    records = [{"id": "1", "whatever": [1]}]
    message = SynchronizePage(page=PAGE, run=RunKind.FULL, records=records)
    assert message_data(message)["records"] is records


def test_the_wire_form_is_plain_json_with_the_envelopes_names() -> None:
    envelope = sent(PageRead(system=System.SALES, page=PAGE, count=3))
    wire = json.loads(encode(envelope))
    assert wire["type"] == PageRead.TYPE
    assert wire["time"] == "2026-03-02T08:00:00Z"
    assert wire["data"]["page"]["direction"] == "to_sales"
    assert set(wire) <= set(Envelope.model_fields)
    assert Envelope.model_validate_json(encode(envelope)) == envelope


def test_a_reader_ignores_what_it_does_not_know() -> None:
    wire = json.loads(encode(sent(PageRead(system=System.SALES, page=PAGE, count=3))))
    wire["new_in_envelope"] = 1
    wire["data"]["new_in_message"] = {"a": 1}
    wire["data"]["page"]["new_in_part"] = True
    message = to_message(decode(json.dumps(wire).encode()))
    assert message == PageRead(system=System.SALES, page=PAGE, count=3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"type": "x"}',
        b"\xff\xfe",
        b'{"id": 5}',
        b'{"id": "no uuid", "type": "x", "source": "x", "time": "2026-01-01T00:00:00Z", "data": {}}',
    ],
)
def test_what_is_no_envelope_is_refused(body: bytes) -> None:
    with pytest.raises(ContractBroken):
        decode(body)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ContractBroken, match=r"never\.heard\.v1"):
        to_message(an_envelope(type="never.heard.v1"))


def test_data_that_does_not_fit_names_the_field_and_keeps_the_value_to_itself() -> None:
    envelope = sent(PageRead(system=System.SALES, page=PAGE, count=3))
    broken = envelope.model_copy(update={"data": {**envelope.data, "count": "a secret"}})
    with pytest.raises(ContractBroken) as raised:
        to_message(broken)
    assert "count" in raised.value.message
    assert "secret" not in f"{raised.value.message}{raised.value.detail}"


def test_a_message_that_cannot_be_made_is_told_without_its_values_since_a_bug_is_logged_in_its_own_words() -> None:
    for make in (
        lambda: PageRead(system="sales", page=PAGE, count="Fabrikam", next_cursor="", watermark=""),
        lambda: PageKey(job_id=["Fabrikam"], mapping="CUSTOMER", direction=Direction.TO_SALES, page=0),
        lambda: an_envelope(data="Fabrikam"),
    ):
        with pytest.raises(ValidationError) as told:
            make()
        assert "Fabrikam" not in str(told.value)


def test_every_message_of_the_catalogue_has_a_route_unless_it_is_a_reply() -> None:
    for type_name, cls in MESSAGES.items():
        if cls.KIND == "reply":
            with pytest.raises(ContractBroken):
                addressed(an_envelope(type=type_name))
        else:
            assert addressed(an_envelope(type=type_name, target="somebody"))[1] == f"somebody.{type_name}"


def test_an_events_source_is_its_owner_and_a_commands_target_its_receiver() -> None:
    abandoned = PageAbandoned(
        service="financials_connector", job_id="j", mapping="ITEM", failure=Failure(code="c", message="m")
    )
    assert addressed(sent(abandoned))[:2] == ("events", "financials_connector.record_page.abandoned.v1")
    write = WritePage(system=System.FINANCIALS, page=PAGE, run=RunKind.FULL, mapping="ITEM", table="Item", writes=[])
    envelope = sent(write)
    assert addressed(envelope)[:2] == ("commands", "financials_connector.record_page.write.v1")
    assert (envelope.source, envelope.target, envelope.subject) == ("tests", "financials_connector", str(PAGE))


def test_the_correlation_is_the_causes_or_else_the_job() -> None:
    message = PageRead(system=System.SALES, page=PAGE, count=3)
    assert sent(message).correlation_id == "job-1"
    assert sent(message, cause=an_envelope(correlation_id="request-7")).correlation_id == "request-7"
    assert sent(message, cause=an_envelope(correlation_id="")).correlation_id == "job-1"


def test_a_repeat_of_a_handling_draws_the_same_ids_and_a_discriminator_others() -> None:
    cause = an_envelope()
    message = PageRead(system=System.SALES, page=PAGE, count=3)

    def ids(*results: Any) -> list[Any]:
        return [envelope.id for envelope in results_of(cause, results, service="tests", now=MOMENT)]

    given = uuid4()
    assert ids(message, message) == ids(message, message)
    assert len(set(ids(message, message))) == 2
    assert ids(Outgoing(message, "a")) != ids(Outgoing(message, "b"))
    assert ids(Outgoing(message, "a")) != ids(message)
    assert ids(Outgoing(message, id=given)) == [given]
    assert all(e.causation_id == cause.id for e in results_of(cause, [message], service="tests", now=MOMENT))
