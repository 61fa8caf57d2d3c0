"""``python -m services dead-letters``: lists, replays or discards the messages that a service gave up on.

The broker is the one of ``TANDEM_BROKER_URL``. Replaying puts a message back on the queue it came from, its attempts
forgotten; do so when the reason is mended, then restart the line of the review whose job ended in error.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from libs.contracts.routing import SERVICES
from libs.messaging.outside import from_outside
from libs.messaging.ports import DeadLetter, DeadLetterOffice
from libs.runtime.errors import TandemError
from libs.runtime.logging import configure_logging
from libs.runtime.settings import broker_url_or_exit

DESCRIPTION = (
    "List, replay or discard the messages that a service gave up on. The broker is the one of TANDEM_BROKER_URL. "
    "Replaying puts a message back on the queue it came from, its attempts forgotten: do so when the reason is mended, "
    "then restart the line of the review whose job ended in error. Exit status: 0 done, 1 the broker refused or an id "
    "that was named is not there, 2 arguments that do not exist, 78 settings that cannot work."
)


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    made = argparse.ArgumentParser(prog="python -m services dead-letters", description=DESCRIPTION)
    made.add_argument("action", choices=("list", "replay", "discard"))
    made.add_argument("service", choices=SERVICES)
    made.add_argument(
        "ids", nargs="*", metavar="ID", help="message ids; replay and discard take all when none is given"
    )
    return made


def main(arguments: Sequence[str]) -> int:
    """Carry out one action; 1 when the broker refuses or an id is unknown."""
    options = parser().parse_args(arguments)
    broker_url = broker_url_or_exit()
    configure_logging("error", "console", service="dead-letters")
    try:
        lines, ok = asyncio.run(_connected(broker_url, options))
    except TandemError as error:
        sys.stderr.write(f"{error.setting + ': ' if error.setting else ''}{error.message}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0 if ok else 1


async def _connected(broker_url: str, options: argparse.Namespace) -> tuple[list[str], bool]:
    async with from_outside(broker_url) as transport:
        return await care(transport, options.action, options.service, options.ids)


async def care(office: DeadLetterOffice, action: str, service: str, ids: Sequence[str]) -> tuple[list[str], bool]:
    """What to print, and whether everything that was named was there."""
    letters = [letter for letter in await office.dead_letters(service) if not ids or letter.message_id in ids]
    there = {letter.message_id for letter in letters}
    absent = [f"{service} has no dead letter {wanted}" for wanted in dict.fromkeys(ids) if wanted not in there]
    if action == "list":
        return ([*map(_line, letters), *absent] or ["none"]), not absent
    act = office.replay_dead_letters if action == "replay" else office.discard_dead_letters
    count = await act(service, list(ids) or None) if there else 0
    done = "replayed" if action == "replay" else "discarded"
    return [f"{count} {done}", *absent], not absent


def _line(letter: DeadLetter) -> str:
    about = f" {letter.envelope.type} {letter.envelope.subject}" if letter.envelope else " (no envelope)"
    return f"{letter.died_at} {letter.message_id}{about}: {letter.code}: {letter.reason}"
