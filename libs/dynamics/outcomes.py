"""Outcomes of writes, as far as they are the same for both products: what a connector answers for one record. Pure."""

from collections.abc import Iterable, Sequence

from libs.contracts.pages import OutcomeData, Values, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.failures import PRIVILEGE, SIGNED_OUT, Refusal

Numbered = list[tuple[int, WriteData]]
"""Writes with their places on the page."""
Outcomes = dict[int, OutcomeData]
"""By the write's place on the page."""


def final(write: WriteData, status: OutcomeStatus, id: str = "", version: str = "") -> OutcomeData:
    """Nothing is left to do for this record; its values need not travel back."""
    return {"write": {**write, "values": {}}, "status": status.value, "id": id or write["id"], "version": version}


def undecided(write: WriteData, status: OutcomeStatus) -> OutcomeData:
    """A search that found none, or several."""
    return {"write": write, "status": status.value, "id": "", "version": ""}


def fields_of(write: WriteData) -> Values:
    """The fields that ``current`` must hold for this write, as keys."""
    return write.get("wanted") or write["values"]


def fields_of_all(writes: Iterable[WriteData], returns: Sequence[str] = ()) -> list[str]:
    """The fields of any of them, and those to return, once each."""
    names: dict[str, None] = {}
    last: Values | None = None
    for write in writes:
        fields = fields_of(write)
        if last is None or fields.keys() != last.keys():
            names.update(dict.fromkeys(fields))
            last = fields
    names.update(dict.fromkeys(returns))
    return list(names)


def raise_if_everybodys(refusals: Sequence[Refusal], tried: int) -> None:
    """A permission that all of the records lack is not their fault: the message fails, and a person must act."""
    if refusals and len(refusals) == tried and all(refusal.cause in (PRIVILEGE, SIGNED_OUT) for refusal in refusals):
        raise refusals[0].error()
