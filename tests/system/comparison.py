"""What both tenants and the registry hold after a synchronization, as one picture without drawn ids, so that two runs
can be compared row by row; and everything that is wrong with it by itself (the demo's audit).

A record that a run has created is named after the record that it was made from; records that were there before keep
their ids, which the sandbox's seed fixes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from libs.contracts.couplings import CouplingView
from services.demo.audit import LeftBehind, audit, audit_errors
from services.demo.figures import Run
from services.demo.keyboard import Row
from services.demo.snapshot import Snapshot
from services.demo.story import nothing_moved

VOLATILE = {"createdon", "modifiedon", "versionnumber", "SystemModifiedAt", "SystemRowVersion"}
SHOWN = 8
Name = tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """Records, couplings and figures under names that every run of the same company gives them."""

    rows: dict[Name, Row]
    """(system, table, name) -> fields."""
    couplings: dict[Name, Row]
    """(mapping, name) -> state."""
    figures: dict[Name, dict[str, int]]
    """(mapping, direction) -> counter -> records."""
    numbers: dict[str, dict[str, int]]
    """System -> table -> rows, of all tables there are."""
    twice: list[str]
    """Names that two records share."""


def picture(before: Snapshot, after: Snapshot, run: Run, numbers: dict[str, dict[str, int]]) -> Picture:
    """``before`` was taken before anything was synchronized."""
    names = _names(before, after)
    rows: dict[Name, Row] = {}
    twice: list[str] = []
    for system, tables in (("financials", after.financials), ("sales", after.sales)):
        for table, found in tables.items():
            for record, row in found.items():
                name = (system, table, names.get((table, record), record))
                if name in rows:
                    twice.append(" ".join(name))
                rows[name] = {field: _named(after, names, field, value) for field, value in _lasting(table, row)}
    couplings: dict[Name, Row] = {}
    for mapping, items in after.couplings.items():
        for item in items:
            name = (mapping, _name_of(before, item))
            if name in couplings:
                twice.append(f"coupling {' '.join(name)}")
            couplings[name] = {"state": item.state, "skipped": item.skipped, "failed": bool(item.last_error)}
    figures = {
        (row.name, row.direction): {
            name: getattr(row, name)
            for name in ("inserted", "modified", "unchanged", "skipped", "failed", "coupled", "deleted")
        }
        for row in run.figures
    }
    return Picture(rows, couplings, figures, numbers, twice)


def differences(wanted: Picture, found: Picture) -> list[str]:
    """Everything in which a run ended differently from the undisturbed one."""
    said = [f"twice: {name}" for name in found.twice]
    for what, ours, theirs in (
        ("record", wanted.rows, found.rows),
        ("coupling", wanted.couplings, found.couplings),
        ("figures", wanted.figures, found.figures),
        ("rows of", wanted.numbers, found.numbers),
    ):
        said += _listed(f"{what} missing", (_text(name) for name in ours.keys() - theirs.keys()))
        said += _listed(f"{what} too many", (_text(name) for name in theirs.keys() - ours.keys()))
        said += _listed(
            f"{what} different",
            (
                f"{_text(name)}: "
                + ", ".join(
                    f"{key} {ours[name].get(key)!r} became {theirs[name].get(key)!r}"
                    for key in ours[name]
                    if ours[name].get(key) != theirs[name].get(key)
                )
                for name in ours.keys() & theirs.keys()
                if ours[name] != theirs[name]
            ),
        )
    return said


def everything_wrong(before: Snapshot, after: Snapshot, run: Run, left_behind: LeftBehind) -> list[str]:
    """What is wrong with the end of a run, whatever another run may have led to."""
    return [*audit(before, after, left_behind), *audit_errors(run.errors, left_behind)]


def not_at_rest(second: Run, written: dict[str, int]) -> list[str]:
    """What a second full synchronization still found to do."""
    return [f"second run: {problem}" for problem in nothing_moved(second, written)]


def _names(before: Snapshot, after: Snapshot) -> dict[Name, str]:
    """(table, id) of every record that is new -> its name."""
    names: dict[Name, str] = {}
    for mapping in after.mappings:
        for coupling in after.couplings[mapping.name]:
            name = f"{mapping.name} of {_name_of(before, coupling)}"
            if coupling.financials_id not in before.financials[mapping.financials.table]:
                names[mapping.financials.table, coupling.financials_id] = name
            if coupling.sales_id not in before.sales[mapping.sales.table]:
                names[mapping.sales.table, coupling.sales_id] = name
    for table, fields in (("uom", ("uomscheduleid", "name")), ("productpricelevel", ("productid", "uomid"))):
        for record in after.sales[table].keys() - before.sales[table].keys():
            row = after.sales[table][record]
            parents = {"uomscheduleid": "uomschedule", "productid": "product", "uomid": "uom"}
            parts = [names.get((parents.get(field, ""), row[field]), str(row[field])) for field in fields]
            names.setdefault((table, record), f"{table} of {', '.join(parts)}")
    return names


def _name_of(before: Snapshot, coupling: CouplingView) -> str:
    """By the record that was there before; both where they were matched."""
    old = [
        record
        for record, tables in ((coupling.financials_id, before.financials), (coupling.sales_id, before.sales))
        if any(record in rows for rows in tables.values())
    ]
    # Numbers of a choice's options are no names: a new option may get a number that another choice already has.
    return " and ".join(record for record in old if not record.isdigit()) or coupling.financials_key


def _lasting(table: str, row: Row) -> Iterable[tuple[str, Any]]:
    drawn = {"id"} if "." in table else set()
    return ((field, value) for field, value in row.items() if field not in VOLATILE | drawn)


def _named(after: Snapshot, names: dict[Name, str], field: str, value: Any) -> Any:
    """A value that refers to a new record, by that record's name."""
    choice = f"account.{field}"
    if choice in after.sales and value is not None:
        return after.sales[choice][str(value)]["label"]
    if not isinstance(value, str) or not value:
        return value
    prefix, colon, record = value.rpartition(":")
    if colon and prefix not in ("account", "systemuser", "team", "contact"):
        return value
    found = next((name for (_, known), name in names.items() if known == record), None) if _is_guid(record) else None
    return f"{prefix}{colon}{found}" if found else value


def _is_guid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _text(name: Name | str) -> str:
    return name if isinstance(name, str) else " ".join(name)


def _listed(problem: str, things: Iterable[str]) -> list[str]:
    listed = sorted(things)
    counted = Counter(listed)
    more = [f"{problem}: and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
    return [f"{problem}: {thing}" for thing in list(counted)[:SHOWN]] + more
