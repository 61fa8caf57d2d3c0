"""Two hundred questions a second for minutes while things go wrong at seeded moments, one after the other:
``SEED=1 SECONDS=120 PER_SECOND=200 python -m pytest tests/soak/test_lookup_soak.py -p no:xdist --timeout 0 -s``.

Prints how many questions were asked in each phase and how long the answers took.
"""

import os
import random
import sys
import time
from pathlib import Path

from libs.testing.rabbitmq_node import RabbitNode
from tests.system.asking import problems
from tests.system.selling import Selling, selling

FAULTS = {
    "Financials slow (2 s)": {"kind": "latency", "seconds": 2},
    "Financials throttling": {"kind": "throttle", "seconds": 1},
    "Financials unavailable (503)": {"kind": "unavailable", "seconds": 1},
    "Financials cut off": {"kind": "cut_before"},
}
KILLED = ("financials_connector", "coupling_registry")
CUT = "broker's connections cut"


async def test_soak_of_the_lookup(rabbitmq_node: RabbitNode, tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("SEED", "1")))
    per_second = int(os.environ.get("PER_SECOND", "200"))
    until = time.monotonic() + float(os.environ.get("SECONDS", "120"))
    wrong: list[str] = []
    async with selling(tmp_path, rabbitmq_node) as seller:
        lookups = [seller.job.land.children[name] for name in ("availability_lookup", "availability_lookup.2")]
        await phase(seller, "well", 5, per_second, wrong)
        while time.monotonic() < until:
            everything = [*FAULTS, *KILLED, CUT]
            chance.shuffle(everything)
            for what in everything:
                await disturb(seller, what, chance.uniform(2, 6), per_second, wrong)
        await phase(seller, "well again", 5, per_second, wrong)
        peaks = ", ".join(f"{child.peak_memory_mb():.0f} MB" for child in lookups)
        _say(f"{sum(len(told.answers) for told in seller.told)} questions; lookups' peak memory {peaks}")
    assert not wrong, "\n".join(wrong)


async def disturb(seller: Selling, what: str, seconds: float, per_second: int, wrong: list[str]) -> None:
    keyboard, land = seller.job.keyboard, seller.job.land
    await keyboard.forget_statistics()
    if what in FAULTS:
        await keyboard.let_fail({"side": "financials", "count": None, **FAULTS[what]})
    elif what in KILLED:
        land.children[what].kill()
    else:
        seller.proxy.cut()
    await phase(seller, what, seconds, per_second, wrong)
    asked = (await keyboard.statistics())["financials"]["requests"]
    if what in FAULTS:
        await keyboard.let_work()
    elif what in KILLED:
        land.start_service(what)
        await land.ready(what)
    await seller.recovered(what)
    _say(f"    {asked} requests to Financials; fresh again after {seller.recovery[what]:.1f} s")


async def phase(seller: Selling, name: str, seconds: float, per_second: int, wrong: list[str]) -> None:
    told = await seller.go_on(name, seconds, per_second=per_second)
    _say(str(told))
    wrong += [f"{name}: {words}" for words in problems(told.answers)]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
