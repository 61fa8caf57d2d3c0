"""Multipart ``$batch``: takes the parts of a request apart, carries them out in order, and puts the answers together.

Lines end in CRLF. A change set is one transaction and answers as one part; what stands outside of one is on its own.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.exchange import Answer, Call
from services.sandbox.dataverse.rows import describe, referred
from services.sandbox.dataverse.world import World
from services.sandbox.refusals import Refused

MOST_OPERATIONS = 1000
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([A-Z]+) (\S.*?)(?: HTTP/1\.[01])?\r?")
_ROOT = re.compile(r"(?:https?://[^/]+)?/api/data/v9\.\d/")
_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One request inside of a batch."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    content_id: str


@dataclass(frozen=True, slots=True)
class ChangeSet:
    operations: list[Operation]


Part = Operation | ChangeSet


def read_batch(content_type: str, body: bytes) -> list[Part]:
    """The parts of a batch; raises ``Refused`` for one that cannot be read or is too long."""
    parts: list[Part] = []
    count = 0
    for headers, content in _split(content_type, body):
        kind = headers.get("content-type", "")
        if kind.lower().startswith("multipart/mixed"):
            operations = [_operation(inner, text) for inner, text in _split(kind, content)]
            for operation in operations:
                if operation.method == "GET":
                    raise refusal.bad_uri("A GET operation is not allowed in a change set.")
            parts.append(ChangeSet(operations))
            count += len(operations)
        else:
            parts.append(_operation(headers, content))
            count += 1
    _refuse_same_content_ids(parts)
    if count > MOST_OPERATIONS:
        raise refusal.bad_uri(f"Number of requests in the batch exceeds the maximum of {MOST_OPERATIONS}.")
    return parts


def _refuse_same_content_ids(parts: list[Part]) -> None:
    seen: set[str] = set()
    for part in parts:
        for operation in part.operations if isinstance(part, ChangeSet) else (part,):
            if operation.content_id in seen:
                raise refusal.bad_uri(
                    f"The content ID '{operation.content_id}' was found more than once in the same batch request."
                )
            if operation.content_id:
                seen.add(operation.content_id)


def _split(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    found = _BOUNDARY.search(content_type)
    if found is None or not content_type.lower().startswith("multipart/mixed"):
        raise refusal.bad_uri("The content type of a batch must be multipart/mixed with a boundary.")
    delimiter = b"\r\n--" + found[1].encode()
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise refusal.bad_uri("The batch is not closed by its boundary, or its lines do not end in CRLF.")
    return [_headers_and_content(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _headers_and_content(piece: bytes) -> tuple[dict[str, str], bytes]:
    head, separator, content = piece.partition(b"\r\n\r\n")
    if not separator:
        raise refusal.bad_uri("A part of the batch has no blank line behind its headers.")
    return _headers(head), content


def _headers(text: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers


def _operation(headers: dict[str, str], content: bytes) -> Operation:
    if headers.get("content-type", "").split(";")[0].strip() != "application/http":
        raise refusal.bad_uri("A part of a batch must be of the content type application/http.")
    line, _, rest = content.partition(b"\r\n")
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise refusal.bad_uri("A part of the batch does not begin with a request line.")
    if rest.startswith(b"\r\n"):
        head, body = b"", rest[2:]
    else:
        head, _, body = rest.partition(b"\r\n\r\n")
    return Operation(found[1].decode(), found[2].decode(), _headers(head), body, headers.get("content-id", ""))


class Batches:
    """Carries batches out. ``answer_one`` answers a single operation."""

    def __init__(self, world: World, answer_one: Callable[[Call], Answer]) -> None:
        self._world = world
        self._answer_one = answer_one

    def answer(self, call: Call) -> Answer:
        parts = read_batch(call.headers.get("content-type", ""), call.body)
        go_on = "odata.continue-on-error" in call.preferences
        boundary = f"batchresponse_{uuid.uuid4()}"
        answers: list[bytes] = []
        status = 200
        for part in parts:
            if isinstance(part, ChangeSet):
                failed, text = self._change_set(call, part)
            else:
                failed, text = self._single(call, part)
            answers.append(text)
            if failed and not go_on:
                status = failed
                break
        delimiter = f"--{boundary}\r\n".encode()
        body = b"".join(delimiter + text for text in answers) + f"--{boundary}--\r\n".encode()
        return Answer(status, body, content_type=f"multipart/mixed; boundary={boundary}")

    def _single(self, call: Call, operation: Operation) -> tuple[int, bytes]:
        answer, failed = self._guarded(call, operation, {})
        return failed, _part(answer, operation.content_id)

    def _guarded(self, call: Call, operation: Operation, references: dict[str, str]) -> tuple[Answer, int]:
        try:
            return self._carry_out(call, operation, references), 0
        except Refused as error:
            return _refused(call, operation, error), error.status

    def _change_set(self, call: Call, part: ChangeSet) -> tuple[int, bytes]:
        boundary = f"changesetresponse_{uuid.uuid4()}"
        failed = 0
        references: dict[str, str] = {}
        texts: list[bytes] = []
        operation: Operation | None = None
        done = len(call.work)
        try:
            with self._world.transaction():
                for operation in part.operations:
                    answer = self._carry_out(call, operation, references)
                    if operation.content_id and answer.entity:
                        references[operation.content_id] = answer.entity
                    texts.append(_part(answer, operation.content_id))
        except Refused as error:
            failed = error.status
            del call.work[done:]
            content_id = operation.content_id if operation else ""
            texts = [_part(_refused(call, operation, error), content_id)]
        delimiter = f"--{boundary}\r\n".encode()
        inner = b"".join(delimiter + text for text in texts) + f"--{boundary}--\r\n".encode()
        head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
        return failed, head + inner

    def _carry_out(self, call: Call, operation: Operation, references: dict[str, str]) -> Answer:
        target = referred(replace(call, references=references), operation.target)
        found = _ROOT.match(target)
        relative = target[found.end() :] if found else target.lstrip("/")
        path, _, query = relative.partition("?")
        if path == "$batch":
            raise refusal.bad_uri("A batch must not hold another batch.")
        return self._answer_one(
            Call(
                operation.method,
                unquote(path) if "%" in path else path,
                query,
                operation.headers,
                operation.body,
                call.root,
                call.by,
                call.work,
                references,
            )
        )


def _refused(call: Call, operation: Operation | None, error: Refused) -> Answer:
    preferences = (operation.headers.get("prefer", "") if operation else "") + call.headers.get("prefer", "")
    annotations = "*" if 'include-annotations="*"' in preferences else ""
    return Answer(error.status, describe(error, annotations), {"REQ_ID": str(uuid.uuid4()), **error.headers})


def _part(answer: Answer, content_id: str) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id:
        lines.append(f"Content-ID: {content_id}")
    lines.append("")
    lines.append(f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Error')}")
    if answer.body:
        lines.append(f"Content-Type: {answer.content_type}")
    lines.append("OData-Version: 4.0")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body + b"\r\n"
