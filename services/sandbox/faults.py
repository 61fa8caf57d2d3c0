"""Faults on demand: which request is to go wrong, and how. ``Shell`` carries them out, ``control`` sets them."""

import itertools
import random
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

KINDS = ("latency", "throttle", "unavailable", "status", "status_after", "cut_before", "cut_after", "torn")
"""latency: answer later. throttle: 429. unavailable: 503. status: any other status. status_after: that status too, but
what was asked for is done (a gateway that waited too long). cut_before: the connection breaks before anything is done.
cut_after: it is done, but the connection breaks before the answer. torn: half an answer."""


@dataclass
class Fault:
    kind: str
    side: str = ""
    """sales, financials or entra; empty: any."""
    method: str = ""
    """Regular expression that the whole method must match; empty: any."""
    path: str = ""
    """Regular expression to be found in the path with its query; empty: any."""
    count: int | None = 1
    """How often it strikes; None: for ever."""
    after: int = 0
    """Matching requests that go well before it begins."""
    probability: float = 1.0
    seconds: float = 1.0
    """latency: how much later. Otherwise: Retry-After."""
    retry_after: bool = True
    """Whether throttle and unavailable, and of Financials the statuses 502 and 503, say Retry-After."""
    status: int = 500
    record: str = ""
    """status: of one operation alone, also within a batch, whose address or body holds this text; not empty: ``method``
    and ``path`` do not matter."""
    id: int = 0
    struck: int = 0
    _method: re.Pattern[str] = field(init=False, repr=False)
    _path: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called '{self.kind}': choose from {', '.join(KINDS)}.")
        if self.record and self.kind != "status":
            raise ValueError("Only a status can be the fault of one record.")
        self._method = re.compile(self.method or ".*")
        self._path = re.compile(self.path)

    def matches(self, side: str, method: str, path: str) -> bool:
        return (
            not self.record
            and self.side in ("", side)
            and self._method.fullmatch(method) is not None
            and self._path.search(path) is not None
        )

    @property
    def spent(self) -> bool:
        return self.count is not None and self.struck >= self.count


class Faults:
    """The faults that are set. Chance comes from one seeded source, so that a run can be repeated."""

    def __init__(self, seed: int = 0) -> None:
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []
        self._chance = random.Random(seed)

    @property
    def all(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def seed(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def add(self, fault: Fault) -> Fault:
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def fails(self, side: str, address: str, body: object) -> int:
        """The status with which one operation fails; 0: it does not."""
        for fault in self._faults:
            if fault.record and not fault.spent and fault.side in ("", side):
                told = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
                if fault.record in unquote(address) or fault.record in told:
                    fault.struck += 1
                    return fault.status
        return 0

    def draw(self, side: str, method: str, path: str) -> list[Fault]:
        """The faults that strike this request."""
        if not self._faults:
            return []
        struck: list[Fault] = []
        for fault in self._faults:
            if fault.spent or not fault.matches(side, method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.probability < 1 and self._chance.random() >= fault.probability:
                continue
            fault.struck += 1
            struck.append(fault)
        return struck
