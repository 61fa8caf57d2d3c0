"""What a demo's figures say, without what may differ from run to run."""

from typing import Any

RUNS = ("first run", "modified run", "second run")
_TIMES = frozenset({"seconds", "records_per_second"})


def essence(figures: dict[str, Any]) -> dict[str, list[str]]:
    """Run -> a line for every mapping and direction; the records that were left behind besides."""
    rows = (figures["mappings"], figures["modified_run"]["mappings"], figures["second_run"]["mappings"])
    found = {name: sorted(_line(row) for row in run) for name, run in zip(RUNS, rows, strict=True)}
    found["left behind"] = sorted(_line(error) for error in figures["failed"])
    return found


def _line(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if name not in _TIMES)


def differences(ours: dict[str, Any], theirs: dict[str, Any], names: tuple[str, str]) -> list[str]:
    """Lines that only one of two runs has."""
    left, right = essence(ours), essence(theirs)
    found = []
    for part in left:
        found += [f"{part}, only {names[0]}: {line}" for line in left[part] if line not in right[part]]
        found += [f"{part}, only {names[1]}: {line}" for line in right[part] if line not in left[part]]
    return found


def summary(figures: dict[str, Any]) -> str:
    """One line about a run."""
    names = ("inserted", "modified", "unchanged", "coupled", "skipped", "failed")
    sums = {name: sum(row[name] for row in figures["mappings"]) for name in names}
    told = ", ".join(f"{number} {name}" for name, number in sums.items())
    return f"{told}; {figures['seconds']:.1f} s; ok: {str(figures['ok']).lower()}"
