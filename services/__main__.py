"""Tandem in one process, the demo, questions to running services, and care for dead letters.

python -m services                                      the sandbox and all services here, until Ctrl-C
python -m services demo [--records N] [--seed S] …      the main job from beginning to end, shown and audited
python -m services ask QUESTION [JSON]                  any question of the catalogue to a running Tandem
python -m services dead-letters list|replay|discard …   messages that a service gave up on
"""

import signal
import sys


def main(arguments: list[str]) -> int:
    """Choose what to do; the other words are its own."""
    match arguments:
        case ["demo", *rest]:
            from services.demo.command import main as demo

            return demo(rest)
        case ["ask", *rest]:
            from services.ask import main as ask

            return ask(rest)
        case ["dead-letters", *rest]:
            from services.dead_letters import main as dead_letters

            return dead_letters(rest)
        case ["-h" | "--help"]:
            sys.stdout.write(__doc__ or "")
            return 0
        case [word, *_] if not word.startswith("-"):
            sys.stderr.write(__doc__ or "")
            return 2
    from services.demo.alone import main as alone

    return alone(arguments)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(128 + signal.SIGINT)
