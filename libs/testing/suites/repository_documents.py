"""One document at a time: versions, handled ids, and pairs of fields that stay unique."""

import asyncio

import pytest

from libs.runtime.errors import ConcurrentUpdate
from libs.store.errors import DuplicateKey
from libs.store.ports import Collection, Document
from libs.testing.suites.repository_pieces import a_coupling, an_envelope


class DocumentExam:
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
