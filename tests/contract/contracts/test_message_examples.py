"""One example file per message version: what was once sent must be read for as long as its type is in the catalogue."""

from pathlib import Path

import msgspec
import pytest

from libs.contracts.catalogue import MESSAGES
from libs.messaging.encoding import decode, message_data, to_message

EXAMPLES = Path(__file__).parents[2] / "data" / "messages"


def test_every_message_version_has_an_example_and_every_example_a_message() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_an_example_is_understood_whole(name: str) -> None:
    envelope = decode((EXAMPLES / f"{name}.json").read_bytes())

    message = to_message(envelope)

    assert type(message) is MESSAGES[name]
    understood = msgspec.json.decode(msgspec.json.encode(message_data(message)))
    lost = {field: value for field, value in envelope.data.items() if understood.get(field) != value}
    assert lost == {}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_field_of_a_newer_writer_is_ignored(name: str) -> None:
    envelope = decode((EXAMPLES / f"{name}.json").read_bytes())
    newer = envelope.model_copy(update={"data": {**envelope.data, "field_of_tomorrow": 1}})

    assert to_message(newer) == to_message(envelope)
