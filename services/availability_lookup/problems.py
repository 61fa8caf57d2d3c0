"""What is wrong with a request, as problem+json (RFC 9457); raised where it is noticed, written by ``gate.py``."""

import math

import msgspec
from msgspec import UNSET

from services.availability_lookup.answered import Fault, Problem
from services.availability_lookup.asked import Invalid
from services.availability_lookup.codes import ProblemCode

TITLES = {
    400: "The body is no JSON",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The request takes too long",
    413: "Too large",
    415: "Not JSON",
    422: "The request does not fit",
    429: "Too many requests",
    503: "Nobody who knows can be asked now",
}


class Refused(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        status: int,
        code: ProblemCode,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        retry_after: float | None = None,
        errors: list[Fault] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        if retry_after is not None:
            self.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
        self.problem = Problem(
            type="about:blank",
            title=TITLES[status],
            status=status,
            detail=detail,
            code=code,
            errors=errors if errors is not None else UNSET,
        )

    def body(self) -> bytes:
        return msgspec.json.encode(self.problem)


def misfit(error: Invalid) -> Refused:
    """A value or field that does not fit."""
    fault = Fault(
        detail=error.detail,
        pointer=error.pointer if error.pointer is not None else UNSET,
        parameter=error.parameter if error.parameter is not None else UNSET,
    )
    return Refused(422, "request_invalid", "Some of the request does not fit; see errors.", errors=[fault])
