"""``python -m services demo``: brings a Tandem up, tells the story, writes the figures."""

import argparse
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from libs.messaging.ports import Requester
from libs.runtime.errors import TandemError
from libs.runtime.logging import configure_logging
from libs.testing.landscape import settings_from_sandbox
from libs.testing.processes import spare_port
from services.demo.client import INTERRUPTED, Client, DemoFailed
from services.demo.display import Display
from services.demo.figures import Outcome, write_figures
from services.demo.folders import file_problem, folder_problem
from services.demo.interrupts import Interrupted, run_until_interrupted
from services.demo.keyboard import Keyboard, open_keyboard
from services.demo.order_form import OrderForm, open_order_form
from services.demo.processes import stand_ins, start_processes
from services.demo.story import tell
from services.embedded import embedded
from services.sandbox.app import Sandbox
from services.sandbox.generator import SMALLEST
from services.sandbox.settings import SURFACES, SandboxSettings


@dataclass(frozen=True)
class Stage:
    """A Tandem that is up, with its tenants."""

    requester: Requester
    keyboard: Keyboard
    form: OrderForm


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    made = argparse.ArgumentParser(prog="python -m services demo", description=__doc__)
    made.add_argument("--records", type=int, default=1000, help="size of the make-believe company (default 1000)")
    made.add_argument("--seed", type=int, default=7, help="the same seed makes the same company (default 7)")
    made.add_argument(
        "--json",
        metavar="FILE",
        help="also write the figures to a file; - for the standard output, and nothing else there",
    )
    made.add_argument("--verbose", action="store_true", help="name every record that failed or was skipped")
    made.add_argument("--data", type=Path, metavar="DIR", help="folder for stores and logs (default: a temporary one)")
    made.add_argument(
        "--surfaces",
        type=_surfaces,
        default=SURFACES,
        metavar="LIST",
        help=f"ways into Financials that are open, of {','.join(SURFACES)}; api_v2 is always needed (default: all)",
    )
    made.add_argument(
        "--on-premises", action="store_true", help="Financials is a server of its own, with user and access key"
    )
    made.add_argument(
        "--company-columns",
        choices=("microsoft", "tandem"),
        default="microsoft",
        help="whose solution tells Sales which company a row belongs to (default: microsoft)",
    )
    made.add_argument("--processes", action="store_true", help="a process per service; needs the two addresses below")
    made.add_argument(
        "--broker-url", default="", metavar="URL", help="with --processes: amqp://user:password@host:port/"
    )
    made.add_argument("--store-url", default="", metavar="URL", help="with --processes: mongodb://host:port/name")
    made.add_argument(
        "--rabbitmq",
        action="store_true",
        help="a process per service, with a RabbitMQ and a MongoDB stand-in of its own",
    )
    return made


def _surfaces(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    if not chosen or not set(chosen) <= set(SURFACES):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(SURFACES)}, separated by commas")
    return chosen


def _problem(options: argparse.Namespace) -> str:
    """What keeps the demo from ending well, told before anything is started; empty when nothing does."""
    if options.records < SMALLEST:
        return f"--records: a company needs at least {SMALLEST}"
    if "api_v2" not in options.surfaces:
        return "--surfaces: api_v2 is needed in any case: the company is found by it"
    if options.processes and not options.broker_url:
        return "--processes needs --broker-url"
    if options.broker_url and not options.broker_url.startswith(("amqp://", "amqps://")):
        return "--broker-url: the address of a RabbitMQ begins with amqp:// or amqps://"
    if options.store_url and not options.store_url.startswith(("mongodb://", "mongodb+srv://", "sqlite:///")):
        return "--store-url: an address of a store begins with mongodb:// or sqlite:///"
    if (options.broker_url or options.store_url) and not options.processes:
        return "--broker-url and --store-url are for --processes; in one process neither is needed"
    if options.json and options.json != "-" and (problem := file_problem(Path(options.json))):
        return f"--json: {problem}"
    if options.data and (problem := folder_problem(options.data)):
        return f"--data: {problem}"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 0 when every figure agrees with what both tenants hold."""
    options = parser().parse_args(arguments)
    if problem := _problem(options):
        parser().error(problem)
    with tempfile.TemporaryDirectory(prefix="tandem-demo-") as temporary:
        data: Path = options.data or Path(temporary)
        data.mkdir(parents=True, exist_ok=True)
        log = data / "demo.log"
        with log.open("a", encoding="utf-8") as stream:
            configure_logging("warning", "console", service="demo", stream=stream)
            try:
                outcome = run_until_interrupted(run(options, data))
            except (DemoFailed, TandemError, RuntimeError, TimeoutError) as error:
                sys.stderr.write(f"The demo could not be finished.\n{error}\n")
                sys.stderr.write(f"The last lines of the log:\n{_tail(log)}\n")
                return 1
            except (Interrupted, KeyboardInterrupt):
                sys.stderr.write(f"Interrupted; everything is stopped{_left(options.data)}.\n")
                return INTERRUPTED
        if options.json:
            write_figures(outcome, options.json)
        if not outcome.ok:
            sys.stderr.write(f"The last lines of the log:\n{_tail(log)}\n")
        return 0 if outcome.ok else 1


async def run(options: argparse.Namespace, data: Path) -> Outcome:
    """Bring everything up, tell the story, take everything down."""
    display = Display(aside=options.json == "-", verbose=options.verbose)
    display.heading(f"Tandem: {options.records} records, seed {options.seed}")
    async with AsyncExitStack() as stack:
        if options.rabbitmq or options.processes:
            stage = await stack.enter_async_context(as_processes(options, data))
        else:
            stage = await stack.enter_async_context(in_one_process(options, data))
        company = await stage.keyboard.company()
        return await tell(Client(stage.requester), stage.keyboard, company["expected"], display, stage.form)


@asynccontextmanager
async def in_one_process(options: argparse.Namespace, data: Path) -> AsyncIterator[Stage]:
    """The sandbox and all services here."""
    settings = SandboxSettings(
        records=options.records,
        seed=options.seed,
        surfaces=options.surfaces,
        on_premises=options.on_premises,
        company_columns=options.company_columns,
    )
    async with Sandbox(settings).running() as sandbox:
        details, port, key = sandbox.details.as_dict(), spare_port(), token_urlsafe()
        environment = settings_from_sandbox(details, on_premises=options.on_premises) | {
            "TANDEM_HTTP_HOST": "127.0.0.1",
            "TANDEM_HTTP_PORT": str(port),
            "TANDEM_LOOKUP_KEY": key,
        }
        async with (
            embedded(data, environment) as transport,
            open_keyboard(details["control_url"], details["ca_file"]) as keyboard,
            open_order_form(f"http://127.0.0.1:{port}", key) as form,
        ):
            yield Stage(transport.requester("demo"), keyboard, form)


@asynccontextmanager
async def as_processes(options: argparse.Namespace, data: Path) -> AsyncIterator[Stage]:
    """The sandbox and every service in a process of its own."""
    async with AsyncExitStack() as stack:
        broker_url, store_url = options.broker_url, options.store_url
        if options.rabbitmq:
            broker_url, store_url = await stack.enter_async_context(stand_ins(data))
        key = token_urlsafe()
        land = await stack.enter_async_context(
            start_processes(
                data,
                options.records,
                options.seed,
                broker_url=broker_url,
                store_url=store_url,
                environment={"TANDEM_LOOKUP_KEY": key},
                sandbox_arguments=[
                    f"--financials-surfaces={','.join(options.surfaces)}",
                    *(["--on-premises"] if options.on_premises else []),
                    f"--company-columns={options.company_columns}",
                ],
            )
        )
        requester = await stack.enter_async_context(land.asking())
        keyboard = await stack.enter_async_context(open_keyboard(land.details["control_url"], land.details["ca_file"]))
        lookup = f"http://127.0.0.1:{land.children['availability_lookup'].port}"
        yield Stage(requester, keyboard, await stack.enter_async_context(open_order_form(lookup, key)))


def _left(data: Path | None) -> str:
    return f", stores and logs are in {data}" if data else " and nothing is left of it"


def _tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) or "(nothing)"
