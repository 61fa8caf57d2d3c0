"""Credentials of the connectors under examination."""

from services.sandbox.shell import Shell


class SandboxTokens:
    """Signs in at the sandbox without Entra in between."""

    def __init__(self, shell: Shell, product: str) -> None:
        self._shell = shell
        self._product = product
        self._authorization = ""

    async def authorization(self, *, refused: str = "") -> str:
        if not self._authorization or self._authorization == refused:
            self._authorization = "Bearer " + self._shell.tokens.issue(frozenset({self._product}))
        return self._authorization
