"""Where the three surfaces of Business Central are, and how their URLs are put together. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from libs.dynamics.financials_tables import COMPANION_GROUP, COMPANION_PUBLISHER, COMPANION_VERSION
from libs.dynamics.odata import escaped, same_host
from libs.runtime.errors import ContractBroken

API_PATH = "/api/v2.0"
IDS_IN_ONE_FILTER = 100
"""Keeps an address short."""
_SAFE_IN_PATH = "()'=,;:@~!*"


@dataclass(frozen=True)
class Addresses:
    """Roots of the surfaces, without a slash at the end. All belong to one environment."""

    api: str
    companion: str
    odata: str
    query: str = ""
    """What every request's query must hold (``tenant=…`` on a server with several tenants)."""

    @classmethod
    def of(cls, api_url: str, odata_url: str = "") -> "Addresses":
        """From the API's address (…/api/v2.0); the others are beside it unless named."""
        address, _, query = api_url.strip().partition("?")
        api = address.rstrip("/")
        beside = api.removesuffix(API_PATH)
        companion = f"{beside}/api/{COMPANION_PUBLISHER}/{COMPANION_GROUP}/{COMPANION_VERSION}"
        odata = odata_url.strip().partition("?")[0].rstrip("/") or f"{beside}/ODataV4"
        return cls(api, companion, odata, query)

    def url(self, root: str, path: str) -> str:
        """``path`` (already encoded, may have a query) below ``root``, with what every request needs."""
        whole = f"{root}/{path}"
        if not self.query:
            return whole
        return f"{whole}{'&' if '?' in whole else '?'}{self.query}"

    def own(self, link: str) -> str:
        """``link`` if it leads to this environment. Raises ``ContractBroken``: our token must not go elsewhere."""
        if any(same_host(link, root) for root in (self.api, self.companion, self.odata)):
            return link
        raise ContractBroken(
            "Financials answered with a link that leads to another host; it is not followed.",
            detail=urlsplit(link).netloc,
        )


def query(options: Iterable[tuple[str, str]]) -> str:
    """``?$select=…&$filter=…`` of the options that are not empty; empty when none is left."""
    text = "&".join(f"{name}={escaped(value)}" for name, value in options if value)
    return f"?{text}" if text else ""


def segment(text: str) -> str:
    """A path segment, percent-encoded."""
    return quote(text, safe=_SAFE_IN_PATH)
