"""Finding, counting and deleting documents by the fields that a collection is searched by."""

from typing import Any

import pytest

from libs.store.errors import DuplicateKey
from libs.store.ports import Collection, Document
from libs.testing.suites.repository_pieces import a_coupling


class SearchExam:
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


async def _ids(collection: Collection, where: dict[str, Any]) -> list[str]:
    return [document.id for document in await collection.find(where)]
