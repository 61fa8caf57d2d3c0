"""Messages and envelopes as bytes and back, at about the cost of the JSON encoder itself.

Records inside a message are never walked by pydantic: they go from the connector's mappings to bytes and from bytes
to mappings. The envelope is typed on the wire, so a body that is no envelope is refused before anybody sees it.
"""

from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, SkipValidation, ValidationError

from libs.contracts.catalogue import MESSAGES
from libs.contracts.envelope import Envelope
from libs.contracts.message import Message
from libs.runtime.errors import ContractBroken

MessageT = TypeVar("MessageT", bound=Message)


class _Wire(msgspec.Struct, omit_defaults=True):
    """The envelope as it travels; the same fields as :class:`Envelope`."""

    id: UUID
    type: str
    source: str
    time: datetime
    data: dict[str, Any]
    target: str = ""
    subject: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None
    traceparent: str = ""
    attempt: int = 0


_FIELDS = _Wire.__struct_fields__


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise NotImplementedError(f"{type(value).__name__} cannot travel in a message")


_encoder = msgspec.json.Encoder(enc_hook=_plain)
_decoder = msgspec.json.Decoder(_Wire)


def encode(envelope: Envelope) -> bytes:
    """The envelope as JSON."""
    return _encoder.encode(
        _Wire(
            envelope.id,
            envelope.type,
            envelope.source,
            envelope.time,
            envelope.data,
            envelope.target,
            envelope.subject,
            envelope.correlation_id,
            envelope.causation_id,
            envelope.traceparent,
            envelope.attempt,
        )
    )


def decode(body: bytes) -> Envelope:
    """The envelope of a body. Raises ``ContractBroken`` for anything that is none."""
    try:
        wire = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ContractBroken("a message is not an envelope", detail=str(error)) from error
    # msgspec has checked every field, so pydantic need not look again.
    return Envelope.model_construct(None, **{name: getattr(wire, name) for name in _FIELDS})


@cache
def _raw_fields(message: type[Message]) -> frozenset[str]:
    """Fields that hold plain records, which need neither validation nor dumping."""
    return frozenset(
        name
        for name, field in message.model_fields.items()
        if any(note is SkipValidation or type(note) is SkipValidation for note in field.metadata)
    )


def message_data(message: Message) -> dict[str, Any]:
    """The message's fields as JSON-like values. Records are shared with the message, not copied."""
    raw = _raw_fields(type(message))
    if not raw:
        return message.model_dump(mode="json")
    data = message.model_dump(mode="json", exclude=set(raw))
    for name in raw:
        data[name] = getattr(message, name)
    return data


def to_message(envelope: Envelope) -> Message:
    """The message inside, validated against the catalogue; fields that this reader does not know are ignored.

    Raises ``ContractBroken`` for an unknown type and for data that does not fit.
    """
    try:
        cls = MESSAGES[envelope.type]
    except KeyError:
        raise ContractBroken(f"messages of type {envelope.type} are not known here") from None
    return fit(cls, envelope.data)


def fit(cls: type[MessageT], data: dict[str, Any]) -> MessageT:
    """``data`` as a message of this class. Raises ``ContractBroken`` that names the fields, never their values."""
    try:
        return cls.model_validate(data)
    except ValidationError as error:
        faults = ", ".join(
            f"{'.'.join(str(part) for part in fault['loc'])} ({fault['type']})"
            for fault in error.errors(include_input=False, include_url=False, include_context=False)[:5]
        )
        raise ContractBroken(f"a message of type {cls.TYPE} does not fit its contract: {faults}") from None
