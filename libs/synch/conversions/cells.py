"""What converting one value yields, and the shape of a conversion."""

from typing import Any, Final, Protocol

import msgspec

from libs.contracts.failures import Failure
from libs.contracts.pages import Value
from libs.synch.lookups import Lookups


class _Missing:
    """The field is not written at all; unlike null, which empties it."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
Wanted = Any
"""A :data:`~libs.contracts.pages.Value`, or :data:`MISSING`."""


class Cell(msgspec.Struct, frozen=True, gc=False):
    """One value on its way to the other side."""

    wanted: Wanted
    """What the destination should hold."""
    common: Value
    """The value in the form that both sides compare in."""
    problem: Failure | None = None
    waiting: str = ""
    """``MAPPING:key`` of a partner that is not coupled yet and for which the field was left empty."""
    skips: bool = False
    """Whether a record with the problem is none of the mapping's: it is skipped, and has not failed."""


class Conversion(Protocol):
    """Converts the values of one field mapping; the same value always gives the same cell on one page."""

    def to_sales(self, value: Any, lookups: Lookups) -> Cell: ...

    def from_sales(self, value: Value, lookups: Lookups) -> Cell: ...
