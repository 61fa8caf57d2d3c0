"""A session that answers from a script and remembers what it was asked; for tests of the layers above the wire."""

from collections.abc import Callable

import msgspec

from libs.dynamics.session import Request, Response

Step = Response | Exception | Callable[[Request], Response]


class ScriptedSession:
    """Each request takes the next step; a request beyond the script fails the test."""

    def __init__(self, *steps: Step) -> None:
        self._steps = list(steps)
        self.requests: list[Request] = []

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        if not self._steps:
            raise AssertionError(f"unexpected {request.method} {request.url}")
        step = self._steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step

    @property
    def finished(self) -> bool:
        """Whether every step was taken."""
        return not self._steps


def an_answer(payload: object = None, status: int = 200, **headers: str) -> Response:
    """A JSON answer; header names with underscores for hyphens."""
    body = b"" if payload is None else msgspec.json.encode(payload)
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def a_refusal(status: int, code: str, message: str = "refused") -> Response:
    """An error answer of either product."""
    return an_answer({"error": {"code": code, "message": message}}, status)
