"""Questions put from the command line."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from libs.contracts.couplings import ListCouplings
from libs.contracts.item_availability import SwitchItemAvailability
from libs.testing.processes import ROOT, spare_port
from services.ask import QUESTIONS, parser, request_of
from services.ask import main as ask
from services.dead_letters import main as dead_letters


def test_a_question_is_put_with_its_fields() -> None:
    asked = request_of("couplings.list.v1", '{"mapping": "CUSTOMER", "limit": 2}')
    assert asked == ListCouplings(mapping="CUSTOMER", limit=2)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("{}", "the field mapping is missing. Its fields: mapping, "),
        ('{"mapping": 3}', "mapping: input should be a valid string"),
        ('{"mapping": "X", "limt": 3}', "it has no field limt"),
        ("{", 'The fields are no JSON (.*); they look like {"mapping": …}'),
        ("[1]", "The fields are a JSON object"),
    ],
)
def test_fields_that_do_not_fit_are_told_before_anybody_is_asked(
    fields: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TANDEM_BROKER_URL", raising=False)
    assert ask(["couplings.list.v1", fields]) == 2
    assert re.search(told, capsys.readouterr().err)


def test_a_mistyped_question_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        ask(["synch_job.start_modified"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "there is no question synch_job.start_modified. The nearest: synch_jobs.start_modified.v1, " in said
    assert sum(name in said for name in QUESTIONS) == 3
    with pytest.raises(SystemExit):
        ask(["SynchronizeModfied"])
    assert "The nearest: synch_jobs.start_modified.v1" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_help_keeps_to_the_terminal_and_to_plain_words(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    told = parser().format_help()
    assert "``" not in told
    assert max(map(len, told.splitlines())) <= columns


@pytest.mark.parametrize("main", [ask, dead_letters])
def test_a_broker_that_is_away_is_told_at_once_with_its_address_and_the_cause(
    main: Callable[[Sequence[str]], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = spare_port()
    monkeypatch.setenv("TANDEM_BROKER_URL", f"amqp://guest:secret@127.0.0.1:{port}/")
    began = time.monotonic()
    assert main(["connection.get.v1"] if main is ask else ["list", "orchestrator"]) == 1
    assert time.monotonic() - began < 5
    assert capsys.readouterr().err == (
        f"TANDEM_BROKER_URL: RabbitMQ cannot be reached at 127.0.0.1:{port}: connection refused\n"
    )


def test_a_broker_without_tls_where_tls_is_wanted_is_told_in_the_words_of_tls(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        place = f"127.0.0.1:{plain.getsockname()[1]}"
        monkeypatch.setenv("TANDEM_BROKER_URL", f"amqps://guest:secret@{place}/")

        def speak() -> None:
            caller, _ = plain.accept()
            with caller:
                caller.recv(100)
                caller.sendall(b"AMQP\x00\x00\x09\x01")

        with ThreadPoolExecutor(1) as speaker:
            spoken = speaker.submit(speak)
            assert ask(["connection.get.v1"]) == 1
            spoken.result(10)
    assert capsys.readouterr().err == (
        f"TANDEM_BROKER_URL: RabbitMQ cannot be reached at {place}: TLS: wrong version number\n"
    )


def test_a_broker_with_several_addresses_none_of_which_answers_is_told_with_the_cause(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = spare_port()
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port)) for last in (1, 2)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    monkeypatch.setenv("TANDEM_BROKER_URL", f"amqp://broker.example:{port}/")
    assert ask(["connection.get.v1"]) == 1
    assert capsys.readouterr().err.endswith(f"cannot be reached at broker.example:{port}: connection refused\n")


def test_a_broker_that_says_nothing_is_not_waited_for_longer_than_the_deadline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TANDEM_BROKER_URL", f"amqp://127.0.0.1:{silent.getsockname()[1]}/")
        assert ask(["connection.get.v1", "--deadline", "0.3"]) == 1
    assert "did not answer within 0.3 s" in capsys.readouterr().err


def test_every_question_is_listed_with_what_it_promises() -> None:
    told = parser().format_help()
    for name, question in QUESTIONS.items():
        assert name in told
        assert (question.__doc__ or "").strip(), f"{question.__name__} says nothing of itself"


@pytest.mark.parametrize("main", [ask, dead_letters])
def test_without_the_address_of_a_broker_nothing_is_asked(
    main: Callable[[Sequence[str]], int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TANDEM_BROKER_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["connection.get.v1"] if main is ask else ["list", "orchestrator"])
    assert ended.value.code == 78
    assert "TANDEM_BROKER_URL" in capsys.readouterr().err


def test_a_question_may_be_called_by_its_class() -> None:
    assert request_of("SwitchItemAvailability", '{"enabled": true}') == SwitchItemAvailability(enabled=True)
    assert parser().parse_args(["SwitchItemAvailability"]).question == "SwitchItemAvailability"


def test_a_python_without_the_libraries_says_how_to_get_them() -> None:
    command = [sys.executable, "-S", "-m", "services", "ask", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "run make setup" in done.stderr
    assert "Traceback" not in done.stderr
