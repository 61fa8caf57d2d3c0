"""What every message is: a frozen pydantic model that knows its type name, its kind and its owner.

A command is owned by its receiver, an event by its sender, a request by the service that answers it.
Writers are strict (a message is validated when it is made), readers tolerant (unknown fields are ignored).
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer, SkipValidation

T = TypeVar("T")


def _as_is(value: Any) -> Any:
    return value


Unvalidated = Annotated[T, SkipValidation, PlainSerializer(_as_is)]
"""Plain records inside a message: they are described in the catalogue, but not validated or dumped value by value."""


TOLERANT = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
"""Frozen, tolerant of fields that are not known, and what does not fit is told without its value: it may be logged."""


class Part(BaseModel):
    """What messages are made of besides plain values and records: as frozen and as tolerant as they are."""

    model_config = TOLERANT


class Kind(StrEnum):
    COMMAND = "command"
    EVENT = "event"
    REQUEST = "request"
    REPLY = "reply"


class Message(BaseModel):
    """Base of all messages; subclasses set the three class variables."""

    model_config = TOLERANT

    TYPE: ClassVar[str]
    """Type name with version, e.g. ``record_page.read.v1``."""
    KIND: ClassVar[Kind]
    OWNER: ClassVar[str]
    """Service name; ``{system}_connector`` for messages that either connector receives or sends."""

    def owner(self) -> str:
        """The service that owns this very message; see :attr:`OWNER`."""
        return self.OWNER.format(system=getattr(self, "system", ""))

    def subject(self) -> str:
        """What the message is about, for logs and the envelope: a job, page or mapping, never a field value."""
        return ""


class Command(Message):
    """Do this. One receiver; its failure is retried, then dead-lettered."""

    KIND = Kind.COMMAND


class Event(Message):
    """This happened. Any number of receivers, also none."""

    KIND = Kind.EVENT


class Reply(Message):
    """The answer to a request; travels back to the asker alone."""

    KIND = Kind.REPLY
    OWNER = ""


ReplyT = TypeVar("ReplyT", bound=Reply)


class Request(Message, Generic[ReplyT]):
    """A question with a deadline; ``REPLY`` is the class of its answer."""

    KIND = Kind.REQUEST
    REPLY: ClassVar[type[Reply]]
