"""``python -m services``: the sandbox and all services in one process until Ctrl-C, for trying things by hand."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from libs.messaging.ports import Transport
from libs.runtime.errors import TandemError
from libs.runtime.logging import configure_logging
from libs.runtime.run import ServiceFailed
from libs.runtime.settings import CONFIGURATION_ERROR, PREFIX, SettingsInvalid, exit_invalid
from libs.runtime.signals import stop_on_signals
from libs.testing.landscape import settings_from_sandbox
from libs.testing.processes import spare_port
from services.demo.client import Client, DemoFailed
from services.demo.folders import folder_problem
from services.demo.keyboard import open_keyboard
from services.demo.order_form import Chosen
from services.demo.order_pages import OrderPages, choose_order, open_order_pages
from services.embedded import embedded
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.generator import SMALLEST
from services.sandbox.settings import SandboxSettings

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""Address to listen on -> address to open from here."""


@dataclass(frozen=True)
class Up:
    """What somebody who tries it needs to know."""

    details: dict[str, str]
    lookup_url: str
    lookup_key: str
    pages: OrderPages
    customer: str = ""
    lines: Sequence[Chosen] = ()

    def as_json(self) -> str:
        """One line for a program."""
        forms = {"order_form_url": self.pages.form_url("/order"), "quote_form_url": self.pages.form_url("/quote")}
        found = {**self.details, "lookup_url": self.lookup_url, "lookup_key": self.lookup_key, **forms}
        return msgspec.json.encode(found).decode()

    def as_text(self) -> str:
        """Where everything is, and what to try, for a person."""
        tried = self._what_to_try() if self.lines else NOT_SYNCHRONIZED
        return f"""
Order product form   {self.pages.origin}/order
Quote product form   {self.pages.origin}/quote

{tried}

The lookup           {self.lookup_url}/v1/order-lines
  its key            {self.lookup_key}
{self._question()}
The sandbox's certificate authority is {self.details["ca_file"]}
  Sales              {self.details["sales_url"]}
  Financials         {self.details["financials_url"]}
  its control        {self.details["control_url"]}

Ctrl-C ends it.
"""

    def _what_to_try(self) -> str:
        item, *others = self.lines
        told = [
            f"Both forms are open for customer {self.customer} and {item.kind} {item.number}; the panel is below the",
            "fields of the line. Try there:",
            "  - the quantity 100000: is there a better price, and when can so many be had?",
            "  - Use this price: the form's own fields take it over, with where it came from",
        ]
        for line in others:
            if line.kind == "resource" or line.card["Type"] != "Inventory":
                told.append(f"  - product {line.number}, of which no stock is kept")
            else:
                told.append(f"  - product {line.number}, quantity {line.quantity}: more than there is")
        told += [
            "  - no customer, then Refresh: the price for everybody",
            f"  - {self.pages.origin}/order?language=1053: a Swedish user",
        ]
        return "\n".join(told)

    def _question(self) -> str:
        if not self.lines:
            return ""
        item = self.lines[0]
        body = (
            f'{{"customer":{{"number":"{self.customer}"}},"lines":[{{"id":"1","item":"{item.number}","quantity":5}}]}}'
        )
        return (
            f"  e.g. curl {self.lookup_url}/v1/order-lines -H 'Tandem-Key: {self.lookup_key}' \\\n"
            f"         -H 'Content-Type: application/json' -d '{body}'\n"
        )


NOT_SYNCHRONIZED = (
    "Nothing is synchronized, so Sales has no products yet and the panel in the forms finds\n"
    "none: python -m services --synchronized (make order-form) runs the main job first."
)


def main(options: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT; prints where everything is, as one JSON line where nobody watches."""
    for_a_person = sys.stdout.isatty() and not options.json
    with tempfile.TemporaryDirectory(prefix="tandem-") as temporary:
        data: Path = options.data or Path(temporary)
        if options.records < SMALLEST:
            sys.stderr.write(f"--records: a company needs at least {SMALLEST}\n")
            return 2
        if problem := folder_problem(data):
            sys.stderr.write(f"--data: {problem}\n")
            return 2
        level = os.environ.get("TANDEM_LOG_LEVEL", "").strip().lower() or ("error" if for_a_person else "info")
        configure_logging(level, "console" if sys.stderr.isatty() else "json", service="tandem")
        try:
            asyncio.run(_run(options, data, for_a_person))
        except SettingsInvalid as error:
            exit_invalid(error.problems)
        except TandemError as error:
            sys.stderr.write(f"{error.message}\n")
            return CONFIGURATION_ERROR if error.setting else 1
        except (DemoFailed, ServiceFailed, RuntimeError, TimeoutError) as error:
            sys.stderr.write(f"Tandem could not go on.\n{error}\n")
            return 1
    return 0


async def _run(options: argparse.Namespace, data: Path, for_a_person: bool) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)

    def say(words: str) -> None:
        if for_a_person:
            sys.stdout.write(f"{words}\n")
            sys.stdout.flush()

    say(f"Tandem with a make-believe company of {options.records} records, seed {options.seed}")
    say(f"stores in {data}" + ("" if options.data else ", taken away at the end (--data DIR keeps them)"))
    async with (
        Sandbox(SandboxSettings(records=options.records, seed=options.seed)).running() as sandbox,
        open_order_pages(sandbox.tenants) as pages,
    ):
        environment = settings_for(sandbox, pages.origin, os.environ)
        host = environment["TANDEM_HTTP_HOST"]
        url = f"http://{EVERYWHERE.get(host, host)}:{environment['TANDEM_HTTP_PORT']}"
        key = environment["TANDEM_LOOKUP_KEY"]
        async with embedded(data, environment) as transport:
            await pages.tell_lookup(url, key)
            empty = Up(sandbox.details.as_dict(), url, key, pages)
            up: Up | None = empty
            if options.synchronized:
                say("synchronizing…")
                up = await unless(stop, _synchronize(transport, empty))
            if up is not None:
                sys.stdout.write((up.as_text() if for_a_person else up.as_json()) + "\n")
                sys.stdout.flush()
                await stop.wait()
            say("Stopping…")


def settings_for(sandbox: RunningSandbox, forms: str, given: Mapping[str, str]) -> dict[str, str]:
    """The services' settings: the sandbox's tenants, what the environment gives, and what it leaves open."""
    own = {name: value for name, value in given.items() if name.startswith(PREFIX) and value.strip()}
    if own.get("TANDEM_HTTP_PORT") == "0":  # none, elsewhere; here everything is about the lookup, which needs one
        del own["TANDEM_HTTP_PORT"]
    return {
        "TANDEM_HTTP_HOST": "127.0.0.1",
        "TANDEM_HTTP_PORT": str(spare_port()),
        "TANDEM_LOOKUP_KEY": token_urlsafe(),
        "TANDEM_LOOKUP_ORIGIN": forms,
        **own,
        **settings_from_sandbox(sandbox.details.as_dict()),
    }


async def _synchronize(transport: Transport, up: Up) -> Up:
    """Couple salespeople and run the main job, as the demo does; gives what there is to try then."""
    client = Client(transport.requester("person"))
    await client.connect()
    await client.couple_salespeople(lambda jobs: None)
    await client.generate_review()
    await client.start_review(lambda jobs: None)
    async with open_keyboard(up.details["control_url"], up.details["ca_file"]) as keyboard:
        customer, account, lines = await choose_order(client, keyboard)
    up.pages.begin_with = {"customer": account}
    if lines:
        up.pages.begin_with |= {"product": lines[0].product_id, "quantity": lines[0].quantity}
    return Up(up.details, up.lookup_url, up.lookup_key, up.pages, customer, lines)


async def unless(stop: asyncio.Event, work: Awaitable[Up]) -> Up | None:
    """The outcome of the work, or nothing when told to stop before."""
    working, stopped = asyncio.ensure_future(work), asyncio.create_task(stop.wait())
    await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        return working.result()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    return None
