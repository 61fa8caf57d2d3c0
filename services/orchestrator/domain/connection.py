"""What is remembered of the connection when it is checked again, and what is said where there is none. Pure."""

from libs.contracts.failures import Failure
from libs.contracts.setup import ConnectionView
from services.orchestrator.domain.schedule import JOBS_UNDER_WAY

NOT_ENABLED = Failure(
    code="connection.not_enabled", message="The connection is not enabled; check both tenants and enable it first."
)


def remembered(known: ConnectionView, made: ConnectionView) -> ConnectionView:
    """What to keep of a new check: a connection that worked is not given up because a tenant is away for a moment, or
    because it must not be exchanged for another one yet."""
    if any(failure.code == JOBS_UNDER_WAY for failure in made.failures):
        return known.model_copy(update={"failures": made.failures})
    if _differ(_company(known), _company(made)) or _differ(known.organization_id, made.organization_id):
        return made
    passing = made.failures and all(failure.transient for failure in made.failures)
    return known.model_copy(update={"failures": made.failures}) if known.enabled and passing else made


def _company(view: ConnectionView) -> str:
    return view.company.id if view.company is not None else ""


def _differ(known: str, made: str) -> bool:
    """Whether these are two different tenants; one that could not be asked is taken for the known one."""
    return bool(known and made and known != made)
