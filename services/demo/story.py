"""The demo as it is told: connect, review, synchronize everything, change a little, synchronize that, and once more
everything; after each step both tenants are compared.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from libs.contracts.vocabulary import Recommendation
from services.demo.audit import LeftBehind, audit, audit_errors, left_behind
from services.demo.changes import Changed, make_changes
from services.demo.client import Client
from services.demo.display import Display
from services.demo.figures import Figures, Outcome, Run
from services.demo.keyboard import Keyboard
from services.demo.order_form import OrderForm, ask_for_lines, audit_answer
from services.demo.snapshot import Snapshot, take_snapshot
from services.demo.tables import told_changes


async def tell(
    client: Client,
    keyboard: Keyboard,
    expected: Sequence[Mapping[str, str]],
    display: Display,
    form: OrderForm | None = None,
) -> Outcome:
    """Run it all. ``expected``: the records of the company that cannot be carried over, as the sandbox lists them.
    Without a ``form`` the lookup is passed over.

    Raises ``DemoFailed`` when a step cannot be done at all.
    """
    display.heading("Connect")
    connection = await client.connect()
    display.connection(connection)
    absent = left_behind(expected, connection.context.missing_fields)
    mappings = await client.mappings()
    before = await take_snapshot(client, keyboard, mappings, connection.context)

    display.heading("Couple salespeople by e-mail address")
    with display.progress() as watch:
        coupling = await client.couple_salespeople(watch)
    display.line(f"{coupling.totals()['coupled']} salespeople coupled with users")
    display.errors(coupling)

    display.heading("Full-synchronization review")
    display.review(await client.generate_review())
    with display.progress() as watch:
        first = await client.start_review(watch)
    display.run(first)
    display.errors(first)
    problems = audit_errors(first.errors, absent)
    after = await take_snapshot(client, keyboard, mappings, connection.context)
    problems += audit(before, after, absent)

    problems += await _order_form(form, keyboard, after, display)

    display.heading("Change a few records on both sides and synchronize the modified ones")
    changed = await make_changes(client, keyboard)
    for told in changed.told:
        display.line(f"  {told}")
    with display.progress() as watch:
        modified = await client.synchronize_modified(watch)
    display.run(modified)
    display.errors(modified)
    rereading = {item.name for item in mappings if not told_changes(connection.context, item.financials.table)}
    problems += _told("the modified run", only_those_moved(modified, changed, absent, rereading))
    after = await take_snapshot(client, keyboard, mappings, connection.context)
    problems += _told("after the modified run", audit(before, after, absent))

    display.heading("Everything once more")
    await client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
    await keyboard.forget_statistics()
    with display.progress() as watch:
        second = await client.start_review(watch)
    written = await keyboard.rows_written()
    display.run(second)
    display.repeated(first, second)
    display.line(f"rows written: {written['sales']} in Sales, {written['financials']} in Financials")
    problems += _told("the second run", nothing_moved(second, written))
    problems += _told("the second run", audit_errors(second.errors, absent, repeated=True))
    after = await take_snapshot(client, keyboard, mappings, connection.context)
    problems += _told("after the second run", audit(before, after, absent))

    outcome = Outcome(first, modified, second, list(dict.fromkeys(problems)), coupling)
    display.heading("Verdict")
    display.verdict(outcome)
    return outcome


async def _order_form(form: OrderForm | None, keyboard: Keyboard, snapshot: Snapshot, display: Display) -> list[str]:
    """What somebody sees who adds a few lines to an order; gives what is wrong with it."""
    display.heading("A salesperson's order form: price and stock beside the lines")
    if form is None:
        display.line("passed over: set TANDEM_LOOKUP_KEY, for the lookup and for the demo")
        return []
    chosen, answer = await ask_for_lines(form, snapshot)
    display.order_form(chosen, answer)
    return _told("the order form", await audit_answer(keyboard, chosen, answer))


def only_those_moved(
    run: Run, changed: Changed, absent: LeftBehind | None = None, rereading: Collection[str] = ()
) -> list[str]:
    """Whether exactly the changed records were modified, and nothing was created or failed.

    ``rereading``: mappings of tables that do not tell what was modified. They are read whole, so what could not be
    carried over before fails once more.
    """
    moved: Counter[tuple[str, str]] = Counter()
    for row in run.figures:
        moved[row.name, row.direction] += row.moved
    problems = []
    for key in sorted({*moved, *changed.moved}):
        if moved[key] != changed.moved[key]:
            name, direction = key
            problems.append(f"{name} {direction}: {moved[key]} records moved, {changed.moved[key]} were changed")
    again = {(name, key) for name in rereading for key in (absent or {}).get("fail", {}).get(name, ())}
    problems += [
        f"{error.mapping} {error.direction}: {error.source_key} failed"
        for error in run.errors
        if error.mapping in rereading and error.action == "fail" and (error.mapping, error.source_key) not in again
    ]
    first_time = [row for row in run.figures if row.name not in rereading]
    return problems + _some(run.figures, ("inserted", "deleted")) + _some(first_time, ("failed",))


def nothing_moved(run: Run, written: dict[str, int]) -> list[str]:
    """Whether everything was found unchanged and not a row was written."""
    rows = [f"{number} rows were written in {system}" for system, number in written.items() if number]
    return rows + _some(run.figures, ("inserted", "modified", "deleted", "coupled"))


def _some(figures: Iterable[Figures], counters: tuple[str, ...]) -> list[str]:
    return [
        f"{row.name} {row.direction}: {getattr(row, name)} {name}"
        for row in figures
        for name in counters
        if getattr(row, name)
    ]


def _told(when: str, problems: list[str]) -> list[str]:
    return [f"{when}: {problem}" for problem in problems]
