"""The outer shape of answers: query options in, context, rows, count and next link out."""

from urllib.parse import quote, urlencode

import msgspec

from services.sandbox.financials import paging, refusals
from services.sandbox.financials.calls import Call
from services.sandbox.financials.paging import LARGEST_PAGE, Page
from services.sandbox.odata import ODataError, Options, read_options

_KNOWN_OPTIONS = frozenset(
    {"$select", "$filter", "$orderby", "$expand", "$top", "$skip", "$count", "$skiptoken", "$schemaversion", "$format"}
)
"""System query options that are understood; the last changes nothing here."""


def query_options(call: Call) -> Options:
    """The system query options of a call; raises ``Refused``."""
    try:
        options = read_options(call.query)
    except ODataError as error:
        raise paging.refused(error) from error
    for name, _ in call.query:
        if name.startswith("$") and name not in _KNOWN_OPTIONS:
            raise refusals.bad_url(f"The query option '{name}' is not supported.")
    return options


def page_size(call: Call) -> tuple[int, dict[str, str]]:
    """How many rows a page may have, and the header that confirms it."""
    wanted = call.prefers("odata.maxpagesize") or call.prefers("maxpagesize")
    if wanted is None or not wanted.isascii() or not wanted.isdigit() or int(wanted) == 0:
        return LARGEST_PAGE, {}
    return min(int(wanted), LARGEST_PAGE), {"Preference-Applied": f"odata.maxpagesize={wanted}"}


def page_text(call: Call, context: str, page: Page, texts: list[bytes]) -> bytes:
    """A whole page of rows that are JSON already."""
    parts = [b'{"@odata.context":', msgspec.json.encode(context)]
    if page.count is not None:
        parts.append(b',"@odata.count":%d' % page.count)
    parts += [b',"value":[', b",".join(texts), b"]"]
    if page.token:
        kept = [(name, value) for name, value in call.query if name not in ("$skiptoken", "$skip")]
        query = urlencode([*kept, ("$skiptoken", page.token)], safe="$,'()", quote_via=quote)
        parts += [b',"@odata.nextLink":', msgspec.json.encode(f"{call.root}{call.path}?{query}")]
    return b"".join([*parts, b"}"])


def with_context(text: bytes, context: str) -> bytes:
    """A record that is JSON already, with its context in front."""
    return b'{"@odata.context":' + msgspec.json.encode(context) + b"," + text[1:]
