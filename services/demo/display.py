"""Shows the demo: live bars and tables at a terminal, plain lines elsewhere.

Everything fits a terminal of 80 columns: below 110 directions are arrows, tables have no lines between their columns,
and an order form is a few lines for each product.
"""

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table
from rich.text import Text

from libs.contracts.failures import SynchJobError
from libs.contracts.review import ReviewView
from libs.contracts.setup import ConnectionView, MissingPart
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.demo.client import Watcher
from services.demo.figures import SHOWN, Figures, Outcome, Run, error_line
from services.demo.keyboard import Row
from services.demo.left_out import Group, groups, silent_skips
from services.demo.order_form import Chosen
from services.demo.progress import ARROWS, Bars, Lines, way

NARROW = 110
"""Columns below which everything is told more briefly."""
WIDTH = 140
"""Columns where the output is no terminal."""
HEADS = {"inserted": "new", "modified": "mod.", "unchanged": "same", "skipped": "skip", "failed": "fail"}
"""Of figures, where not even the whole words have room."""
WORDS_FIT = 80


class Display:
    """Everything that the demo prints."""

    def __init__(self, console: Console | None = None, *, aside: bool = False, verbose: bool = False) -> None:
        """``aside``: to standard error, since the standard output is for the figures. ``verbose``: name every record
        that failed or was skipped."""
        # Where nobody watches, nothing is folded to fit a screen.
        watched = (sys.stderr if aside else sys.stdout).isatty()
        self.console = console or Console(highlight=False, stderr=aside, width=None if watched else WIDTH)
        self._verbose = verbose

    @property
    def _narrow(self) -> bool:
        return self.console.width < NARROW

    def heading(self, text: str) -> None:
        self.console.print(Text(f"\n{text}", style="bold"))

    def line(self, text: str) -> None:
        """One line; at a terminal folded between words, what follows hanging under its beginning."""
        if self.console.is_terminal:
            indent = " " * (len(text) - len(text.lstrip(" ")) + 2)
            text = textwrap.fill(
                text,
                self.console.width,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
                drop_whitespace=True,
            )
        self.console.print(text, markup=False, soft_wrap=True)

    def connection(self, view: ConnectionView) -> None:
        """The company, how it is reached, and what is missing."""
        company, context = view.company, view.context
        local = company.local_currency_code if company is not None else "local"
        if company is not None:
            self.line(f"Financials: {company.name} ({local}), by way of {company.surface}")
        base = context.base_currency_code
        self.line(f"Sales: base currency {base}, 1 {base} = {context.base_currency_rate} {local}")
        if view.missing:
            self.line("Missing without the companion extension, and therefore left out:")
        for told in grouped(view.missing):
            self.line(f"  {told}")

    def review(self, view: ReviewView) -> None:
        """The lines with their recommendations."""
        table = self._table("Waits for", *(() if self._narrow else ("Direction",)))
        table.add_column("Recommendation", no_wrap=self.console.width >= WORDS_FIT)
        for name in ("Financials", "Sales"):
            table.add_column(name, justify="right", no_wrap=True)
        for line in view.lines:
            waits, direction = ", ".join(line.dependency_filter), line.direction.value
            advice = line.recommendation.value.replace("_", " ")
            told = [waits, advice] if self._narrow else [waits, way(direction), advice]
            counts = (str(line.financials_count), str(line.sales_count))
            table.add_row(self._named(line.name, direction), *told, *counts)
        self.console.print(table)
        self.line(
            "Counted for the recommendation: every record of the table in Financials, and in Sales those inside the "
            "mapping's filter. A run leaves out what is outside the filter of the side that it reads."
        )

    def _table(self, *columns: str) -> Table:
        """One that begins with the mapping, which tells its direction where there is no room for a column of it."""
        if self._narrow:
            mapping = Column("Mapping (→ Sales)", no_wrap=True)
            return Table(mapping, *columns, box=box.SIMPLE_HEAD, padding=0, show_edge=False)
        return Table(Column("Mapping", no_wrap=True), *columns)

    def _named(self, mapping: str, direction: str) -> str:
        return f"{mapping} {ARROWS[direction]}" if self._narrow else mapping

    @contextmanager
    def progress(self) -> Iterator[Watcher]:
        """Follow jobs while they run."""
        if self.console.is_terminal:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=15 if self._narrow else 40),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeElapsedColumn(),
                console=self.console,
            ) as bars:
                yield Bars(bars).watch
        else:
            yield Lines(self.line).watch

    def run(self, run: Run) -> None:
        """A table per mapping and direction, and the totals."""
        table = self._table(*(() if self._narrow else ("Direction",)))
        brief = self.console.width < WORDS_FIT
        for name in (*SHOWN, "coupled", "seconds"):
            head = {**HEADS, "coupled": "cpl.", "seconds": "s"}[name] if brief else name
            table.add_column(head, justify="right", no_wrap=True)
        for row in run.figures:
            direction = [] if self._narrow else [way(row.direction)]
            table.add_row(self._named(row.name, row.direction), *direction, *_numbers(row), f"{row.seconds:.2f}")
        totals = run.totals()
        table.add_section()
        sums = [str(totals[name]) for name in (*SHOWN, "coupled")]
        table.add_row("total", *([] if self._narrow else [""]), *sums, f"{run.seconds:.2f}")
        self.console.print(table)
        self.line(f"{run.records} records in {run.seconds:.2f} s: {run.records_per_second:.0f} records a second")

    def errors(self, run: Run) -> None:
        """The records that failed, then those that were left out on purpose: how many for each reason, and one."""
        for action, one, many in (
            ("fail", "record failed", "records failed"),
            ("skip", "record was skipped", "records were skipped"),
        ):
            found = groups(run.errors, action)
            if action == "skip":
                found += silent_skips(run.figures, run.errors)
            if not found:
                continue
            number = sum(group.count for group in found)
            self.line(f"{number} {one if number == 1 else many}:")
            self._reasons(found)
            for error in run.errors if self._verbose else ():
                if error.action == action:
                    words = error_line(error)
                    self.line(f"  {words['mapping']} {words['record']}: {words['reason']}")

    def _reasons(self, found: Iterable[Group]) -> None:
        table = Table.grid(Column(no_wrap=True), Column(justify="right", no_wrap=True), Column(), padding=(0, 2, 0, 0))
        shown = ""
        for group in found:
            table.add_row("" if group.mapping == shown else f"  {group.mapping}", str(group.count), Text(group.text))
            shown = group.mapping
        self.console.print(table)

    def repeated(self, first: Run, again: Run) -> None:
        """The same as in the first run, in one line; otherwise all of it."""
        if {_left(error) for error in first.errors} != {_left(error) for error in again.errors}:
            self.errors(again)
        elif again.errors:
            self.line("Failed and skipped are the same records as the first time.")

    def order_form(self, chosen: Sequence[Chosen], answer: Row) -> None:
        """The lines as the panel beside an order line would show them."""
        if self._narrow:
            for line, told in zip(chosen, answer["lines"], strict=True):
                self._order_line(line, told)
        else:
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
            f"{'including' if with_vat else 'excluding'} VAT, as Financials had them at {_local(answer['as_of'])}"
        )

    def _order_line(self, line: Chosen, told: Row) -> None:
        price, discount, amount, why, stock = _told(told)
        self.console.print(Text(f"{line.kind} {line.number}, {told['quantity']} {told['unit']}", style="bold"))
        if price:
            less = f" less {discount}" if told["price"]["line_discount_percent"] != "0" else ""
            self.line(f"  {price} each{less}, {amount} in all")
        for words in (why, stock):
            if words:
                self.line(f"  {words}")

    def verdict(self, outcome: Outcome) -> None:
        """What the comparison with both tenants has found; without problems it has shown the records that failed or
        were skipped to be those that had to."""
        for problem in outcome.problems:
            self.console.print("[red]wrong:[/red]", Text(problem))
        if outcome.problems:
            return
        left = [
            f"{number} {word}"
            for action, word in (("fail", "failed"), ("skip", "skipped"))
            if (number := sum(error.action == action for error in outcome.first.errors))
        ]
        records = "record is" if left in (["1 failed"], ["1 skipped"]) else "records are"
        awkward = f"; the {' and '.join(left)} {records} exactly the awkward ones" if left else ""
        words = f"Every figure agrees with what both tenants hold{awkward}."
        self.console.print(Text(words, style="green"), soft_wrap=not self.console.is_terminal)


def _left(error: SynchJobError) -> tuple[str, str, str]:
    return error.mapping, error.action, error.source_key or error.source_id


def _local(moment: str) -> str:
    """A moment as a clock on the wall shows it."""
    return f"{datetime.fromisoformat(moment).astimezone():%H:%M:%S on %Y-%m-%d}"


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


def _numbers(row: Figures) -> list[str]:
    return [str(getattr(row, name)) for name in (*SHOWN, "coupled")]
