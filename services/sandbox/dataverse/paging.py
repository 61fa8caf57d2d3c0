"""Addresses inside an answer: its context, the next page; and how large a page is."""

from urllib.parse import parse_qsl, quote

from services.sandbox.dataverse.cookies import PageCookie
from services.sandbox.dataverse.exchange import Call
from services.sandbox.dataverse.table import Table
from services.sandbox.odata import Options

LARGEST_PAGE = 5000


def page_size(preferences: dict[str, str]) -> tuple[int, str]:
    """Rows on a page, and the preference that was applied."""
    wish = preferences.get("odata.maxpagesize", "")
    if not wish.isdigit() or int(wish) < 1:
        return LARGEST_PAGE, ""
    size = min(int(wish), LARGEST_PAGE)
    return size, f"odata.maxpagesize={size}"


def context(root: str, table: Table, options: Options, *, entity: bool = False) -> str:
    """``@odata.context`` of an answer."""
    parts = [*options.select, *(f"{item.name}({','.join(item.options.select)})" for item in options.expand)]
    columns = f"({','.join(parts)})" if parts else ""
    return f"{root}$metadata#{table.spec.entity_set}{columns}{'/$entity' if entity else ''}"


def next_link(call: Call, table: Table, cookie: PageCookie) -> str:
    pairs = [
        (name, value)
        for name, value in parse_qsl(call.query, keep_blank_values=True)
        if name not in ("$skiptoken", "$deltatoken")
    ]
    query = "&".join(
        f"{name}={quote(value, safe='$(),/*')}" for name, value in [*pairs, ("$skiptoken", cookie.text(table.id))]
    )
    return f"{call.root}{table.spec.entity_set}?{query}"
