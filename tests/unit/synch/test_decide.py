"""The decision, cell by cell: what is known, what was read, in which run."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.vocabulary import Direction, RunKind, SynchAction, UpdateConflictResolution
from libs.synch.conflict import resolve
from libs.synch.decide import decide
from libs.synch.decisions import Decision, Known, Seen
from libs.synch.fingerprint import WIDTH
from libs.synch.mapping import FieldMapping, IntegrationTableMapping
from libs.synch.plan import Plan, compile_plan
from libs.testing.builders import a_context

FULL, MODIFIED = RunKind.FULL, RunKind.MODIFIED
TO, FROM = Direction.TO_SALES, Direction.FROM_SALES
BOTH = Direction.BIDIRECTIONAL


def a_plan(direction: Direction = TO, mapping_direction: Direction = BOTH, **changes: object) -> Plan:
    """Two fields that go both ways and one that only goes to Sales: positions 0, 1 and 2."""
    fields = tuple(
        FieldMapping(financials=name, financials_type="text", sales=name.lower(), sales_type="text", direction=way)
        for name, way in (("A", BOTH), ("B", BOTH), ("C", TO))
    )
    mapping = IntegrationTableMapping(
        name="M",
        title="M",
        kind="table",
        direction=mapping_direction,
        synch_only_coupled=True,
        financials_table="Customer",
        sales_table="account",
        fields=fields,
    )
    return compile_plan(dataclasses.replace(mapping, **changes), direction, a_context())  # type: ignore[arg-type]


def h(text: str) -> bytes:
    """A fingerprint with a letter for each field; ``?`` is not known."""
    return b"".join(bytes(WIDTH) if letter == "?" else letter.encode() * WIDTH for letter in text)


OLD = Known(h("abc"), "s1", "d1")


@pytest.mark.parametrize(
    ("run", "known", "source", "expected"),
    [
        (FULL, None, Seen(h("abc"), "s1"), Decision(SynchAction.INSERT)),
        (MODIFIED, None, Seen(h("abc"), "s1"), Decision(SynchAction.SKIP)),
        (MODIFIED, OLD, Seen(h("abc"), "s1"), Decision(SynchAction.IGNORE_UNCHANGED)),
        (MODIFIED, OLD, Seen(h("abc"), "s2"), Decision(SynchAction.IGNORE_UNCHANGED)),
        (MODIFIED, OLD, Seen(h("xbc"), "s2"), Decision(SynchAction.MODIFY, (0,))),
        (MODIFIED, OLD, Seen(h("xyz"), "s2"), Decision(SynchAction.MODIFY, (0, 1, 2))),
        (MODIFIED, OLD, Seen(h("?yc"), "s2"), Decision(SynchAction.MODIFY, (1,))),
        (MODIFIED, replace(OLD, failed=True), Seen(h("xbc"), "s1"), Decision(SynchAction.MODIFY, (0,))),
        (
            MODIFIED,
            replace(OLD, destination_version=""),
            Seen(h("xbc"), "s2"),
            Decision(SynchAction.MODIFY, (0,), compare=True),
        ),
        (MODIFIED, replace(OLD, hashes=None), Seen(h("abc"), "s1"), Decision(SynchAction.IGNORE_UNCHANGED)),
        (MODIFIED, replace(OLD, hashes=None), Seen(h("abc"), "s2"), Decision(SynchAction.MODIFY, compare=True)),
        (FULL, OLD, Seen(h("abc"), "s1"), Decision(SynchAction.MODIFY, compare=True)),
        (FULL, OLD, Seen(h("xbc"), "s2"), Decision(SynchAction.MODIFY, compare=True)),
    ],
)
def test_without_the_destination(run: RunKind, known: Known | None, source: Seen, expected: Decision) -> None:
    assert decide(a_plan(), run, known, source) == expected


@pytest.mark.parametrize("run", list(RunKind))
def test_a_skipped_coupling_is_skipped_with_a_reason_whatever_changed(run: RunKind) -> None:
    decision = decide(a_plan(), run, replace(OLD, skipped=True), Seen(h("xyz"), "s2"))

    assert decision.action is SynchAction.SKIP
    assert decision.failure is not None


def test_an_uncoupled_record_is_inserted_in_a_modified_run_where_the_mapping_allows() -> None:
    plan = a_plan(synch_only_coupled=False)

    assert decide(plan, MODIFIED, None, Seen(h("abc"), "s1")).action is SynchAction.INSERT


def test_the_second_pass_of_a_full_run_trusts_the_fingerprint() -> None:
    plan = a_plan(FROM)

    assert decide(plan, FULL, OLD, Seen(h("ab?"), "s9")) == Decision(SynchAction.IGNORE_UNCHANGED)
    assert decide(plan, FULL, OLD, Seen(h("xb?"), "s9")).compare
    assert decide(plan, FULL, replace(OLD, failed=True), Seen(h("ab?"), "s9")).compare
    assert decide(a_plan(FROM, FROM), FULL, OLD, Seen(h("ab?"), "s9")).compare


BOTH_READ = [
    # source, destination, expected action, changed, kept
    ("abc", "abc", SynchAction.IGNORE_UNCHANGED, (), ()),
    ("xbc", "abc", SynchAction.MODIFY, (0,), ()),
    ("xbc", "xbc", SynchAction.IGNORE_UNCHANGED, (), ()),
    ("abc", "xbc", SynchAction.IGNORE_UNCHANGED, (), (0,)),
    ("abc", "xbz", SynchAction.MODIFY, (2,), (0,)),
    ("abz", "abc", SynchAction.MODIFY, (2,), ()),
    ("abz", "xbc", SynchAction.MODIFY, (2,), (0,)),
    ("abc", "abz", SynchAction.MODIFY, (2,), ()),
    ("abc", "ab?", SynchAction.IGNORE_UNCHANGED, (), ()),
    ("xbc", "ayc", SynchAction.FAIL, (0, 1), ()),
    ("xbc", "zbc", SynchAction.FAIL, (0,), ()),
]


@pytest.mark.parametrize(("source", "destination", "action", "changed", "kept"), BOTH_READ)
@pytest.mark.parametrize("run", [FULL, MODIFIED])
def test_with_both_records_known(
    run: RunKind, source: str, destination: str, action: SynchAction, *, changed: tuple[int, ...], kept: tuple[int, ...]
) -> None:
    decision = decide(a_plan(), run, OLD, Seen(h(source), "s2"), Seen(h(destination), "d2"))

    assert (decision.action, decision.changed, decision.keep) == (action, changed, kept)


@pytest.mark.parametrize(
    ("direction", "resolution", "action"),
    [
        (TO, UpdateConflictResolution.NONE, SynchAction.FAIL),
        (TO, UpdateConflictResolution.SEND_TO_SALES, SynchAction.FORCE_MODIFY),
        (TO, UpdateConflictResolution.GET_FROM_SALES, SynchAction.SKIP),
        (FROM, UpdateConflictResolution.NONE, SynchAction.FAIL),
        (FROM, UpdateConflictResolution.SEND_TO_SALES, SynchAction.SKIP),
        (FROM, UpdateConflictResolution.GET_FROM_SALES, SynchAction.FORCE_MODIFY),
    ],
)
def test_the_policy_of_a_conflict(
    direction: Direction, resolution: UpdateConflictResolution, action: SynchAction
) -> None:
    plan = a_plan(direction, update_conflict=resolution)

    decision = resolve(plan, OLD, Seen(h("xbc"), "s2"), Seen(h("ybc"), "d2"))

    assert decision.action is action
    assert (decision.failure is None) == (action is SynchAction.FORCE_MODIFY)


def test_a_conflict_names_the_first_field_pair_that_differs() -> None:
    decision = resolve(a_plan(), OLD, Seen(h("axc"), "s2"), Seen(h("ayc"), "d2"))

    assert decision.failure is not None
    assert "B (b)" in decision.failure.message


@pytest.mark.parametrize("known", [OLD, replace(OLD, hashes=None, source_version="", destination_version="")])
def test_a_one_directional_mapping_overwrites_without_question(known: Known) -> None:
    decision = resolve(a_plan(TO, TO), known, Seen(h("xbc"), "s2"), Seen(h("ayc"), "d2"))

    assert decision == Decision(SynchAction.MODIFY, (0, 1))


def test_a_forced_transfer_overwrites_without_question() -> None:
    decision = resolve(a_plan(), OLD, Seen(h("abc"), "s2"), Seen(h("ayc"), "d2"), forced=True)

    assert decision == Decision(SynchAction.FORCE_MODIFY, (1,))


def test_without_a_fingerprint_the_versions_tell_who_changed() -> None:
    known = replace(OLD, hashes=None)
    source, destination = h("xbc"), h("abc")

    assert resolve(a_plan(), known, Seen(source, "s2"), Seen(destination, "d1")).action is SynchAction.MODIFY
    assert resolve(a_plan(), known, Seen(source, "s1"), Seen(destination, "d2")).keep == (0,)
    assert resolve(a_plan(), known, Seen(source, "s2"), Seen(destination, "d2")).action is SynchAction.FAIL


def test_what_a_lost_write_of_ours_left_is_no_change_of_somebody_else() -> None:
    known = replace(OLD, pending=(h("xbc"),))

    decision = resolve(a_plan(), known, Seen(h("ybc"), "s3"), Seen(h("xbc"), "d9"))

    assert decision == Decision(SynchAction.MODIFY, (0,))


letters = st.text("abc?", min_size=3, max_size=3)


@given(letters, letters, letters, st.sampled_from([TO, FROM]), st.sampled_from(list(UpdateConflictResolution)))
def test_only_fields_that_differ_and_flow_this_way_are_ever_written(
    known: str, source: str, destination: str, direction: Direction, resolution: UpdateConflictResolution
) -> None:
    plan = a_plan(direction, update_conflict=resolution)

    decision = resolve(plan, Known(h(known), "s1", "d1"), Seen(h(source), "s2"), Seen(h(destination), "d2"))

    for position in (*decision.changed, *decision.keep):
        assert source[position] != destination[position]
        assert "?" not in (source[position], destination[position])
        assert position in plan.flowing
    assert not set(decision.changed) & set(decision.keep)


@given(st.text("abc", min_size=3, max_size=3), letters, letters)
def test_no_field_is_written_by_both_directions_of_one_run(known: str, financials: str, sales: str) -> None:
    push = resolve(a_plan(TO), Known(h(known)), Seen(h(financials)), Seen(h(sales)))
    pull = resolve(a_plan(FROM), Known(h(known)), Seen(h(sales)), Seen(h(financials)))

    writing = {SynchAction.MODIFY, SynchAction.FORCE_MODIFY}
    if push.action in writing and pull.action in writing:
        assert not set(push.changed) & set(pull.changed)
