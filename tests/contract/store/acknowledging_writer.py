"""Writes until it is killed, and prints what was acknowledged: ``python -m …acknowledging_writer URL``."""

import asyncio
import sys
from itertools import count

from libs.store.connect import open_store
from libs.store.ports import Collection, CollectionSpec, Document

SPEC = CollectionSpec("crash", unique=(("number",),), indexes=(("tags",),))


async def write_singly(collection: Collection, writer: int) -> None:
    for n in count():
        document = await collection.save(Document(f"{writer}-{n}", {"number": f"{writer}-{n}", "tags": ["a", n]}))
        document = await collection.save(Document(document.id, {**document.data, "again": True}, document.version))
        acknowledged([document])


async def write_in_bulk(collection: Collection) -> None:
    for n in count():
        documents = [Document(f"bulk-{n}-{i}", {"number": f"bulk-{n}-{i}", "tags": ["b"]}) for i in range(20)]
        assert not await collection.save_many(documents)
        acknowledged([Document(document.id, document.data, 1) for document in documents])


def acknowledged(documents: list[Document]) -> None:
    sys.stdout.write("".join(f"{document.id} {document.version}\n" for document in documents))
    sys.stdout.flush()


async def main() -> None:
    async with open_store(sys.argv[1], "crash").connect() as store:
        collection = await store.collection(SPEC)
        await asyncio.gather(write_in_bulk(collection), *(write_singly(collection, writer) for writer in range(5)))


if __name__ == "__main__":
    asyncio.run(main())
