"""What the demo is told where Tandem and the sandbox are up already."""

from pydantic import Field, field_validator

from libs.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    control_url: str = Field(
        description="address of the running sandbox's control endpoint, https://sandbox:8443/control"
    )
    ca_file: str = Field(default="", description="file with the sandbox's certificate authority (PEM)")

    @field_validator("control_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://")):
            raise ValueError("it must begin with https:// or http://")
        return value.rstrip("/")
