"""Settings come from the environment, once, into a frozen model; every problem is reported together.

A service's ``settings.py`` derives from :class:`ServiceSettings` and adds just what it needs. A field ``sales_url`` is
read from ``TANDEM_SALES_URL``; its description tells a person what to set, so every field has one.
"""

import os
import ssl
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from libs.runtime import variables

PREFIX = variables.PREFIX
CONFIGURATION_ERROR = 78
"""Exit status for settings that cannot work (EX_CONFIG of sysexits.h)."""

SettingsT = TypeVar("SettingsT", bound="ServiceSettings")

_LOWER = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class ServiceSettings(BaseModel):
    """What every service is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_url: SecretStr = Field(
        default=SecretStr("memory://"),
        description="address of RabbitMQ, amqp://user:password@host:5672/; memory:// when all run in one process",
    )
    store_url: SecretStr = Field(
        default=SecretStr("sqlite:///data"),
        description="sqlite:///folder or mongodb://host:27017/tandem",
    )
    http_host: str = Field(default="127.0.0.1", description="address that /health and /metrics listen on")
    http_port: int = Field(default=0, ge=0, le=65535, description="port of /health and /metrics; 0 for none")
    log_level: Annotated[Literal["debug", "info", "warning", "error"], _LOWER] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Annotated[Literal["json", "console"], _LOWER] = Field(default="json", description="json or console")

    @classmethod
    def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
        """Problems that only several fields together show, a line for each, naming their variables.

        ``sound`` has every field that can be used by itself; the others are told already and left out. So what is
        wrong between fields is told at once with what is wrong in single ones.
        """
        return []

    @classmethod
    def process_problems(cls, sound: Mapping[str, Any]) -> list[str]:
        """The same for what only a process of its own cannot start with: the files around it, who can reach it."""
        unreadable = _unreadable_authority(sound.get("ca_file", ""))
        return [unreadable] if unreadable else []

    @field_validator("*", mode="wrap")
    @classmethod
    def _note_sound(cls, value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        made = handler(value)
        if isinstance(info.context, dict) and info.field_name:
            info.context[info.field_name] = made
        return made


class SettingsInvalid(Exception):
    """One or more settings cannot work; ``problems`` has a line for each, naming the variable and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def variable_of(field: str) -> str:
    """The environment variable of a field: ``sales_url`` -> ``TANDEM_SALES_URL``."""
    return PREFIX + field.upper()


def variable_names(settings: type[BaseModel]) -> tuple[str, ...]:
    """Every environment variable that this class reads."""
    return tuple(variable_of(name) for name in settings.model_fields)


def read_settings(
    settings: type[SettingsT], environment: Mapping[str, str] | None = None, *, process: bool = False
) -> SettingsT:
    """The settings of the environment. Variables that are empty count as not set; those of others are ignored.

    ``process``: they are those of a process of its own. Raises :class:`SettingsInvalid` with all problems.
    """

    def between(sound: Mapping[str, Any]) -> list[str]:
        return [*settings.contradictions(sound), *(settings.process_problems(sound) if process else ())]

    given = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for name in settings.model_fields:
        text = given.get(variable_of(name), "").strip()
        if text:
            values[name] = text
    sound: dict[str, Any] = {}
    try:
        made = settings.model_validate(values, context=sound)
    except ValidationError as error:
        problems = _problems(settings, error)
        defaults = {
            name: field.default
            for name, field in settings.model_fields.items()
            if name not in values and not field.is_required()
        }
        # A class's own rule for a field is asked after the field was noted.
        for fault in error.errors(include_url=False, include_input=False):
            sound.pop(str(fault["loc"][0]) if fault["loc"] else "", None)
        raise SettingsInvalid([*problems, *between({**defaults, **sound})]) from None
    if contradictions := between({name: getattr(made, name) for name in settings.model_fields}):
        raise SettingsInvalid(contradictions)
    return made


def read_settings_or_exit(settings: type[SettingsT], *, shares_broker: bool = False) -> SettingsT:
    """The settings of the environment; prints all problems and exits with 78 when they cannot work.

    ``shares_broker``: other processes must be reached, which an in-memory broker cannot do.
    """
    problems = _nobody_reached() if shares_broker else []
    try:
        made = read_settings(settings, process=True)
    except SettingsInvalid as error:
        exit_invalid([*error.problems, *problems, *variables.doubts(os.environ)])
    if problems:
        exit_invalid(problems)
    return made


def broker_url_or_exit() -> str:
    """The address of a running RabbitMQ, for a command that speaks to services from outside; exits without one."""
    return read_settings_or_exit(ServiceSettings, shares_broker=True).broker_url.get_secret_value()


def _nobody_reached() -> list[str]:
    url = os.environ.get(variable_of("broker_url"), "").strip()
    if url and not url.startswith("memory:"):
        return []
    return [
        "TANDEM_BROKER_URL: set it to the address of the RabbitMQ that the services use (amqp://…); without it a "
        "process of its own can talk to nobody. Everything in one process: python -m services"
    ]


def _unreadable_authority(file: str) -> str:
    """What is wrong with the file of a certificate authority; empty when nothing is, or when none is named."""
    if not file:
        return ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except ssl.SSLError:
        return f"TANDEM_CA_FILE cannot be used: {file} holds no certificate in PEM form."
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        return (
            f"TANDEM_CA_FILE cannot be used: {file} cannot be read ({reason}). In a container it is a path inside it, "
            "mounted by docker-compose.override.yml."
        )
    return ""


def exit_invalid(problems: list[str]) -> NoReturn:
    sys.stderr.write("These settings cannot work; nothing was started.\n")
    sys.stderr.writelines(f"  {problem}\n" for problem in problems)
    sys.exit(CONFIGURATION_ERROR)


def redacted(settings: BaseModel) -> dict[str, str]:
    """The effective settings by variable name, secrets starred, for a person to check."""
    shown: dict[str, str] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        shown[variable_of(name)] = _starred(value) if isinstance(value, SecretStr) else _text(value)
    return shown


def _starred(secret: SecretStr) -> str:
    """A secret, starred; of an address only the user and password are."""
    value = secret.get_secret_value()
    scheme, separator, rest = value.partition("://")
    if separator:
        return f"{scheme}://***@{rest.rpartition('@')[2]}" if "@" in rest else value
    return "***" if value else ""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _problems(settings: type[BaseModel], error: ValidationError) -> list[str]:
    problems: dict[str, str] = {}
    for fault in error.errors(include_url=False, include_input=False):
        where = fault["loc"]
        if not where:
            # A rule over several fields; its own words name the variables.
            message = str(fault["msg"]).removeprefix("Value error, ")
            problems.setdefault(message, message)
            continue
        name = str(where[0])
        variable = variable_of(name)
        field = settings.model_fields.get(name)
        hint = f" Expected: {field.description}." if field and field.description else ""
        if fault["type"] == "missing":
            problems.setdefault(variable, f"{variable} is not set.{hint}")
        else:
            said = str(fault["msg"]).removeprefix("Value error, ")
            problems.setdefault(variable, f"{variable} cannot be used: {said[:1].lower()}{said[1:]}.{hint}")
    return list(problems.values())
