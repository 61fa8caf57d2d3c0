"""What the toy is told."""

from pydantic import Field, SecretStr

from libs.runtime.settings import ServiceSettings


class Settings(ServiceSettings):
    client_secret: SecretStr = Field(description="the application's secret")
    misbehaviour: str = Field(default="", description="fail, stall, refuse or nothing")
