"""Tandem in one process, the demo, questions to running services, and care for dead letters.

python -m services [--synchronized] …                   the sandbox and all services here, until Ctrl-C
python -m services demo [--records N] [--seed S] …      the main job from beginning to end, shown and audited
python -m services ask QUESTION [JSON]                  any question of the catalogue to a running Tandem
python -m services cancel JOB                           stops a running synch job
python -m services dead-letters list|replay|discard …   messages that a service gave up on

Each of them takes --help.
"""

import argparse
import signal
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """What can be said without a command: everything in this process."""
    made = argparse.ArgumentParser(
        prog="python -m services",
        usage="%(prog)s [--synchronized] [--records N] [--seed S] [--data DIR] [--json]",
        description=__doc__,
        epilog="TANDEM_HTTP_HOST, TANDEM_HTTP_PORT, TANDEM_LOG_LEVEL and TANDEM_LOOKUP_… count where\n"
        "they are set; otherwise the lookup has a free port of loopback and a new key.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    mine = made.add_argument_group("in one process")
    mine.add_argument(
        "--synchronized", action="store_true", help="run the main job first, and set the imitated order form up"
    )
    mine.add_argument(
        "--records", type=int, default=1000, metavar="N", help="size of the make-believe company (default 1000)"
    )
    mine.add_argument(
        "--seed", type=int, default=7, metavar="S", help="the same seed makes the same company (default 7)"
    )
    mine.add_argument("--data", type=Path, metavar="DIR", help="empty folder for the stores (default: a temporary one)")
    mine.add_argument(
        "--json", action="store_true", help="one line of JSON with all addresses, as where no terminal is watched"
    )
    return made


def main(arguments: list[str]) -> int:
    """Choose what to do; the other words are its own."""
    match arguments:
        case ["ask", *rest]:
            return _ask(rest)
        case ["cancel", *rest]:
            return _cancel(rest)
        case ["dead-letters", *rest]:
            return _dead_letters(rest)
        case ["demo", *rest]:
            return _demo(rest)
        case [word, *_] if not word.startswith("-"):
            sys.stderr.write(f"There is no command {word}.\n\n{__doc__}")
            return 2
    return _alone(arguments)


def _ask(arguments: list[str]) -> int:
    try:
        from services.ask import main as ask
    except ModuleNotFoundError as error:
        return _not_here(error)
    return ask(arguments)


def _cancel(arguments: list[str]) -> int:
    try:
        from services.cancel import main as cancel
    except ModuleNotFoundError as error:
        return _not_here(error)
    return cancel(arguments)


def _dead_letters(arguments: list[str]) -> int:
    try:
        from services.dead_letters import main as dead_letters
    except ModuleNotFoundError as error:
        return _not_here(error)
    return dead_letters(arguments)


def _demo(arguments: list[str]) -> int:
    try:
        from services.demo.command import main as demo
    except ModuleNotFoundError as error:
        return _not_here(error)
    return demo(arguments)


def _alone(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    try:
        from services.demo.alone import main as alone
    except ModuleNotFoundError as error:
        return _not_here(error)
    return alone(options)


def _not_here(error: ModuleNotFoundError) -> int:
    """An image holds one service, and neither the sandbox nor the others; a bare Python holds no library."""
    if (error.name or "").startswith(("services", "libs")):
        sys.stderr.write("Not all parts of Tandem are installed here; only ask, cancel and dead-letters can be used.\n")
    else:
        sys.stderr.write(
            f"This Python lacks {error.name}, which Tandem needs: run make setup, then .venv/bin/python -m services …\n"
        )
    return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(128 + signal.SIGINT)
