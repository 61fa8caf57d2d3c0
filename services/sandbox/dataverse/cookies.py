"""Next links and delta links: what a caller hands back to go on where it was. Opaque outside of this module."""

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from services.sandbox.dataverse import refusal

_COOKIE = re.compile(r'<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(?:True|False)" />')
_INNER = re.compile(r'<cookie page="\d+"><\w+ last="([^"]*)" /></cookie>')


@dataclass(frozen=True)
class PageCookie:
    """Where the next page begins."""

    page: int
    last: tuple[Any, ...] = ()
    """Sort values of the last row of the page before, its primary key at the end."""
    version: int = 0
    """Change tracking: version at which the reading began, or after which changes are wanted."""
    since: int = 0
    """Delta: version at which the whole delta began."""

    def text(self, id: str) -> str:
        packed = base64.urlsafe_b64encode(msgspec.json.encode([list(self.last), self.version, self.since])).decode()
        inner = quote(quote(f'<cookie page="{self.page - 1}"><{id} last="{packed}" /></cookie>'))
        tracking = "True" if self.version else "False"
        return f'<cookie pagenumber="{self.page}" pagingcookie="{inner}" istracking="{tracking}" />'


def read_page_cookie(text: str) -> PageCookie:
    """The cookie of a $skiptoken; raises ``Refused``."""
    outer = _COOKIE.fullmatch(text)
    inner = _INNER.fullmatch(unquote(unquote(outer[2]))) if outer else None
    if outer is None or inner is None:
        raise refusal.bad_uri("The skip token is malformed.")
    try:
        last, version, since = msgspec.json.decode(base64.urlsafe_b64decode(inner[1]), type=tuple[list[Any], int, int])
    except (ValueError, msgspec.DecodeError) as error:
        raise refusal.bad_uri("The skip token is malformed.") from error
    return PageCookie(int(outer[1]), tuple(last), version, since)


_DELTA = re.compile(r"(\d+)!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")
_MOMENT = "%m/%d/%Y %H:%M:%S"


def delta_token(version: int, now: datetime) -> str:
    return f"{version}!{now.strftime(_MOMENT)}"


def read_delta_token(text: str) -> tuple[int, datetime]:
    """Version and moment of a delta token; raises ``Refused``."""
    found = _DELTA.fullmatch(text)
    try:
        if found is not None:
            return int(found[1]), datetime.strptime(found[2], _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        pass
    raise refusal.bad_uri("The delta token is malformed.")
