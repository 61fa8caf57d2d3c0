"""Shows the demo: live bars and tables at a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from libs.contracts.jobs import PassView, ReviewView, SynchJobView
from libs.contracts.setup import ConnectionView, MissingPart
from libs.contracts.vocabulary import RunKind
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.demo.client import Watcher
from services.demo.figures import SHOWN, Figures, Run, error_line
from services.demo.keyboard import Row
from services.demo.order_form import Chosen

ARROWS = {"to_sales": "→ Sales", "from_sales": "← Sales"}
COUPLES = "↔ Sales"
"""A coupling run writes neither side."""
ERRORS_SHOWN = 40
"""Records of each kind that are listed."""
WIDTH = 140
"""Columns where the output is no terminal."""


class Display:
    """Everything that the demo prints."""

    def __init__(self, console: Console | None = None, *, aside: bool = False) -> None:
        """``aside``: to standard error, since the standard output is for the figures."""
        # Where nobody watches, nothing is folded to fit a screen.
        watched = (sys.stderr if aside else sys.stdout).isatty()
        self.console = console or Console(highlight=False, stderr=aside, width=None if watched else WIDTH)

    def heading(self, text: str) -> None:
        self.console.print(f"\n[bold]{text}[/bold]")

    def line(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    def connection(self, view: ConnectionView) -> None:
        """The company, how it is reached, and what is missing."""
        company, context = view.company, view.context
        if company is not None:
            self.line(f"Financials: {company.name} ({company.local_currency_code}), by way of {company.surface}")
        self.line(f"Sales: base currency {context.base_currency_code}, 1 = {context.base_currency_rate} local")
        if view.missing:
            self.line("Missing without the companion extension, and therefore left out:")
        for told in grouped(view.missing):
            self.line(f"  {told}")

    def review(self, view: ReviewView) -> None:
        """The lines with their recommendations."""
        table = Table(Column("Mapping", no_wrap=True), "Waits for", "Direction", "Recommendation")
        for name in ("Financials", "Sales"):
            table.add_column(name, justify="right", no_wrap=True)
        for line in view.lines:
            waits = ", ".join(line.dependency_filter)
            advice = line.recommendation.value.replace("_", " ")
            counts = (str(line.financials_count), str(line.sales_count))
            table.add_row(line.name, waits, line.direction.value.replace("_", " "), advice, *counts)
        self.console.print(table)
        self.line(
            "Counted for the recommendation: every record of the table in Financials, and in Sales those inside the "
            "mapping's filter. A run leaves out what is outside the filter of the side that it reads."
        )

    @contextmanager
    def progress(self) -> Iterator[Watcher]:
        """Follow jobs while they run."""
        if self.console.is_terminal:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeElapsedColumn(),
                console=self.console,
            ) as bars:
                yield Bars(bars).watch
        else:
            yield Lines(self).watch

    def run(self, run: Run) -> None:
        """A table per mapping and direction, and the totals."""
        table = Table(Column("Mapping", no_wrap=True), Column("Direction", no_wrap=True))
        for name in (*SHOWN, "coupled", "seconds"):
            table.add_column(name, justify="right", no_wrap=True)
        for row in run.figures:
            table.add_row(row.name, ARROWS[row.direction], *_numbers(row), f"{row.seconds:.2f}")
        totals = run.totals()
        table.add_section()
        table.add_row("total", "", *(str(totals[name]) for name in (*SHOWN, "coupled")), f"{run.seconds:.2f}")
        self.console.print(table)
        self.line(f"{run.records} records in {run.seconds:.2f} s: {run.records_per_second:g} records a second")

    def errors(self, run: Run) -> None:
        """The records that failed, then those that were left out on purpose, each with its reason."""
        for action, one, many in (
            ("fail", "record failed", "records failed"),
            ("skip", "record was skipped", "records were skipped"),
        ):
            errors = [error for error in run.errors if error.action == action]
            if errors:
                self.line(f"{len(errors)} {one if len(errors) == 1 else many}:")
            # One line says no less than a line about one more.
            shown = len(errors) if len(errors) <= ERRORS_SHOWN + 1 else ERRORS_SHOWN
            for error in errors[:shown]:
                words = error_line(error)
                self.line(f"  {words['mapping']} {words['record']}: {words['reason']}")
            if len(errors) > shown:
                self.line(f"  … and {len(errors) - shown} more (all of them with --json)")

    def order_form(self, chosen: Sequence[Chosen], answer: Row) -> None:
        """The lines as the panel beside an order line would show them."""
        table = Table(Column("Product", no_wrap=True), Column("Quantity", no_wrap=True))
        for name in ("Unit price", "Discount", "Amount"):
            table.add_column(name, justify="right", no_wrap=True)
        for name in ("Because", "In stock"):
            table.add_column(name)
        for line, told in zip(chosen, answer["lines"], strict=True):
            table.add_row(f"{line.kind} {line.number}", f"{told['quantity']} {told['unit']}", *_told(told))
        self.console.print(table)
        with_vat = any(told["price"]["includes_vat"] for told in answer["lines"] if told["price"])
        self.line(
            f"Customer {answer['customer']['number']}, prices in {answer['currency']} "
            f"{'including' if with_vat else 'excluding'} VAT, as Financials had them at {answer['as_of']}"
        )

    def verdict(self, problems: Sequence[str]) -> None:
        """What the comparison with both tenants has found."""
        for problem in problems:
            self.console.print(f"[red]wrong:[/red] {problem}")
        if not problems:
            self.console.print("[green]Every figure agrees with what both tenants hold.[/green]")


def _told(line: Row) -> list[str]:
    """Price, discount, amount, reason and stock of one line; where something is missing, why."""
    if line["error"] is not None:
        return ["", "", "", line["error"]["message"], ""]
    price, stock = line["price"], line["availability"]
    notes = " ".join(note["message"] for note in line["notes"])
    figures = ["", "", "", notes]
    if price is not None:
        discount = price["discount_source"]
        why = price["source"]["text"] + (f"; {discount['text']}" if discount else "")
        figures = [price["unit_price"], f"{price['line_discount_percent']} %", price["line_amount"], why]
    return [*figures, stock["reason"] if stock is not None else notes]


def grouped(missing: Iterable[MissingPart]) -> list[str]:
    """What is missing in a few lines: the tables, then the fields of each table, then each feed with its tables."""
    tables: dict[str, list[str]] = {}
    fields: dict[tuple[str, str], list[str]] = {}
    feeds: dict[tuple[str, str], list[str]] = {}
    for part in missing:
        if not part.field:
            tables.setdefault(part.reason, []).append(part.table)
        elif part.field in FINANCIALS_TABLES[part.table]:
            fields.setdefault((part.table, part.reason), []).append(part.field)
        else:
            feeds.setdefault((part.field, part.reason), []).append(part.table)
    return [
        *(f"tables {', '.join(names)}: {reason}" for reason, names in tables.items()),
        *(f"{table}: {', '.join(names)} ({reason})" for (table, reason), names in fields.items()),
        *(f"{feed} of {', '.join(names)} ({reason})" for (feed, reason), names in sorted(feeds.items())),
    ]


class Bars:
    """One bar per mapping and direction that has begun."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def watch(self, jobs: Iterable[SynchJobView]) -> None:
        for job, part in _begun(jobs):
            key = (job.id, part.direction.value)
            if key not in self._tasks:
                description = f"{job.mapping:<20}{_way(job, part)}"
                self._tasks[key] = self._bars.add_task(description, total=part.expected, note="")
            done = part.counters.total
            total = done if part.status.over else max(part.expected or 0, part.read)
            note = f"{part.counters.failed} failed" if part.counters.failed else ""
            self._bars.update(
                self._tasks[key], completed=done, total=total or 1 if not part.status.over else total, note=note
            )


class Lines:
    """One line when a direction begins and one when it ends."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._told: set[tuple[str, str, str]] = set()

    def watch(self, jobs: Iterable[SynchJobView]) -> None:
        for job, part in _begun(jobs):
            if self._news(job, part, "began"):
                self._display.line(f"{job.mapping} {_way(job, part)} began")
            if part.status.over and self._news(job, part, "over"):
                counters = {name: number for name, number in part.counters if number}
                told = ", ".join(f"{number} {name}" for name, number in counters.items()) or "nothing to do"
                words = f"{job.mapping} {_way(job, part)} {part.status.value}: {told}"
                self._display.line(f"{words} ({part.seconds:.2f} s)")

    def _news(self, job: SynchJobView, part: PassView, event: str) -> bool:
        key = (job.id, part.direction.value, event)
        known = key in self._told
        self._told.add(key)
        return not known


def _way(job: SynchJobView, part: PassView) -> str:
    return COUPLES if job.run is RunKind.COUPLING else ARROWS[part.direction.value]


def _begun(jobs: Iterable[SynchJobView]) -> list[tuple[SynchJobView, PassView]]:
    return [(job, part) for job in jobs for part in job.passes if part.started_at]


def _numbers(row: Figures) -> list[str]:
    return [str(getattr(row, name)) for name in (*SHOWN, "coupled")]
