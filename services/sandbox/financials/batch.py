"""``$batch`` as JSON or multipart: up to a hundred operations, carried out one after the other."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from services.sandbox.financials import multipart, refusals
from services.sandbox.financials.api import Api
from services.sandbox.financials.calls import Answer, Call, Part
from services.sandbox.refusals import Refused

LARGEST_BATCH = 100


class _Batch(msgspec.Struct):
    requests: list[Part]


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
    kind = call.header("content-type")
    as_json = kind.lower().startswith("application/json")
    requests = _read(call.raw) if as_json else multipart.read_batch(kind, call.raw)
    if len(requests) > LARGEST_BATCH:
        raise refusals.bad_request(f"A batch may hold {LARGEST_BATCH} operations, not {len(requests)}.")
    go_on = call.prefers("odata.continue-on-error") == "true" or call.prefers("continue-on-error") == "true"
    answers: list[Answer] = []
    if call.header("isolation").lower() == "snapshot":
        try:
            with api.world.transaction():
                if not _run(api, call, requests, answers, go_on=go_on, fails=fails):
                    raise _RolledBack
        except _RolledBack:
            pass
    else:
        _run(api, call, requests, answers, go_on=go_on, fails=fails)
    if not as_json:
        return multipart.answer_batch(requests, answers)
    parts = [_response(part.id, answer) for part, answer in zip(requests, answers, strict=False)]
    return Answer(200, b'{"responses":[' + b",".join(parts) + b"]}")


def _read(raw: bytes) -> Sequence[Part]:
    try:
        return _decode(raw).requests
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise refusals.bad_request(f"The batch is not valid: {error}.") from error


def _run(api: Api, call: Call, requests: Sequence[Part], answers: list[Answer], *, go_on: bool, fails: Fails) -> bool:
    """Carry out the operations; whether all went well."""
    well = True
    for part in requests:
        try:
            if isinstance(part, multipart.HttpPart) and part.refused:
                raise Refused(500, "Internal_ServerError", part.refused)
            if status := fails(part.url, part.body):
                raise Refused(status, "Internal_ServerError", "An unexpected error occurred.")
            answer = api.answer(_inner(call, part))
        except Refused as refusal:
            answer = Answer(refusal.status, refusals.error_body(refusal))
        answers.append(answer)
        if answer.status >= 400:
            well = False
            if not go_on:
                break
    return well


def _inner(call: Call, part: Part) -> Call:
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
        if answer.content_type.startswith("application/json"):
            document["body"] = msgspec.Raw(answer.body)
        else:
            headers["content-type"] = answer.content_type
            document["body"] = answer.body.decode()
    return _encode(document)
