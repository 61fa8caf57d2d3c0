"""What the Sales connector is told."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from libs.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    sales_url: str = Field(
        description="address of the Dataverse environment, without a path: https://contoso.crm4.dynamics.com"
    )
    authority_url: str = Field(
        default="https://login.microsoftonline.com", description="address of the sign-in service, without the tenant"
    )
    tenant_id: str = Field(description="Entra tenant of the environment: an id or a domain name")
    client_id: str = Field(description="application (client) id of the app registration")
    client_secret: SecretStr = Field(description="a client secret of the app registration")
    ca_file: str = Field(default="", description="file of a certificate authority to trust besides the usual ones")
    sales_requests_at_once: int = Field(
        default=16,
        ge=1,
        le=52,
        description="requests under way at the same time; the environment may suggest more",
    )

    @field_validator("sales_url", "authority_url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("it must begin with https://")
        return value.rstrip("/")

    @field_validator("sales_url")
    @classmethod
    def _only_the_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.path or parts.query or parts.fragment:
            raise ValueError("it must end with the host name, without a path")
        return value
