"""Stacks the layers of a session for one environment; what a connector's composition root opens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from libs.dynamics.auth import Credentials
from libs.dynamics.http import open_http
from libs.dynamics.observed import Observed
from libs.dynamics.session import Authorized, Repeating, Session
from libs.dynamics.throttle import Gate, Gated

URGENT_PATIENCE = 1.5
"""Seconds of a pause that an urgent request waits for; the asker has older answers to fall back on."""


@dataclass(frozen=True)
class Connection:
    """Three ways into one environment, behind the same gate."""

    session: Session
    """For work: waits long for the gate, repeats reads."""
    probe: Session
    """For questions with a deadline: gives up within seconds."""
    urgent: Session
    """For questions that somebody waits for at this moment: goes before all other work, does not wait for pauses."""
    gate: Gate


@asynccontextmanager
async def open_connection(
    *, credentials: Credentials, gate: Gate, url_setting: str, ca_file: str = ""
) -> AsyncIterator[Connection]:
    """The environment's connection, closed at the end. ``url_setting`` names the setting with its address."""
    async with open_http(url_setting=url_setting, ca_file=ca_file) as http:
        authorized = Authorized(Observed(http, gate.environment), credentials)
        yield Connection(
            session=Repeating(Gated(authorized, gate)),
            probe=Repeating(Gated(authorized, gate, patience=8.0), pauses=(0.2,)),
            urgent=Repeating(Gated(authorized, gate, patience=URGENT_PATIENCE, urgent=True), pauses=(0.2,)),
            gate=gate,
        )
