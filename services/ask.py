"""``python -m services ask``: puts any question of the catalogue to the service that answers it, and prints the answer.

Without a console this is how a person connects the tenants and runs the main job. The broker is the one of
``TANDEM_BROKER_URL``.
"""

import argparse
import asyncio
import difflib
import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from libs.contracts.catalogue import MESSAGES
from libs.contracts.message import Reply, Request
from libs.messaging.outside import from_outside
from libs.runtime.errors import ContractBroken, TandemError
from libs.runtime.logging import configure_logging
from libs.runtime.settings import broker_url_or_exit

QUESTIONS: dict[str, type[Request[Reply]]] = {
    name: message for name, message in sorted(MESSAGES.items()) if issubclass(message, Request)
}
"""Type name -> class of everything that can be asked."""

BY_NAME: dict[str, type[Request[Reply]]] = {message.__name__: message for message in QUESTIONS.values()} | QUESTIONS
"""… by the name of its class too, as the services' pages and the code call it."""

NEAREST = 3
"""Questions that are offered for a mistyped one."""

DESCRIPTION = (
    "Put a question to the service of a running Tandem that answers it, and print the answer as JSON. The broker is "
    "the one of TANDEM_BROKER_URL. Exit status: 0 answered, 1 refused, not answered or answered with failures, 2 a "
    "question or fields that do not exist, 78 settings that cannot work."
)


def parser(columns: int = 0) -> argparse.ArgumentParser:
    """What can be said on the command line; ``columns`` of the help, by default those of the terminal."""
    wide = min(columns or shutil.get_terminal_size().columns, 120) - 2
    listed = "\n".join(_described(name, question, wide) for name, question in QUESTIONS.items())
    made = argparse.ArgumentParser(
        prog="python -m services ask",
        description=textwrap.fill(DESCRIPTION, wide),
        epilog=f"questions:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = "type name of a request, see below, or its class: item_availability.switch.v1 or SwitchItemAvailability"
    made.add_argument("question", type=_question, metavar="QUESTION", help=words)
    made.add_argument(
        "fields", nargs="?", default="{}", metavar="JSON", help='its fields, e.g. {"mapping": "CUSTOMER"}'
    )
    made.add_argument(
        "--deadline", type=_seconds, default=120.0, metavar="SECONDS", help="how long to wait for the answer (120)"
    )
    made.add_argument(
        "--quiet", action="store_true", help="print nothing where there is nothing wrong, as for cron, which mails it"
    )
    return made


def _described(name: str, question: type[Request[Reply]], wide: int) -> str:
    """A question and what it promises, folded under each other where there is little room."""
    promise = " ".join((question.__doc__ or "").split()).replace("``", "")
    indent = " " * 41
    if wide < 90:
        return f"  {name}\n{textwrap.fill(promise, wide, initial_indent='      ', subsequent_indent='      ')}"
    return f"  {name:<38} {textwrap.fill(promise, wide, initial_indent=indent, subsequent_indent=indent).lstrip()}"


def _question(name: str) -> str:
    if name in BY_NAME:
        return name
    known = {each.lower(): each for each in BY_NAME}
    near = [known[each] for each in difflib.get_close_matches(name.lower(), known, n=len(known), cutoff=0.3)]
    nearest = list(dict.fromkeys(BY_NAME[each].TYPE for each in near))[:NEAREST]
    offered = f" The nearest: {', '.join(nearest)}." if nearest else ""
    raise argparse.ArgumentTypeError(f"there is no question {name}.{offered} --help lists all of them.")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds to wait")
    return seconds


def main(arguments: Sequence[str]) -> int:
    """Ask and print; 1 when the question is refused, not answered, or answered with failures."""
    options = parser().parse_args(arguments)
    try:
        request = request_of(options.question, options.fields)
    except ContractBroken as error:
        sys.stderr.write(f"{error.message}\n")
        return 2
    broker_url = broker_url_or_exit()
    configure_logging("error", "console", service="ask")
    try:
        reply = asyncio.run(_put(broker_url, request, options.deadline))
    except TandemError as error:
        sys.stderr.write(f"{error.setting + ': ' if error.setting else ''}{error.message}\n")
        return 1
    return show(reply, quiet=options.quiet)


def show(reply: Reply, *, quiet: bool = False) -> int:
    """Print an answer, and apart from it the failures in it; the exit status."""
    failures = getattr(reply, "failures", None) or []
    if failures or not quiet:
        sys.stdout.write(reply.model_dump_json(indent=2) + "\n")
    sys.stderr.writelines(f"{item.setting + ': ' if item.setting else ''}{item.message}\n" for item in failures)
    return 1 if failures else 0


async def _put(broker_url: str, request: Request[Reply], deadline: float) -> Reply:
    async with from_outside(broker_url, seconds=min(deadline, 10.0)) as transport:
        return await transport.requester("ask").ask(request, deadline=deadline)


def request_of(question: str, fields: str) -> Request[Reply]:
    """The question with its fields. Raises ``ContractBroken`` with what is wrong with them."""
    known = BY_NAME[question]
    try:
        given: Any = json.loads(fields)
    except ValueError as error:
        raise ContractBroken(f"The fields are no JSON ({error}); they look like {_example(known)}") from error
    if not isinstance(given, dict):
        raise ContractBroken(f"The fields are a JSON object, {_example(known)}, not {fields}")
    wrong = [f"it has no field {name}" for name in given if name not in known.model_fields]
    try:
        request = known.model_validate_json(fields)
    except ValidationError as error:
        wrong += [_told(item["loc"], item["type"], item["msg"]) for item in error.errors()]
    if wrong:
        have = ", ".join(known.model_fields) or "none"
        raise ContractBroken(f"{question}: {'; '.join(wrong)}. Its fields: {have}")
    return request


def _told(where: tuple[int | str, ...], kind: str, words: str) -> str:
    name = ".".join(map(str, where))
    if kind == "missing":
        return f"the field {name} is missing"
    said = words.removeprefix("Value error, ")
    return f"{name}: {said[:1].lower()}{said[1:]}" if name else said


def _example(question: type[Request[Reply]]) -> str:
    """Fields as they are written, with the question's first one where it has any."""
    name = next(iter(question.model_fields), "")
    return f'{{"{name}": …}}' if name else "{}"
