"""The command line for dead letters."""

from collections.abc import Collection

import pytest

from libs.messaging.ports import DeadLetter
from services.dead_letters import care, parser


class Office:
    """A dead-letter office with some letters in it."""

    def __init__(self, *ids: str) -> None:
        self.ids = list(ids)

    async def dead_letters(self, service: str) -> list[DeadLetter]:
        return [
            DeadLetter(letter, service, "q", "commands", "k", "remote.rejected", "no", "2026-01-15T08:30:00Z", None)
            for letter in self.ids
        ]

    async def replay_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return self._take(message_ids)

    async def discard_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return self._take(message_ids)

    def _take(self, message_ids: Collection[str] | None) -> int:
        taken = [letter for letter in self.ids if message_ids is None or letter in message_ids]
        self.ids = [letter for letter in self.ids if letter not in taken]
        return len(taken)


async def test_letters_are_listed_with_their_reason_and_stay() -> None:
    office = Office("a", "b")

    lines, ok = await care(office, "list", "orchestrator", [])

    assert ok
    assert [line.split()[1] for line in lines] == ["a", "b"]
    assert lines[0].endswith("remote.rejected: no")
    assert office.ids == ["a", "b"]


async def test_an_empty_list_says_so() -> None:
    assert await care(Office(), "list", "orchestrator", []) == (["none"], True)


@pytest.mark.parametrize(("action", "done"), [("replay", "replayed"), ("discard", "discarded")])
async def test_some_or_all_letters_are_taken(action: str, done: str) -> None:
    office = Office("a", "b", "c")

    assert await care(office, action, "orchestrator", ["b"]) == ([f"1 {done}"], True)
    assert office.ids == ["a", "c"]
    assert await care(office, action, "orchestrator", []) == ([f"2 {done}"], True)


@pytest.mark.parametrize(("action", "done"), [("replay", ["1 replayed"]), ("discard", ["1 discarded"])])
async def test_an_unknown_id_is_named_and_a_failure(action: str, done: list[str]) -> None:
    absent = ["orchestrator has no dead letter z"]
    assert await care(Office("a"), action, "orchestrator", ["a", "z"]) == ([*done, *absent], False)
    assert await care(Office("a"), "list", "orchestrator", ["z"]) == (absent, False)


def test_only_services_have_dead_letters() -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["list", "nobody"])
