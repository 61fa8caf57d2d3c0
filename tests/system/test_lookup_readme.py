"""The question and the answer that the lookup's README shows are what a running lookup takes and gives."""

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiohttp

from libs.testing.processes import ROOT, spare_port
from tests.system.one_process import a_tandem

PAGE = (ROOT / "services" / "availability_lookup" / "README.md").read_text(encoding="utf-8")
OF_THE_MOMENT = {"as_of", "age_seconds", "date", "available_from"}


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in OF_THE_MOMENT else timeless(inner) for name, inner in value.items()}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


async def test_the_readmes_example_is_answered_as_it_says(tmp_path: Path) -> None:
    [command] = re.findall(r"```\n(curl .*?)```", PAGE, flags=re.DOTALL)
    [answer] = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    _, address, *options = shlex.split(command.replace("\\\n", ""))
    said = dict(option.split(": ") for name, option in pairwise(options) if name == "-H")
    port, key = spare_port(), "the key of this environment"
    environment = {"TANDEM_HTTP_PORT": str(port), "TANDEM_LOOKUP_KEY": key}
    headers = {name: value.replace("$KEY", key) for name, value in said.items()}
    async with (
        a_tandem(tmp_path, records=100, environment=environment),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as client,
        client.post(address.partition(".com")[2], data=options[options.index("-d") + 1]) as got,
    ):
        assert got.status == 200
        found = await got.json()
    assert timeless(found) == timeless(json.loads(answer))
