"""Access tokens of the make-believe tenant: opaque text, each good for one product and a while."""

import secrets
import time
from collections.abc import Callable

from services.sandbox.settings import SandboxSettings


class Tokens:
    def __init__(self, settings: SandboxSettings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = settings.token_seconds
        """How long new tokens are good."""
        self._any = settings.any_token
        self._monotonic = monotonic
        self._issued: dict[str, tuple[frozenset[str], float]] = {}

    def issue(self, sides: frozenset[str]) -> str:
        """A token for these products (both, where they share an address)."""
        token = f"sandbox.{secrets.token_urlsafe(48)}"
        self._issued[token] = sides, self._monotonic() + self.seconds
        return token

    def accepts(self, token: str, side: str) -> bool:
        if self._any:
            return bool(token)
        sides, until = self._issued.get(token, (frozenset(), 0.0))
        return side in sides and self._monotonic() < until

    def revoke(self) -> None:
        """From now on every token that was issued is refused."""
        self._issued.clear()
