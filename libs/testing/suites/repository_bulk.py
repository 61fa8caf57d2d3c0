"""Many documents at once: each succeeds or fails alone."""

import asyncio

import pytest

from libs.runtime.errors import ConcurrentUpdate
from libs.store.errors import DuplicateKey
from libs.store.ports import Collection, Document, WriteFailure
from libs.testing.suites.repository_pieces import a_coupling


class BulkExam:
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
