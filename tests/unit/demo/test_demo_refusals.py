"""What the demo and the one process refuse before they start anything."""

import socket
from pathlib import Path

import pytest

from services.__main__ import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--json", "{folder}/none/x.json"], "none/x.json cannot be written: there is no folder"),
        (["--json", "{folder}"], "is a folder; name a file in it"),
        (["--data", "{folder}/used"], "holds the stores of an earlier run; name an empty folder"),
        (["--data", "{folder}/used/registry.db"], "registry.db is no folder"),
        (["--data", "/proc/nope"], "the folder /proc/nope cannot be made"),
        (["--surfaces", "companion"], "api_v2 is needed in any case"),
        (["--processes", "--broker-url", "x"], "--broker-url: the address of a RabbitMQ begins with amqp://"),
        (["--processes", "--broker-url", "amqp://h", "--store-url", "x"], "--store-url: an address of a store begins"),
        (["--processes"], "--processes needs --broker-url"),
        (["--broker-url", "amqp://h"], "--broker-url and --store-url are for --processes"),
        (["--records", "3"], "--records: a company needs at least"),
    ],
)
def test_the_demo_says_beforehand_what_cannot_work(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "registry.db").touch()
    with pytest.raises(SystemExit) as ended:
        main(["demo", *(word.format(folder=tmp_path) for word in words)])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert told in printed.err and printed.out == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--data", "/proc/nope"], "--data: the folder /proc/nope cannot be made"),
        (["--records", "3"], "--records: a company needs at least"),
        (["nonsense"], "There is no command nonsense."),
    ],
)
def test_the_one_process_does_so_too(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert told in capsys.readouterr().err


def test_a_port_that_is_taken_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("TANDEM_HTTP_PORT", str(port))
        assert main(["--records", "20"]) == 78
    assert f"Cannot listen on 127.0.0.1 port {port}" in capsys.readouterr().err


def test_the_help_of_the_one_process_tells_its_options_and_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for word in ("--synchronized", "--records", "--seed", "--data", "--json", "demo", "ask QUESTION", "dead-letters"):
        assert word in told
