"""What the Financials connector must be told: where the company is and how to sign in."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.runtime.settings import ServiceSettings, variable_of
from services.financials_connector.addresses import API_PATH, Addresses
from services.financials_connector.lookup_ways import ITEM_LIST
from services.financials_connector.tenant import TenantSettings

_LOWER = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class Settings(ServiceSettings):
    """Online it signs in through Entra, on-premises with an access key."""

    authority_url: str = Field(
        default="https://login.microsoftonline.com", description="address of the Entra sign-in service, without tenant"
    )
    tenant_id: str = Field(default="", description="Entra tenant id or domain")
    client_id: str = Field(default="", description="client id of the app registration that Tandem signs in as")
    client_secret: SecretStr = Field(default=SecretStr(""), description="client secret of the app registration")
    ca_file: str = Field(default="", description="file with an extra certificate authority to trust (PEM)")
    financials_url: str = Field(
        description="address of Business Central's API with its path, "
        "https://api.businesscentral.dynamics.com/v2.0/<tenant>/<environment>/api/v2.0"
    )
    financials_odata_url: str = Field(
        default="", description="address of OData V4 where it is not beside the API, …/ODataV4"
    )
    financials_company: str = Field(default="", description="name or id of the company; empty where there is only one")
    financials_authentication: Annotated[Literal["entra", "basic"], _LOWER] = Field(
        default="entra", description="entra (online) or basic (on-premises, user and web service access key)"
    )
    financials_user: str = Field(default="", description="basic: the OData web service user")
    financials_access_key: SecretStr = Field(default=SecretStr(""), description="basic: its web service access key")
    financials_companion: Annotated[Literal["auto", "off"], _LOWER] = Field(
        default="auto", description="auto (use the companion extension where it answers) or off"
    )
    financials_services: str = Field(
        default="",
        description="names of published pages that are not the usual ones, as table=service,table=service; "
        "Item List is page 31",
    )

    financials_requests_at_once: int = Field(
        default=5, ge=1, le=100, description="requests under way at the same time; online no more than 5 are served"
    )

    @classmethod
    def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
        authentication = sound.get("financials_authentication")
        wanted = {
            "basic": ("financials_user", "financials_access_key"),
            "entra": ("tenant_id", "client_id", "client_secret"),
        }.get(authentication or "", ())
        problems: list[str] = []
        if absent := [variable_of(name) for name in wanted if name in sound and not _text(sound[name])]:
            problems.append(
                f"{', '.join(absent)} must be set when TANDEM_FINANCIALS_AUTHENTICATION is {authentication}"
            )
        address = sound.get("financials_url", "")
        if address and not address.split("?", 1)[0].rstrip("/").endswith(API_PATH):
            problems.append(f"TANDEM_FINANCIALS_URL must end with {API_PATH}")
        schemes = ("https://",) if authentication == "entra" else ("https://", "http://")
        for name in ("financials_url", "financials_odata_url"):
            if sound.get(name) and not sound[name].startswith(schemes):
                problems.append(f"{variable_of(name)} must begin with {' or '.join(schemes)}")
        return problems

    @field_validator("financials_services")
    @classmethod
    def _named_services(cls, value: str) -> str:
        _services(value)
        return value

    def services(self) -> dict[str, str]:
        """Table name -> name of its published page, where it is not the usual one."""
        return _services(self.financials_services)

    def tenant(self) -> TenantSettings:
        """What finding the company needs."""
        return TenantSettings(
            addresses=self.addresses(),
            company=self.financials_company,
            authentication=self.financials_authentication,
            companion=self.financials_companion == "auto",
            services=self.services(),
        )

    def addresses(self) -> Addresses:
        return Addresses.of(self.financials_url, self.financials_odata_url)


def _services(listed: str) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in listed.split(","))):
        table, equals, service = (part.strip() for part in pair.partition("="))
        if not equals or not service or (table not in FINANCIALS_TABLES and table != ITEM_LIST):
            raise ValueError(f"{pair!r} is not <table>=<service> with a known table")
        named[table] = service
    return named


def _text(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
