"""Messages that are saved with a document until they are published."""

import asyncio
from uuid import UUID, uuid4

from libs.runtime.errors import ConcurrentUpdate
from libs.store.ports import Collection, Document
from libs.testing.suites.repository_pieces import an_envelope


class OutboxExam:
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
