"""A ``$batch`` in multipart form: its parts, and the answers to them, one part each.

Business Central takes change sets of one request alone: a set of several is refused where it stands.
"""

import re
import uuid
from collections.abc import Iterator, Sequence
from decimal import Decimal
from http import HTTPStatus

import msgspec

from services.sandbox.financials import refusals
from services.sandbox.financials.calls import Answer, Part

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([A-Za-z]+) (\S.*?)(?: HTTP/\d\.\d)?")
_SEVERAL = "Multiple requests within the same change set are not supported."
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class HttpPart(Part):
    change_set: bool = False
    """Whether it stood alone in a change set."""
    refused: str = ""
    """Why it cannot be carried out."""


def read_batch(content_type: str, raw: bytes) -> Sequence[HttpPart]:
    """The operations of a batch in their order; raises ``Refused``."""
    if not content_type.lower().startswith("multipart/mixed"):
        raise refusals.wrong_media_type(content_type.partition(";")[0])
    return list(_parts(content_type, raw))


def answer_batch(parts: Sequence[Part], answers: Sequence[Answer]) -> Answer:
    """The answers as parts of one; operations behind the last answer were not carried out."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    texts = [_answered(part, answer) for part, answer in zip(parts, answers, strict=False)]
    return Answer(200, _joined(boundary, texts), content_type=f"multipart/mixed; boundary={boundary}")


# --- reading ---------------------------------------------------------------------------------------------------------


def _parts(content_type: str, raw: bytes) -> Iterator[HttpPart]:
    for headers, content in _pieces(content_type, raw):
        kind = headers.get("content-type", "")
        if not kind.lower().startswith("multipart/mixed"):
            yield _part(headers, content)
            continue
        inner = [_part(*piece) for piece in _pieces(kind, content)]
        if len(inner) > 1:
            yield HttpPart(method="", url="", change_set=True, refused=_SEVERAL)
        for part in inner[:1] if len(inner) == 1 else ():
            part.change_set = True
            yield part


def _pieces(content_type: str, raw: bytes) -> list[tuple[dict[str, str], bytes]]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise refusals.bad_request("The content type of the batch names no boundary.")
    pieces = (b"\r\n" + raw).split(b"\r\n--" + found[1].encode())
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise refusals.bad_request("The batch is not closed by its boundary, or its lines do not end in CRLF.")
    return [_head_and_body(piece.removeprefix(b"\r\n")) for piece in pieces[1:-1]]


def _head_and_body(text: bytes) -> tuple[dict[str, str], bytes]:
    """Headers by lower-case name, and what follows the blank line behind them."""
    head, _, body = (b"\r\n" + text).partition(b"\r\n\r\n")
    headers: dict[str, str] = {}
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers, body


def _part(headers: dict[str, str], content: bytes) -> HttpPart:
    if not headers.get("content-type", "").lower().startswith("application/http"):
        raise refusals.bad_request("A part of a batch must be of the content type application/http.")
    line, _, rest = content.partition(b"\r\n")
    found = _REQUEST_LINE.fullmatch(line.rstrip())
    if found is None:
        raise refusals.bad_request("A part of the batch does not begin with a request line.")
    inner, body = _head_and_body(rest)
    part = HttpPart(found[1].decode(), found[2].decode("utf-8", "replace"), headers.get("content-id"), inner)
    if body.strip():
        try:
            part.body = _decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise refusals.bad_request(f"Malformed JSON in a part of the batch: {error}.") from error
    return part


# --- writing ---------------------------------------------------------------------------------------------------------


def _answered(part: Part, answer: Answer) -> bytes:
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if part.id is not None:
        lines.append(f"Content-ID: {part.id}")
    lines += ["", f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", "OData-Version: 4.0"]
    if answer.body:
        lines.append(f"Content-Type: {answer.content_type}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    text = "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body + b"\r\n"
    if not (isinstance(part, HttpPart) and part.change_set and answer.status < 400):
        return text
    boundary = f"changesetresponse_{uuid.uuid4()}"
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + _joined(boundary, [text])


def _joined(boundary: str, texts: Sequence[bytes]) -> bytes:
    return b"".join(f"--{boundary}\r\n".encode() + text for text in texts) + f"--{boundary}--\r\n".encode()
