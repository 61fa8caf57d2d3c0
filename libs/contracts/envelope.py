"""The envelope around every message; its names follow CloudEvents 1.0 with Tandem's correlation added."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import BaseModel, Field

from libs.contracts.message import TOLERANT


class Envelope(BaseModel):
    """One message under way. ``data`` is the message's fields, not yet validated against its class."""

    model_config = TOLERANT

    id: UUID
    type: str = Field(description="type name with version, e.g. record_page.read.v1")
    source: str = Field(description="service that sent it")
    target: str = Field(default="", description="receiver of a command or request; empty for events")
    subject: str = Field(default="", description="job, page or mapping it is about; never a field value")
    correlation_id: str = Field(default="", description="the job or request that everything here belongs to")
    causation_id: UUID | None = Field(default=None, description="the message whose handling produced this one")
    time: datetime
    traceparent: str = Field(default="", description="W3C trace context")
    attempt: int = Field(default=0, description="how many times handling it has already failed")
    data: dict[str, Any]


def result_id(cause: UUID, type_name: str, index: int, discriminator: str = "") -> UUID:
    """The id of the ``index``-th message that handling ``cause`` produced.

    A repeat of the same handling yields the same ids, so receivers recognise duplicates. ``discriminator`` tells
    apart two handlings whose results may honestly differ (a page read twice).
    """
    return uuid5(cause, f"{type_name}:{index}:{discriminator}")
