"""One HTTP connection of the edge: what no handler could answer is answered with a problem (RFC 9457).

A bug is logged with the id that the caller is told and nothing else. What cannot be read as a request is logged without
its content, since it may hold a key or a token.
"""

import asyncio
import sys
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from aiohttp import web
from aiohttp.http import HttpProcessingError

LONGEST_LINE = 32 * 1024
"""Bytes of the address, and of any header: a token that lists somebody's groups is longer than the usual 8 KB."""

log = structlog.get_logger(__name__)


class Connection(web.RequestHandler):
    """Made by the server for every connection."""

    __slots__ = ()

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop) -> None:
        # Compressed bodies stay as they are: nobody sends them, and a small one may hold a huge one.
        super().__init__(
            server,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]  # null is how aiohttp is told not to
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            auto_decompress=False,
        )

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        if request.writer.output_size > 0:
            raise ConnectionError("the answer was being sent already")
        if isinstance(exc, web.RequestPayloadError):
            status = 400
        if status < 500:
            log.info("request.malformed", reason=type(exc).__name__)
            words = f"The request is not HTTP/1.1, or has a line of more than {LONGEST_LINE} bytes."
            return _closing(status, "The request cannot be read", words, "request_malformed")
        instance = f"urn:uuid:{uuid4()}"
        # A TimeoutError that a handler lets out comes as 504 and is not handed over, but it is being handled here.
        status, error = 500, exc or sys.exception()
        log.error("request.crashed", instance=instance, method=request.method, exc_info=error)
        words = "Something went wrong that nobody foresaw; it is in the log of the service by this id."
        return _closing(status, "Failed", words, "failed", instance=instance)

    def log_exception(self, *args: Any, **named: Any) -> None:
        error = named.get("exc_info")
        reason = type(error).__name__ if error is not None else str(args[0])
        of_content = isinstance(error, HttpProcessingError | web.RequestPayloadError)
        log.warning("connection.failed", reason=reason, exc_info=None if of_content else error)


async def nothing_here(request: web.Request) -> web.Response:
    """What is asked where nobody's route leads."""
    return _problem(404, "Not found", f"There is nothing at this address for {request.method}.", "not_found")


def _closing(status: int, title: str, detail: str, code: str, **more: str) -> web.Response:
    response = _problem(status, title, detail, code, **more)
    response.force_close()
    return response


def _problem(status: int, title: str, detail: str, code: str, **more: str) -> web.Response:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **more}
    return web.Response(
        status=status,
        body=msgspec.json.encode(problem),
        headers={
            "Content-Type": "application/problem+json",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
