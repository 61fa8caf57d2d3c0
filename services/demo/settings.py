"""What the demo is told where Tandem and the sandbox are up already."""

from pydantic import Field, SecretStr, field_validator

from libs.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    control_url: str = Field(
        description="address of the running sandbox's control endpoint, https://sandbox:8443/control"
    )
    ca_file: str = Field(default="", description="file with the sandbox's certificate authority (PEM)")

    lookup_url: str = Field(
        default="http://availability_lookup:8080", description="address of the lookup, for the order form"
    )
    lookup_key: SecretStr = Field(
        default=SecretStr(""), description="the lookup's key of this environment; empty: no order form is shown"
    )

    @field_validator("control_url", "lookup_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("it must begin with https:// or http://")
        return value.rstrip("/")
