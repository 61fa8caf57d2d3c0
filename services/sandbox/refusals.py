"""Error answers in the words and shape of each product, and the exception that carries one out of any depth."""

import uuid
from collections.abc import Mapping

import msgspec
from aiohttp import web


class Refused(Exception):
    """The request ends here with this answer."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, name: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.name = name
        """Property at fault, where there is one."""

    def body(self) -> bytes:
        return msgspec.json.encode({"error": {"code": self.code, "message": self.message}})

    def response(self, side: str) -> web.Response:
        """The whole answer; Financials adds its correlation id to the words."""
        body = self.body()
        if side == "financials":
            message = f"{self.message}  CorrelationId:  {uuid.uuid4()}."
            body = msgspec.json.encode({"error": {"code": self.code, "message": message}})
        headers = {"OData-Version": "4.0", "Content-Type": "application/json; odata.metadata=minimal", **self.headers}
        return web.Response(status=self.status, body=body, headers=headers)


def not_signed_in(side: str, authority: str, resource: str) -> Refused:
    """401 with the challenge that says where to get a token, and for what."""
    challenge = f"Bearer authorization_uri={authority}, resource_id={resource}"
    if side == "sales":
        return Refused(401, "0x80044302", "The request is not authenticated.", headers={"WWW-Authenticate": challenge})
    return Refused(
        401,
        "Authentication_InvalidCredentials",
        "The server has rejected the client credentials.",
        headers={"WWW-Authenticate": challenge if resource else 'Basic realm="Business Central"'},
    )


def unavailable(side: str, retry_after: float | None) -> Refused:
    """503, with Retry-After where seconds are given."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    if side == "sales":
        return Refused(503, "0x80040216", "The service is temporarily unavailable.", headers=headers)
    return Refused(503, "Internal_TenantUnavailable", "The tenant is currently unavailable.", headers=headers)


def too_many(
    side: str, retry_after: float | None, *, measure: str = "requests", limit: float = 0, window: float = 300
) -> Refused:
    """429 for one of the measures requests, time (its limit in seconds), concurrency; 0: the documented limit."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    if side == "sales":
        code, words, documented = _SERVICE_PROTECTION[measure]
        figure = (limit or documented) * (1000 if measure == "time" else 1)
        return Refused(429, code, words.format(limit=figure, window=window), headers=headers)
    return Refused(429, "Application_TooManyRequests", "Too many requests reached. Try again later.", headers=headers)


_SERVICE_PROTECTION = {
    "requests": (
        "0x80072322",
        "Number of requests exceeded the limit of {limit:g} over time window of {window:g} seconds.",
        6000,
    ),
    "time": (
        "0x80072321",
        "Combined execution time of incoming requests exceeded limit of {limit:,.0f} milliseconds over time window of "
        "{window:g} seconds. Decrease number of concurrent requests or reduce the duration of requests and try again "
        "later.",
        1200,
    ),
    "concurrency": ("0x80072326", "Number of concurrent requests exceeded the limit of {limit:g}.", 52),
}
"""Measure -> code, words, documented limit."""
