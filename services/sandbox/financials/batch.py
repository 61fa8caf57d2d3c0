"""JSON ``$batch``: up to a hundred operations, carried out one after the other."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from services.sandbox.financials import refusals
from services.sandbox.financials.api import Api
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.refusals import Refused

LARGEST_BATCH = 100


class _Part(msgspec.Struct):
    method: str
    url: str
    id: str | None = None
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET


class _Batch(msgspec.Struct):
    requests: list[_Part]


class _RolledBack(Exception):
    """Takes a whole snapshot batch back."""


_decode = msgspec.json.Decoder(_Batch, float_hook=Decimal).decode
_encode = msgspec.json.Encoder().encode
_HEADERS = {"content-type": "application/json; odata.metadata=minimal", "odata-version": "4.0"}


Fails = Callable[[str, object], int]
"""(address, body) of one operation -> the status with which it is to fail; 0: none."""


def answer_batch(api: Api, call: Call, fails: Fails = lambda address, body: 0) -> Answer:
    """Answers of the operations in their order. By default the first that fails is the last carried out, and what went
    before stays; with ``Isolation: snapshot`` a failure takes everything back, though the answers do not show it."""
    if not call.header("content-type").startswith("application/json"):
        raise Refused(415, "BadRequest", "A batch must be sent as application/json.")
    try:
        batch = _decode(call.raw)
    except msgspec.MsgspecError as error:
        raise refusals.bad_request(f"The batch is not valid: {error}.") from error
    if len(batch.requests) > LARGEST_BATCH:
        raise refusals.bad_request(f"A batch may hold {LARGEST_BATCH} operations, not {len(batch.requests)}.")
    go_on = call.prefers("odata.continue-on-error") == "true" or call.prefers("continue-on-error") == "true"
    parts: list[bytes] = []
    if call.header("isolation").lower() == "snapshot":
        try:
            with api.world.transaction():
                if not _run(api, call, batch, parts, go_on=go_on, fails=fails):
                    raise _RolledBack
        except _RolledBack:
            pass
    else:
        _run(api, call, batch, parts, go_on=go_on, fails=fails)
    return Answer(200, b'{"responses":[' + b",".join(parts) + b"]}")


def _run(api: Api, call: Call, batch: _Batch, parts: list[bytes], *, go_on: bool, fails: Fails) -> bool:
    """Carry out the operations; whether all went well."""
    well = True
    for part in batch.requests:
        try:
            if status := fails(part.url, part.body):
                raise Refused(status, "Internal_ServerError", "An unexpected error occurred.")
            answer = api.answer(_inner(call, part))
        except Refused as refusal:
            answer = Answer(refusal.status, refusals.error_body(refusal))
        parts.append(_response(part.id, answer))
        if answer.status >= 400:
            well = False
            if not go_on:
                break
    return well


def _inner(call: Call, part: _Part) -> Call:
    address, _, query = part.url.partition("?")
    return Call(
        method=part.method.upper(),
        path=_path(call, address),
        query=parse_qsl(query, keep_blank_values=True) if query else [],
        headers={name.lower(): value for name, value in part.headers.items()},
        root=call.root,
        decoded=part.body,
        note=call.note,
    )


def _path(call: Call, address: str) -> str:
    """The path behind the surface's root, from an address relative to it, to the host, or absolute."""
    if address.startswith("http"):
        address = address[len(call.root) :] if address.startswith(call.root) else address
    root_path = "/" + call.root.split("/", 3)[-1]
    if address.startswith(root_path):
        address = address[len(root_path) :]
    elif unquote(address).startswith(unquote(root_path)):
        address = unquote(address)[len(unquote(root_path)) :]
    return address if address.startswith("/") else f"/{address}"


def _response(id: str | None, answer: Answer) -> bytes:
    headers = {**_HEADERS, **{name.lower(): value for name, value in answer.headers.items()}}
    document: dict[str, Any] = {"id": id, "status": answer.status, "headers": headers}
    if answer.body:
        plain = answer.content_type.startswith("application/json")
        document["body"] = msgspec.Raw(answer.body) if plain else answer.body.decode()
    return _encode(document)
