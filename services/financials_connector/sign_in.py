"""Why Financials turned the sign-in away, in terms of the setting to change. Pure."""

from typing import Any

from libs.contracts.vocabulary import System
from libs.dynamics.failures import read_refusal
from libs.runtime.errors import AccessDenied, MappingInvalid, TandemError


def sign_in_error(status: int, body: bytes, authentication: str) -> TandemError:
    """Why the list of companies was refused, in terms of the setting to change."""
    refusal = read_refusal(System.FINANCIALS, status, body)
    told: dict[str, Any] = {"remote_code": refusal.code, "remote_message": refusal.words}
    if refusal.transient:
        return refusal.error()
    if status == 401 and authentication == "basic":
        return AccessDenied(
            "Financials does not accept the user and web service access key: check TANDEM_FINANCIALS_USER and "
            "TANDEM_FINANCIALS_ACCESS_KEY.",
            setting="TANDEM_FINANCIALS_ACCESS_KEY",
            **told,
        )
    if status == 401:
        return AccessDenied(
            "Financials does not accept the application: register TANDEM_CLIENT_ID on the page Microsoft Entra "
            "Applications and enable it.",
            setting="TANDEM_CLIENT_ID",
            **told,
        )
    if status == 403:
        return AccessDenied(
            "Financials lets the sign-in read no companies: give it permission sets on the page Microsoft Entra "
            "Applications (or Users, on-premises).",
            code="remote.privilege_missing",
            setting="TANDEM_CLIENT_ID" if authentication == "entra" else "TANDEM_FINANCIALS_USER",
            **told,
        )
    if status == 405:
        return AccessDenied(
            "The API of this Financials server is switched off: set ApiServicesEnabled in the server's configuration, "
            "then run Integrate APIs on the page API Setup.",
            code="financials.api_switched_off",
            setting="TANDEM_FINANCIALS_URL",
            **told,
        )
    if status == 404:
        return MappingInvalid(
            "There is no Business Central API at this address: check tenant and environment in TANDEM_FINANCIALS_URL.",
            code="financials.environment_unknown",
            setting="TANDEM_FINANCIALS_URL",
            **told,
        )
    return refusal.error(setting="TANDEM_FINANCIALS_URL")
