"""What every store must do, as tests: a test module derives a class from :class:`RepositorySuite` and gives it a
``store`` fixture, a connected :class:`~libs.store.ports.Store`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.contracts.envelope import Envelope
from libs.runtime.errors import ConcurrentUpdate
from libs.store.errors import DuplicateKey
from libs.store.ports import Collection, CollectionSpec, Document, Store, WriteFailure

Open = Callable[..., Awaitable[Collection]]


def an_envelope(**fields: Any) -> Envelope:
    given: dict[str, Any] = {
        "id": uuid4(),
        "type": "record_page.read.v1",
        "source": "sales_connector",
        "time": datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        "data": {"job_id": "j1", "count": 3, "names": ["Ünïcödé", "\u202e\u05e9\u05dc\u05d5\u05dd", "🎈", ""]},
    }
    return Envelope(**{**given, **fields})


def a_coupling(id: str, **data: Any) -> Document:
    return Document(id, {"mapping": "CUSTOMER", "sales_id": f"s-{id}", "financials_id": f"f-{id}", **data})


COUPLINGS: dict[str, Any] = {
    "unique": (("mapping", "sales_id"), ("mapping", "financials_id")),
    "indexes": (("mapping", "state"), ("waiting",), ("active",)),
}


class RepositorySuite:
    """The exam."""

    @pytest.fixture
    def open_collection(self, store: Store) -> Open:
        async def opened(name: str = "", **spec: Any) -> Collection:
            return await store.collection(CollectionSpec(name or f"c{uuid4().hex}", **spec))

        return opened

    @pytest.fixture
    async def couplings(self, open_collection: Open) -> Collection:
        return await open_collection(**COUPLINGS)

    # One document

    async def test_what_is_saved_is_read_back_as_it_was(self, couplings: Collection) -> None:
        data = {
            "text": "Ünïcödé 🎈 \u202e\u05e9\u05dc\u05d5\u05dd\u0000end",
            "whole": -(2**63),
            "large": 2**64 - 1,
            "fraction": 0.1,
            "truth": [True, False, None],
            "nested": {"a.b": {"$c": []}, "": {}},
        }
        saved = await couplings.save(Document("x", data, handled=("m1", "m2"), outbox=(an_envelope(),)))
        assert await couplings.get("x") == saved
        assert (saved.version, saved.data, saved.handled) == (1, data, ("m1", "m2"))

    async def test_a_document_that_is_not_there_is_none(self, couplings: Collection) -> None:
        assert await couplings.get("nobody") is None

    async def test_each_save_counts_the_version_up(self, couplings: Collection) -> None:
        document = await couplings.save(Document("x", {"n": 0}))
        for n in (1, 2, 3):
            document = await couplings.save(Document("x", {"n": n}, document.version))
        assert document.version == 4
        assert await couplings.get("x") == document

    async def test_saving_over_another_version_is_refused(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {"n": 1}))
        await couplings.save(Document("x", {"n": 2}, 1))
        for stale in (0, 1, 3):
            with pytest.raises(ConcurrentUpdate):
                await couplings.save(Document("x", {"n": 9}, stale))
        assert await couplings.get("x") == Document("x", {"n": 2}, 2)

    async def test_saving_a_version_of_a_deleted_document_is_refused(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {}))
        await couplings.delete_many(["x"])
        with pytest.raises(ConcurrentUpdate):
            await couplings.save(Document("x", {}, 1))
        assert await couplings.get("x") is None

    async def test_handled_ids_are_saved_with_the_state_they_belong_to(self, couplings: Collection) -> None:
        first = await couplings.save(Document("x", {"n": 1}, handled=("m1",)))
        with pytest.raises(ConcurrentUpdate):
            await couplings.save(Document("x", {"n": 2}, 0, handled=("m2",)))
        second = await couplings.save(Document("x", {"n": 2}, first.version, handled=("m1", "m2")))
        assert await couplings.get("x") == second

    async def test_of_many_writers_of_one_version_exactly_one_wins(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {"by": -1}))
        outcomes = await asyncio.gather(
            *(couplings.save(Document("x", {"by": n}, 1)) for n in range(20)), return_exceptions=True
        )
        winners = [outcome for outcome in outcomes if isinstance(outcome, Document)]
        assert len(winners) == 1
        assert {type(outcome) for outcome in outcomes} == {Document, ConcurrentUpdate}
        assert await couplings.get("x") == winners[0]

    async def test_many_writers_that_retry_lose_no_update(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {"total": 0}))

        async def add_one() -> None:
            while True:
                known = await couplings.get("x")
                assert known is not None
                try:
                    await couplings.save(Document("x", {"total": known.data["total"] + 1}, known.version))
                except ConcurrentUpdate:
                    continue
                return

        await asyncio.gather(*(add_one() for _ in range(12)))
        assert await couplings.get("x") == Document("x", {"total": 12}, 13)

    # Unique fields

    async def test_a_taken_unique_pair_is_refused_by_the_names_of_its_fields(self, couplings: Collection) -> None:
        await couplings.save(a_coupling("1"))
        with pytest.raises(DuplicateKey) as refused:
            await couplings.save(a_coupling("2", sales_id="s-1"))
        assert refused.value.key == ("mapping", "sales_id")
        assert await couplings.get("2") is None

    async def test_an_update_cannot_take_a_unique_pair_either(self, couplings: Collection) -> None:
        await couplings.save(a_coupling("1"))
        two = await couplings.save(a_coupling("2"))
        with pytest.raises(DuplicateKey) as refused:
            await couplings.save(Document("2", {**two.data, "financials_id": "f-1"}, two.version))
        assert refused.value.key == ("mapping", "financials_id")
        assert await couplings.get("2") == two

    async def test_the_same_value_beside_another_is_no_duplicate(self, couplings: Collection) -> None:
        await couplings.save(a_coupling("1"))
        await couplings.save(a_coupling("2", mapping="CONTACT", sales_id="s-1", financials_id="f-1"))
        assert await couplings.count({"sales_id": "s-1"}) == 2

    async def test_null_and_missing_never_collide(self, couplings: Collection) -> None:
        assert not await couplings.save_many([a_coupling(str(n), sales_id=None) for n in range(3)])
        assert not await couplings.save_many([Document(f"bare-{n}", {"mapping": "CUSTOMER"}) for n in range(3)])
        with pytest.raises(DuplicateKey):
            await couplings.save(a_coupling("9", sales_id=None, financials_id="f-0"))

    async def test_a_unique_value_is_free_again_once_given_up(self, couplings: Collection) -> None:
        one = await couplings.save(a_coupling("1"))
        await couplings.save(Document("1", {**one.data, "sales_id": "other"}, 1))
        await couplings.save(a_coupling("2", sales_id="s-1"))
        await couplings.delete_many(["2"])
        await couplings.save(a_coupling("3", sales_id="s-1"))

    async def test_of_many_that_reserve_one_unique_pair_exactly_one_wins(self, couplings: Collection) -> None:
        outcomes = await asyncio.gather(
            *(couplings.save(a_coupling(str(n), sales_id="wanted")) for n in range(20)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes].count(Document) == 1
        assert {type(outcome) for outcome in outcomes} == {Document, DuplicateKey}

    # Many at once

    async def test_many_are_saved_and_read_by_id(self, couplings: Collection) -> None:
        documents = [a_coupling(f"{n:03}") for n in range(300)]
        assert await couplings.save_many(documents) == []
        found = await couplings.get_many([*(document.id for document in documents[:200]), "nobody", "000"])
        assert found == {document.id: Document(document.id, document.data, 1) for document in documents[:200]}
        assert await couplings.save_many([Document(d.id, {**d.data, "n": 1}, 1) for d in documents]) == []
        assert {d.version for d in (await couplings.get_many([d.id for d in documents])).values()} == {2}

    async def test_of_many_those_that_cannot_be_saved_are_named_and_the_others_are_saved(
        self, couplings: Collection
    ) -> None:
        await couplings.save_many([a_coupling("a"), a_coupling("b"), a_coupling("c"), a_coupling("d")])
        failures = await couplings.save_many(
            [
                a_coupling("new"),
                Document("a", {"mapping": "CUSTOMER", "n": 1}, 1),
                Document("b", {"mapping": "CUSTOMER", "n": 1}, 7),
                a_coupling("c"),
                a_coupling("taken", sales_id="s-d"),
                Document("c", {"mapping": "CUSTOMER", "financials_id": "f-d"}, 1),
                Document("gone", {"mapping": "CUSTOMER"}, 1),
                a_coupling("last"),
            ]
        )
        assert failures == [
            WriteFailure(2, "version_conflict"),
            WriteFailure(3, "version_conflict"),
            WriteFailure(4, "duplicate_key", ("mapping", "sales_id")),
            WriteFailure(5, "duplicate_key", ("mapping", "financials_id")),
            WriteFailure(6, "version_conflict"),
        ]
        stored = await couplings.get_many(["new", "a", "b", "c", "taken", "gone", "last"])
        assert {name: document.version for name, document in stored.items()} == {
            "new": 1,
            "a": 2,
            "b": 1,
            "c": 1,
            "last": 1,
        }

    async def test_in_a_large_bulk_each_still_succeeds_or_fails_alone(self, couplings: Collection) -> None:
        before = [a_coupling(f"{n:03}", waiting=["x", n] if n % 3 else None) for n in range(80)]
        await couplings.save_many(before)
        changed = [Document(d.id, {**d.data, "n": 1}, 1 if n % 5 else 4) for n, d in enumerate(before)]
        moved = [Document(d.id, {**d.data, "waiting": ["y"]}, d.version) for d in changed]
        new = [a_coupling(f"new-{n:03}", sales_id="s-001" if n == 40 else f"s-new-{n}") for n in range(80)]

        failures = await couplings.save_many([*changed[:40], *new, *moved[40:]])

        assert [(failure.index, failure.reason) for failure in failures] == [
            *((n, "version_conflict") for n in range(0, 40, 5)),
            (80, "duplicate_key"),
            *((n, "version_conflict") for n in range(120, 160, 5)),
        ]
        stored = await couplings.get_many([document.id for document in [*before, *new]])
        assert [stored[d.id].version for d in before] == [2 if n % 5 else 1 for n in range(80)]
        assert len(stored) == 80 + 79 and "new-040" not in stored
        assert len(await couplings.find({"waiting": "y"})) == 32
        assert len(await couplings.find({"waiting": "x"})) == len([n for n in range(80) if n % 3]) - len(
            [n for n in range(40, 80) if n % 3 and n % 5]
        )

    async def test_two_of_one_bulk_that_collide_are_told_apart(self, couplings: Collection) -> None:
        failures = await couplings.save_many([a_coupling("1"), a_coupling("2", sales_id="s-1"), a_coupling("1")])
        assert [(failure.index, failure.reason) for failure in failures] == [
            (1, "duplicate_key"),
            (2, "version_conflict"),
        ]
        assert set(await couplings.get_many(["1", "2"])) == {"1"}

    async def test_bulk_writers_of_the_same_documents_share_them_without_overlap(self, couplings: Collection) -> None:
        ids = [f"{n:02}" for n in range(40)]
        await couplings.save_many([Document(one, {"by": -1}) for one in ids])
        failures = await asyncio.gather(
            *(couplings.save_many([Document(one, {"by": by}, 1) for one in ids]) for by in range(4))
        )
        stored = await couplings.get_many(ids)
        won = [{ids[n] for n in range(40)} - {ids[failure.index] for failure in refused} for refused in failures]
        assert sum(len(ids_won) for ids_won in won) == 40
        assert all(stored[one].data["by"] == by and stored[one].version == 2 for by in range(4) for one in won[by])

    async def test_a_bulk_of_nothing_is_nothing(self, couplings: Collection) -> None:
        assert await couplings.save_many([]) == []
        await couplings.put_many([])
        await couplings.delete_many([])
        assert await couplings.get_many([]) == {}

    async def test_putting_the_same_rows_again_changes_nothing_that_is_read(self, couplings: Collection) -> None:
        rows = [Document(f"{n}", {"waiting": "yes", "n": n}) for n in range(50)]
        for _ in range(2):
            await couplings.put_many(rows)
        await asyncio.gather(couplings.put_many(rows[10:]), couplings.put_many(rows[:40]))
        found = await couplings.find({"waiting": "yes"})
        assert {document.id: document.data for document in found} == {row.id: row.data for row in rows}

    async def test_of_one_id_put_twice_in_a_list_the_last_stays(self, couplings: Collection) -> None:
        await couplings.put_many([Document("x", {"n": 1}), Document("y", {"n": 0}), Document("x", {"n": 2})])
        found = await couplings.get("x")
        assert found is not None and found.data == {"n": 2}

    async def test_putting_counts_as_a_change_for_those_who_save(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {"n": 1}))
        await couplings.put_many([Document("x", {"n": 2})])
        with pytest.raises(ConcurrentUpdate):
            await couplings.save(Document("x", {"n": 3}, 1))

    async def test_putting_a_taken_unique_pair_is_refused(self, couplings: Collection) -> None:
        await couplings.save(a_coupling("1"))
        with pytest.raises(DuplicateKey) as refused:
            await couplings.put_many([a_coupling("2", sales_id="s-1")])
        assert refused.value.key == ("mapping", "sales_id")

    # Searching

    async def test_documents_are_found_by_each_searched_field(self, couplings: Collection) -> None:
        await couplings.save_many(
            [
                a_coupling("3", state="coupled", active=True),
                a_coupling("1", state="coupled", active=False),
                a_coupling("2", state="reserved"),
                a_coupling("4", mapping="CONTACT", state="coupled"),
            ]
        )
        assert await _ids(couplings, {}) == ["1", "2", "3", "4"]
        assert await _ids(couplings, {"mapping": "CUSTOMER"}) == ["1", "2", "3"]
        assert await _ids(couplings, {"mapping": "CUSTOMER", "state": "coupled"}) == ["1", "3"]
        assert await _ids(couplings, {"active": True}) == ["3"]
        assert await _ids(couplings, {"active": None}) == ["2", "4"]
        assert await _ids(couplings, {"mapping": "CUSTOMER", "sales_id": ("s-2", "s-4", "s-9")}) == ["2"]
        assert await _ids(couplings, {"mapping": ["CUSTOMER", "CONTACT"], "state": ["reserved", None]}) == ["2"]
        assert await _ids(couplings, {"active": [False, None]}) == ["1", "2", "4"]
        assert await _ids(couplings, {"mapping": []}) == []

    async def test_hundreds_of_values_are_looked_up_at_once(self, couplings: Collection) -> None:
        await couplings.save_many([a_coupling(f"{n:04}") for n in range(600)])
        found = await couplings.find({"mapping": "CUSTOMER", "sales_id": [f"s-{n:04}" for n in range(0, 1000, 2)]})
        assert [document.id for document in found] == [f"{n:04}" for n in range(0, 600, 2)]

    async def test_a_field_that_holds_a_list_is_found_by_each_element(self, couplings: Collection) -> None:
        await couplings.save_many(
            [
                Document("1", {"waiting": ["a", "b", "b"]}),
                Document("2", {"waiting": ["b", None]}),
                Document("3", {"waiting": "b"}),
                Document("4", {"waiting": []}),
                Document("5", {}),
            ]
        )
        assert await _ids(couplings, {"waiting": "a"}) == ["1"]
        assert await _ids(couplings, {"waiting": "b"}) == ["1", "2", "3"]
        assert await _ids(couplings, {"waiting": ["a", "c"]}) == ["1"]
        assert await _ids(couplings, {"waiting": None}) == ["4", "5"]
        assert await couplings.count({"waiting": ["a", "b"]}) == 3
        assert [document.id for document in await couplings.find({"waiting": "b"}, after="1", limit=1)] == ["2"]

    async def test_elements_follow_the_document(self, couplings: Collection) -> None:
        await couplings.save(Document("1", {"waiting": ["a", "b"]}))
        await couplings.save(Document("1", {"waiting": ["b", "c"]}, 1))
        assert [await _ids(couplings, {"waiting": one}) for one in "abc"] == [[], ["1"], ["1"]]
        await couplings.put_many([Document("1", {"waiting": "d"})])
        assert [await _ids(couplings, {"waiting": one}) for one in "abcd"] == [[], [], [], ["1"]]
        await couplings.delete_many(["1"])
        assert await couplings.count({"waiting": ["a", "b", "c", "d"]}) == 0

    async def test_a_refused_save_leaves_the_elements_as_they_were(self, couplings: Collection) -> None:
        await couplings.save(a_coupling("1"))
        two = await couplings.save(a_coupling("2", waiting=["a"]))
        with pytest.raises(DuplicateKey):
            await couplings.save(Document("2", {**two.data, "sales_id": "s-1", "waiting": ["b"]}, two.version))
        assert await _ids(couplings, {"waiting": "a"}) == ["2"]
        assert await _ids(couplings, {"waiting": "b"}) == []

    async def test_pages_go_through_everything_in_id_order(self, couplings: Collection) -> None:
        await couplings.save_many([a_coupling(f"{n:02}", state="coupled") for n in range(25)])
        for where in ({"mapping": "CUSTOMER"}, {"mapping": "CUSTOMER", "state": ["coupled", "reserved"]}, {}):
            seen: list[str] = []
            while page := await couplings.find(where, after=seen[-1] if seen else "", limit=10):
                assert len(page) <= 10
                seen += [document.id for document in page]
            assert seen == [f"{n:02}" for n in range(25)]
        assert await couplings.find({"mapping": "CUSTOMER"}, limit=0) == []
        assert [document.id for document in await couplings.find({}, after="22")] == ["23", "24"]

    async def test_counting_agrees_with_finding(self, couplings: Collection) -> None:
        await couplings.save_many([a_coupling(str(n), state="coupled" if n % 3 else "reserved") for n in range(30)])
        assert await couplings.count({}) == 30
        assert await couplings.count({"mapping": "CUSTOMER", "state": "reserved"}) == 10
        assert await couplings.count({"mapping": "VENDOR"}) == 0

    async def test_a_search_without_an_index_is_a_mistake(self, couplings: Collection) -> None:
        with pytest.raises(ValueError, match="colour"):
            await couplings.find({"colour": "red"})

    async def test_deleting_takes_out_those_that_are_there(self, couplings: Collection) -> None:
        await couplings.save_many([a_coupling(str(n)) for n in range(5)])
        await couplings.delete_many(["1", "3", "nobody"])
        assert await _ids(couplings, {}) == ["0", "2", "4"]

    # Outbox

    async def test_documents_with_messages_to_publish_are_found_until_all_are_marked(
        self, couplings: Collection
    ) -> None:
        one, two = an_envelope(), an_envelope(causation_id=UUID(int=5), attempt=2, correlation_id="job")
        await couplings.save(Document("x", {}, outbox=(one, two)))
        await couplings.save(Document("silent", {}))
        (waiting,) = await couplings.unpublished()
        assert (waiting.id, waiting.outbox) == ("x", (one, two))
        await couplings.mark_published("x", [str(one.id)])
        (waiting,) = await couplings.unpublished()
        assert waiting.outbox == (two,)
        await couplings.mark_published("x", [str(two.id), str(uuid4())])
        assert await couplings.unpublished() == []
        assert await couplings.get("x") == Document("x", {}, 1)

    async def test_marking_does_not_stand_in_the_way_of_a_save(self, couplings: Collection) -> None:
        known = await couplings.save(Document("x", {"n": 0}, outbox=(an_envelope(),)))
        await couplings.mark_published("x", [str(known.outbox[0].id)])
        later = await couplings.save(Document("x", {"n": 1}, known.version))
        assert later.version == 2

    async def test_marking_a_deleted_document_is_nothing(self, couplings: Collection) -> None:
        await couplings.mark_published("nobody", [str(uuid4())])
        assert await couplings.get("nobody") is None

    async def test_at_most_the_asked_number_of_documents_is_offered(self, couplings: Collection) -> None:
        await couplings.save_many([Document(f"{n:02}", {}, outbox=(an_envelope(),)) for n in range(12)])
        assert len(await couplings.unpublished(5)) == 5
        assert len(await couplings.unpublished()) == 12

    async def test_no_message_is_lost_when_saving_and_marking_race(self, couplings: Collection) -> None:
        await couplings.save(Document("x", {"n": 0}))
        sent: list[UUID] = []
        published: set[UUID] = set()

        async def save(n: int) -> None:
            while True:
                known = await couplings.get("x")
                assert known is not None
                message = an_envelope(subject=str(n))
                try:
                    await couplings.save(Document("x", {"n": n}, known.version, outbox=(*known.outbox, message)))
                except ConcurrentUpdate:
                    continue
                sent.append(message.id)
                return

        async def relay() -> None:
            while len(published) < 15:
                for document in await couplings.unpublished():
                    published.update(message.id for message in document.outbox)
                    await couplings.mark_published(document.id, [str(message.id) for message in document.outbox])
                await asyncio.sleep(0)

        async with asyncio.timeout(30):
            await asyncio.gather(relay(), *(save(n) for n in range(15)))
        assert published == set(sent)

    # Collections

    async def test_a_collection_opened_twice_is_the_same(self, store: Store, couplings: Collection) -> None:
        name = f"c{uuid4().hex}"
        first = await store.collection(CollectionSpec(name, **COUPLINGS))
        await first.save(a_coupling("1"))
        second = await store.collection(CollectionSpec(name, **COUPLINGS))
        assert await second.get("1") is not None
        assert await couplings.get("1") is None

    async def test_a_reachable_store_answers(self, store: Store) -> None:
        await store.ping()


async def _ids(collection: Collection, where: dict[str, Any]) -> list[str]:
    return [document.id for document in await collection.find(where)]
