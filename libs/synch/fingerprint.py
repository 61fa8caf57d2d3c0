"""What a record's mapped fields looked like, without keeping them: a keyed 64-bit hash per field.

Hashes are over the common form (:mod:`libs.synch.values`), so one fingerprint speaks for both sides of a coupling.
Its text is ``<tag>.<base64 of the hashes>``; the tag names the list of fields and how they are compared, so a changed
mapping makes old fingerprints unknown instead of wrong. Eight zero bytes mean that a field is not known.
"""

from array import array
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable
from hashlib import blake2b, blake2s
from typing import Final

from libs.contracts.pages import Value

WIDTH = 8
_NUMBER: Final = "Q"
"""How Python calls a whole number of that width."""
UNKNOWN = bytes(WIDTH)
_BLANK = b"\x00" * (WIDTH - 1) + b"\x01"
"""Of an empty text and of null alike; as secret as any count of empty fields, that is not at all."""

_KEY_SIZE: Final = 32
"""Of BLAKE2s, and of the key that is drawn."""

Hasher = Callable[[Value], bytes]


def hasher(key: bytes) -> Hasher:
    """Hashes single values under the installation's key.

    BLAKE2s, since values are short: it takes half of BLAKE2b's time for a block, and its blocks are long enough.
    """
    fresh = blake2s(key=key[:_KEY_SIZE], digest_size=WIDTH).copy

    def digest(value: Value) -> bytes:
        if value is None or value == "":
            return _BLANK
        copy = fresh()
        copy.update((value if type(value) is str else str(value)).encode("utf-8", "surrogatepass"))
        return copy.digest()

    return digest


def tag_of(fields: Iterable[str]) -> str:
    """Short name of a list of fields, in their order."""
    return blake2b("\n".join(fields).encode(), digest_size=6).hexdigest()


def encode(tag: str, hashes: bytes) -> str:
    return f"{tag}.{b2a_base64(hashes, newline=False).decode()}"


def is_tagged(tag: str, text: str) -> bool:
    """Whether ``text`` is a fingerprint of the list of fields with this tag."""
    return text.startswith(tag) and text[len(tag) : len(tag) + 1] == "."


def decode(tag: str, text: str) -> bytes | None:
    """The hashes in ``text``, or null when it is empty or speaks of another list of fields."""
    return a2b_base64(text[len(tag) + 1 :]) if is_tagged(tag, text) else None


def differing(first: bytes, second: bytes) -> list[int]:
    """Positions at which two fingerprints of equal length differ; what either does not know does not differ."""
    if first == second:
        return []
    pairs = enumerate(zip(_numbers(first), _numbers(second), strict=True))
    return [position for position, (one, other) in pairs if one != other and one and other]


def mask_of(places: Iterable[int], count: int) -> int:
    """These places of a fingerprint of ``count`` hashes, for :func:`tells_nothing_new`."""
    bits = bytearray(count * WIDTH)
    for place in places:
        bits[place * WIDTH : (place + 1) * WIDTH] = b"\xff" * WIDTH
    return int.from_bytes(bits)


def tells_nothing_new(seen: bytes, known: bytes, mask: int) -> bool:
    """Whether ``seen``, which knows the places of ``mask`` and no others, has the known hashes there.

    False says nothing: :func:`differing` tells. One comparison of large numbers takes a fraction of its time.
    """
    return int.from_bytes(known) & mask == int.from_bytes(seen)


def merged(old: bytes, new: bytes, keep: Iterable[int] = ()) -> bytes:
    """``new``, with the old hash where ``new`` does not know one and at the positions to ``keep``."""
    hashes = [fresh or known for known, fresh in zip(_numbers(old), _numbers(new), strict=True)]
    for position in keep:
        hashes[position] = _numbers(old)[position]
    return array(_NUMBER, hashes).tobytes()


def _numbers(hashes: bytes) -> memoryview:
    """The hashes as whole numbers, which compare at once; an unknown one is 0."""
    return memoryview(hashes).cast(_NUMBER)
