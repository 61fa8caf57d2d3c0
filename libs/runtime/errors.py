"""One tree of errors, arranged by what to do about them.

    TandemError
    ├── Transient          try again later, nothing is lost
    │   ├── Unavailable          the remote or the store cannot be reached
    │   ├── Throttled            the remote asks for a pause; uses up no attempt
    │   ├── ConcurrentUpdate     somebody else wrote first; read again
    │   └── DependencyMissing    something that must come first is not there yet
    └── Permanent          trying again changes nothing; a person must act
        ├── Rejected             the remote refuses these values
        ├── MappingInvalid       a mapping or setting cannot work
        ├── RecordGone           the record does not exist any more
        ├── AccessDenied         credentials or permissions
        └── ContractBroken       a message or answer that does not fit its contract

Anything else that is raised is a bug. Only the dispatcher and the runner catch broadly.
"""

from libs.contracts.failures import Failure


class TandemError(Exception):
    """Base of all expected errors.

    ``message`` is fit to show a person: what happened, to which record or setting, what to do. ``detail`` goes to
    the log only. Neither ever holds secrets or field values.
    """

    code: str = "tandem.error"
    transient: bool = False

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        detail: str = "",
        retry_after: float | None = None,
        setting: str = "",
        remote_code: str = "",
        remote_message: str = "",
        field: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.detail = detail
        self.retry_after = retry_after
        """Seconds to wait before the next attempt, where the other side said so."""
        self.setting = setting
        self.remote_code = remote_code
        self.remote_message = remote_message
        self.field = field

    def failure(self) -> Failure:
        """The same as it travels in messages."""
        return Failure(
            code=self.code,
            message=self.message,
            setting=self.setting,
            remote_code=self.remote_code,
            remote_message=self.remote_message,
            field=self.field,
            transient=self.transient,
        )


class Transient(TandemError):
    code = "tandem.transient"
    transient = True


class Unavailable(Transient):
    code = "remote.unavailable"


class Throttled(Transient):
    code = "remote.throttled"


class ConcurrentUpdate(Transient):
    code = "store.concurrent_update"


class DependencyMissing(Transient):
    code = "tandem.dependency_missing"


class Permanent(TandemError):
    code = "tandem.permanent"


class Rejected(Permanent):
    code = "remote.rejected"


class MappingInvalid(Permanent):
    code = "mapping.invalid"


class RecordGone(Permanent):
    code = "remote.record_gone"


class AccessDenied(Permanent):
    code = "remote.access_denied"


class ContractBroken(Permanent):
    code = "contract.broken"
