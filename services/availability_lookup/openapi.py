"""The OpenAPI 3.1 document, made from the table of operations and the shapes of ``asked.py`` and
``answered.py``.

``python -m services.availability_lookup.openapi`` writes it to docs/openapi; a test tells when it is out of date.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from services.availability_lookup.answered import ANSWERS, AvailabilityAnswered, OrderAnswered, PriceAnswered
from services.availability_lookup.asked import (
    LARGEST_QUANTITY,
    QUANTITY_PATTERN,
    Guid,
    Number,
    OrderAsked,
    PriceAsked,
    StockAsked,
)
from services.availability_lookup.problems import TITLES

FILE = Path(__file__).parents[2] / "docs" / "openapi" / "availability_lookup.json"
DOCUMENT_PATH = "/v1/openapi.json"
DEADLINE_HEADER = "Tandem-Deadline-Ms"
DEFAULT_DEADLINE_MS, LONGEST_DEADLINE_MS = 5_000, 30_000


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    answer: type[msgspec.Struct]
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    segment: tuple[str, Any] | None = None
    """Name and type of the variable part of the path."""
    problems: tuple[int, ...] = (401, 403, 422, 429, 503)


_GET = (401, 403, 404, 422, 429, 503)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "order_lines",
        "POST",
        "/v1/order-lines",
        "Price and availability of all lines of an order",
        OrderAnswered,
        body=OrderAsked,
        problems=(400, 401, 403, 408, 413, 415, 422, 429, 503),
    ),
    Operation(
        "item_availability",
        "GET",
        "/v1/items/{number}/availability",
        "How many of an item there are",
        AvailabilityAnswered,
        query=StockAsked,
        segment=("number", Number),
        problems=_GET,
    ),
    Operation(
        "item_price",
        "GET",
        "/v1/items/{number}/price",
        "What an item costs",
        PriceAnswered,
        query=PriceAsked,
        segment=("number", Number),
        problems=_GET,
    ),
    Operation(
        "product_availability",
        "GET",
        "/v1/products/{id}/availability",
        "How many of a product of Sales there are",
        AvailabilityAnswered,
        query=StockAsked,
        segment=("id", Guid),
        problems=_GET,
    ),
    Operation(
        "product_price",
        "GET",
        "/v1/products/{id}/price",
        "What a product of Sales costs",
        PriceAnswered,
        query=PriceAsked,
        segment=("id", Guid),
        problems=_GET,
    ),
)

_QUANTITY = {
    "description": "greater than 0; decimal text or a number",
    "anyOf": [
        {"type": "string", "pattern": QUANTITY_PATTERN, "maxLength": 15},
        {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_QUANTITY},
    ],
}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    paths[DOCUMENT_PATH] = {
        "get": {
            "operationId": "openapi",
            "summary": "This document",
            "security": [],
            "responses": {"200": {"description": "OpenAPI 3.1", "content": _json({"type": "object"})}},
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tandem availability and price",
            "version": "1",
            "description": "What Financials says of an order line: how many there are, from when, and what they cost.",
        },
        "paths": paths,
        "security": [{"token": []}, {"key": []}],
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "of Microsoft Entra",
                },
                "key": {"type": "apiKey", "in": "header", "name": "Tandem-Key"},
            },
        },
    }


def as_text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(operation: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if operation.segment is not None:
        name, kind = operation.segment
        parameters.append({"name": name, "in": "path", "required": True, "schema": _path_schema(kind)})
    if operation.query is not None:
        schemas = msgspec.json.schema_components([operation.query], ref_template="#/{name}")[1]
        properties = schemas[operation.query.__name__]["properties"]
        parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]
    parameters.append(
        {
            "name": DEADLINE_HEADER,
            "in": "header",
            "description": "milliseconds that the caller waits; what is known by then is answered",
            "schema": {
                "type": "integer",
                "minimum": 1,
                "maximum": LONGEST_DEADLINE_MS,
                "default": DEFAULT_DEADLINE_MS,
            },
        }
    )
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": parameters,
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _json(_ref(operation.body))}
    described["responses"] = {
        "200": {"description": "The answer", "content": _json(_ref(operation.answer))},
        **{str(status): _problem(status) for status in operation.problems},
    }
    return described


def _path_schema(kind: Any) -> dict[str, Any]:
    schema = msgspec.json.schema(kind)
    if schema.get("maxLength") == 20:
        # A segment that is all dots is taken for a folder by the clients' own address rules.
        schema = {**schema, "pattern": r"^(?!\.{1,2}$)[^\x00-\x1f\x7f/]*(?![\x00-\x1f\x7f])$"}
    return schema


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": TITLES[status],
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        found["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 1}}}
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return found


def _schemas() -> dict[str, Any]:
    _, found = msgspec.json.schema_components([OrderAsked, *ANSWERS], ref_template="#/components/schemas/{name}")
    line, order, customer = found["LineAsked"], found["OrderAsked"], found["CustomerAsked"]
    line["properties"]["quantity"] = _QUANTITY
    line["oneOf"] = [{"required": [name]} for name in ("product_id", "item", "resource")]
    line["not"] = _both("unit", "unit_id")
    order["not"] = _both("currency", "currency_id")
    customer["oneOf"] = [{"required": [name]} for name in ("account_id", "number")]
    return dict(sorted(found.items()))


def _both(code: str, id: str) -> dict[str, Any]:
    """An empty code is none."""
    return {"required": [code, id], "properties": {code: {"type": "string", "minLength": 1}}}


def _ref(shape: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape.__name__}"}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(as_text(), encoding="utf-8")
