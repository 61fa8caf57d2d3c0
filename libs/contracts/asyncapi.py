"""Writes the AsyncAPI 3 document of every service from the message catalogue: ``python -m libs.contracts.asyncapi``.

A service receives its commands and requests and the events it subscribes to; it sends its events and replies. Which
services send a command is not theirs to declare: a command belongs to its receiver.
"""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from libs.contracts.catalogue import MESSAGES
from libs.contracts.couplings import ResolvedRecord
from libs.contracts.envelope import Envelope
from libs.contracts.lookup_facts import CompanyFacts, CustomerFacts, PriceLineData, ProductFacts, ProductRef, StockData
from libs.contracts.lookups import PriceQuestion, PriceReply
from libs.contracts.message import Kind, Message, Request
from libs.contracts.pages import OutcomeData, RecordData, WriteData
from libs.contracts.routing import BROADCASTS, EXCHANGE_OF, SERVICES, SUBSCRIPTIONS, topology_of

FOLDER = Path(__file__).parents[2] / "docs" / "asyncapi"
_SCHEMAS = "#/components/schemas/{model}"
_RECORDS = (
    RecordData,
    WriteData,
    OutcomeData,
    CustomerFacts,
    ProductFacts,
    PriceLineData,
    StockData,
    CompanyFacts,
    PriceQuestion,
    PriceReply,
    ProductRef,
    ResolvedRecord,
)


def documents() -> dict[str, dict[str, Any]]:
    """File name -> AsyncAPI document, one per service."""
    return {f"{service}.json": document_of(service) for service in SERVICES}


def document_of(service: str) -> dict[str, Any]:
    """What ``service`` receives and sends."""
    received = [cls for cls in MESSAGES.values() if cls.KIND in (Kind.COMMAND, Kind.REQUEST) and _owns(service, cls)]
    subscribed = [*SUBSCRIPTIONS.get(service, ()), *BROADCASTS.get(service, ())]
    sent = [cls for cls in MESSAGES.values() if cls.KIND is Kind.EVENT and _owns(service, cls)]
    replies = [cls.REPLY for cls in received if issubclass(cls, Request)]
    every = list(dict.fromkeys([*received, *subscribed, *sent, *replies]))
    operations: dict[str, Any] = {}
    for cls in received:
        operations[f"receive_{cls.__name__}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{cls.__name__}"},
            "summary": _first_line(cls),
            **_reply(cls),
        }
    for event in subscribed:
        operations[f"receive_{event.__name__}"] = _operation("receive", event)
    for event in sent:
        operations[f"send_{event.__name__}"] = _operation("send", event)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Tandem {service}",
            "version": "1.0.0",
            "description": f"Messages that {service} receives and sends. Generated from libs/contracts.",
        },
        "defaultContentType": "application/json",
        "channels": {cls.__name__: _channel(service, cls) for cls in every},
        "operations": operations,
        "components": {"messages": {cls.__name__: _message(cls) for cls in every}, "schemas": _schemas(every)},
    }


def write(folder: Path = FOLDER) -> None:
    """Write all documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in documents().items():
        (folder / name).write_text(as_text(document), encoding="utf-8")


def as_text(document: dict[str, Any]) -> str:
    """A document as its file holds it."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _owns(service: str, cls: type[Message]) -> bool:
    if "{service}" in cls.OWNER:
        return True
    return service == cls.OWNER or (cls.OWNER == "{system}_connector" and service.endswith("_connector"))


def _channel(service: str, cls: type[Message]) -> dict[str, Any]:
    message = {cls.__name__: {"$ref": f"#/components/messages/{cls.__name__}"}}
    if cls.KIND is Kind.REPLY:
        return {"address": None, "description": "The asker's own reply queue.", "messages": message}
    received = cls.KIND is not Kind.EVENT
    owner = service if received or _owns(service, cls) else cls.OWNER.replace("{system}", "*").replace("{service}", "*")
    return {
        "address": f"{owner}.{cls.TYPE}",
        "description": f"{'Routing key' if received else 'Topic'} at the exchange {EXCHANGE_OF[cls.KIND]}.",
        "messages": message,
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE_OF[cls.KIND], "type": "topic", "durable": True},
                **({"queue": {"name": _queue(service, cls), "durable": True}} if _queue(service, cls) else {}),
            }
        },
    }


def _queue(service: str, cls: type[Message]) -> str:
    topology = topology_of(service)
    if cls.KIND is Kind.COMMAND:
        return topology.commands.name
    if cls.KIND is Kind.REQUEST:
        return topology.requests.name
    return topology.events.name if topology.events and cls in SUBSCRIPTIONS.get(service, ()) else ""


def _operation(action: str, cls: type[Message]) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{cls.__name__}"}, "summary": _first_line(cls)}


def _reply(cls: type[Message]) -> dict[str, Any]:
    if not issubclass(cls, Request):
        return {}
    return {
        "reply": {
            "channel": {"$ref": f"#/channels/{cls.REPLY.__name__}"},
            "address": {"location": "$message.header#/reply_to"},
        }
    }


def _message(cls: type[Message]) -> dict[str, Any]:
    return {
        "name": cls.TYPE,
        "title": cls.__name__,
        "summary": _first_line(cls),
        "contentType": "application/json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": cls.TYPE},
                        "data": {"$ref": f"#/components/schemas/{cls.__name__}"},
                    },
                },
            ]
        },
    }


def _schemas(classes: list[type[Message]]) -> dict[str, Any]:
    models: list[type[BaseModel]] = [Envelope, *classes]
    _, schema = models_json_schema([(model, "validation") for model in models], ref_template=_SCHEMAS)
    # Records are not validated, so pydantic refers to their types without describing them; that is done here.
    text = re.sub(r"libs__contracts__\w+?__(\w+?)-Input__\d+", r"\1", json.dumps(schema["$defs"]))
    described: dict[str, Any] = json.loads(text)
    for record in _RECORDS:
        if f'"{_SCHEMAS.format(model=record.__name__)}"' in text:
            own = TypeAdapter(record).json_schema(ref_template=_SCHEMAS)
            described |= {**own.pop("$defs", {}), record.__name__: own}
    return dict(sorted(described.items()))


def _first_line(cls: type[Message]) -> str:
    own = cls.__dict__.get("__doc__") or ""
    return str(own).strip().split("\n", 1)[0]


if __name__ == "__main__":
    write()
