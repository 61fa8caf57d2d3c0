"""How a failure travels: a stable code and words fit to show a person."""

from pydantic import Field

from libs.contracts.message import Part


class Failure(Part):
    """One thing that went wrong, without secrets and without field values."""

    code: str = Field(description="stable, e.g. remote.rejected; see libs/runtime/errors.py")
    message: str = Field(description="what happened, to which record or field, and what to do")
    setting: str = Field(default="", description="name of the setting to change, where one is at fault")
    remote_code: str = Field(default="", description="the remote service's own error code")
    remote_message: str = Field(default="", description="the remote service's own words")
    field: str = Field(default="", description="field or attribute at fault, where known")
    transient: bool = Field(default=False, description="whether trying again later may help")


class SynchJobError(Part):
    """One record that a job did not synchronize, and why. ``action`` is ``fail`` or ``skip``."""

    action: str
    mapping: str
    direction: str
    source_id: str = ""
    source_key: str = Field(
        default="",
        description="number or code of the source record, e.g. a customer number; of a coupled record in Sales that of "
        "its partner in Financials, and empty where it is not coupled",
    )
    destination_id: str = ""
    coupled: bool = Field(
        default=False, description="whether it is coupled; one that failed is tried again by the next modified run then"
    )
    failure: Failure
