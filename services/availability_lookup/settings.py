"""What the lookup is told: who may ask, how fresh its facts must be, and whose prices it tells."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from libs.runtime.settings import ServiceSettings, variable_of

SHORTEST_KEY = 20
"""Characters of a key that nobody finds by trying."""

_LOWER = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Settings(ServiceSettings):
    """Without an audience and without a key nobody may ask."""

    authority_url: str = Field(
        default="https://login.microsoftonline.com", description="address of the Entra sign-in service, without tenant"
    )
    tenant_id: str = Field(default="", description="Entra tenant id or domain")
    ca_file: str = Field(default="", description="file with an extra certificate authority to trust (PEM)")
    sales_url: str = Field(
        default="", description="address of the Sales environment, https://contoso.crm4.dynamics.com"
    )

    lookup_audience: str = Field(
        default="",
        description="audience of the tokens for this API, its application id URI or client id; several with commas",
    )
    lookup_role: str = Field(
        default="Lookup.Read", description="app role or delegated scope that a token must carry to ask"
    )
    lookup_key: SecretStr = Field(
        default=SecretStr(""), description="key of this environment, sent in the header Tandem-Key; empty for none"
    )
    lookup_origin: str = Field(
        default="", description="origin whose pages may ask from a browser; empty: that of TANDEM_SALES_URL"
    )
    lookup_requests_per_minute: int = Field(
        default=1200, ge=0, description="requests that one caller may make a minute; 0 for no limit"
    )
    lookup_prices: Annotated[Literal["tandem", "financials"], _LOWER] = Field(
        default="tandem", description="tandem (prices found here) or financials (by its own code, where it can)"
    )
    lookup_fresh_seconds: float = Field(
        default=60.0, gt=0, le=3600, description="seconds for which cards and prices count as fresh"
    )
    lookup_stock_seconds: float = Field(
        default=15.0, gt=0, le=3600, description="seconds for which quantities count as fresh"
    )
    lookup_company_seconds: float = Field(
        default=60.0,
        gt=0,
        le=86400,
        description="seconds for which currencies, rates, VAT and discounts of all items count as fresh",
    )
    lookup_resolved_seconds: float = Field(
        default=300.0, gt=0, le=3600, description="seconds for which it is known what a row of Sales is coupled with"
    )
    lookup_absent_seconds: float = Field(
        default=5.0, gt=0, le=600, description="seconds for which something that was not found is not looked for again"
    )
    lookup_stale_seconds: float = Field(
        default=900.0, ge=0, le=86400, description="age up to which figures are told while Financials cannot be asked"
    )
    lookup_patience_seconds: float = Field(
        default=1.5, gt=0, le=30, description="seconds after which older figures are told while Financials is asked"
    )
    lookup_question_seconds: float = Field(
        default=20.0, gt=0, le=60, description="seconds that one question to Financials may take"
    )
    lookup_cache_entries: int = Field(default=50_000, ge=100, description="facts kept in memory, at most")
    lookup_cache_megabytes: float = Field(default=32.0, gt=0, description="memory that facts may take, about")
    lookup_time_zone: str = Field(default="UTC", description="time zone whose date is today, such as Europe/Stockholm")

    @classmethod
    def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
        stale = sound.get("lookup_stale_seconds")
        if not stale:  # 0: what is no longer fresh is never told
            return []
        return [
            f"{variable_of(name)} ({sound[name]:g}) must not be greater than TANDEM_LOOKUP_STALE_SECONDS ({stale:g}): "
            "what counts as fresh is told"
            for name in ("lookup_fresh_seconds", "lookup_stock_seconds")
            if name in sound and sound[name] > stale
        ]

    @classmethod
    def process_problems(cls, sound: Mapping[str, Any]) -> list[str]:
        problems = super().process_problems(sound)
        if sound.get("http_port") == 0:
            problems.append("TANDEM_HTTP_PORT is 0, so that nobody could ask; set it to the port to listen on")
        key = sound.get("lookup_key")
        if key is not None and 0 < len(key.get_secret_value()) < SHORTEST_KEY:
            problems.append(f"TANDEM_LOOKUP_KEY must have at least {SHORTEST_KEY} characters: openssl rand -hex 32")
        return problems

    @field_validator("lookup_time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone") from None
        return value

    @field_validator("lookup_origin")
    @classmethod
    def _origin(cls, value: str) -> str:
        if value and origin_of(value) != value.rstrip("/").lower():
            raise ValueError("an origin is scheme and host alone, https://contoso.crm4.dynamics.com")
        return value.rstrip("/").lower()

    def audiences(self) -> tuple[str, ...]:
        return tuple(filter(None, (audience.strip() for audience in self.lookup_audience.split(","))))

    def origin(self) -> str:
        """Whose pages may ask; empty for nobody's."""
        return self.lookup_origin or origin_of(self.sales_url)


def origin_of(url: str) -> str:
    """Scheme, host and port of an address as a browser writes them; empty when it has none."""
    parts = urlsplit(url.strip().lower())
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return ""
    usual = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port and parts.port != usual else "")
