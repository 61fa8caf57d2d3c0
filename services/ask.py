"""``python -m services ask``: puts any question of the catalogue to the service that answers it, and prints the answer.

Without a console this is how a person connects the tenants and runs the main job. The broker is the one of
``TANDEM_BROKER_URL``.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from libs.contracts.catalogue import MESSAGES
from libs.contracts.message import Reply, Request
from libs.messaging.connect import open_transport
from libs.messaging.ports import Requester
from libs.runtime.errors import ContractBroken, TandemError
from libs.runtime.logging import configure_logging
from libs.runtime.settings import broker_url_or_exit

QUESTIONS: dict[str, type[Request[Reply]]] = {
    name: message for name, message in sorted(MESSAGES.items()) if issubclass(message, Request)
}
"""Type name -> class of everything that can be asked."""

BY_NAME: dict[str, type[Request[Reply]]] = {message.__name__: message for message in QUESTIONS.values()} | QUESTIONS
"""… by the name of its class too, as the services' pages and the code call it."""


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    listed = "\n".join(f"  {name:<38} {(question.__doc__ or '').strip()}" for name, question in QUESTIONS.items())
    made = argparse.ArgumentParser(
        prog="python -m services ask",
        description=__doc__,
        epilog=f"questions:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = "type name of a request, see below, or its class: item_availability.switch.v1 or SwitchItemAvailability"
    made.add_argument("question", choices=BY_NAME, metavar="QUESTION", help=words)
    made.add_argument(
        "fields", nargs="?", default="{}", metavar="JSON", help='its fields, e.g. {"mapping": "CUSTOMER"}'
    )
    made.add_argument("--deadline", type=float, default=120.0, metavar="SECONDS", help="how long to wait (120)")
    return made


def main(arguments: Sequence[str]) -> int:
    """Ask and print; 1 when the question is refused, not answered, or answered with failures."""
    options = parser().parse_args(arguments)
    broker_url = broker_url_or_exit()
    configure_logging("error", "console", service="ask")
    try:
        reply = asyncio.run(_connected(broker_url, options))
    except TandemError as error:
        sys.stderr.write(f"{error.setting + ': ' if error.setting else ''}{error.message}\n")
        return 1
    sys.stdout.write(reply.model_dump_json(indent=2) + "\n")
    return 1 if getattr(reply, "failures", None) else 0


async def _connected(broker_url: str, options: argparse.Namespace) -> Reply:
    async with open_transport(broker_url).connect() as transport:
        return await put(transport.requester("ask"), options.question, options.fields, options.deadline)


async def put(requester: Requester, question: str, fields: str, deadline: float) -> Reply:
    """Put one question. Raises ``ContractBroken`` for fields that do not fit it."""
    try:
        request = BY_NAME[question].model_validate_json(fields)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'JSON'}: {item['msg']}" for item in error.errors())
        raise ContractBroken(f"{question} does not take these fields: {wrong}") from error
    return await requester.ask(request, deadline=deadline)
