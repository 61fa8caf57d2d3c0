"""Why Financials turned the sign-in away, in terms of the setting to change. Pure."""

from typing import Any

from libs.contracts.vocabulary import System
from libs.dynamics.failures import read_refusal
from libs.runtime.errors import AccessDenied, MappingInvalid, TandemError

_ONLINE = "https://api.businesscentral.dynamics.com/v2.0/<tenant>/<environment>/api/v2.0"
_ON_PREMISES = "https://<server>:7048/<server instance>/api/v2.0"


def sign_in_error(status: int, body: bytes, authentication: str) -> TandemError:
    """Why the list of companies was refused, in terms of the setting to change."""
    refusal = read_refusal(System.FINANCIALS, status, body)
    told: dict[str, Any] = {"remote_code": refusal.code, "remote_message": refusal.words}
    if refusal.transient:
        return refusal.error()
    if status == 401 and authentication == "basic":
        return AccessDenied(
            "Financials does not accept the user and web service access key: check TANDEM_FINANCIALS_USER, and copy "
            "TANDEM_FINANCIALS_ACCESS_KEY from the user's card (Web Service Access Key). Financials online takes no "
            "such key: there, TANDEM_FINANCIALS_AUTHENTICATION is entra.",
            setting="TANDEM_FINANCIALS_ACCESS_KEY",
            **told,
        )
    if status == 401:
        return AccessDenied(
            "Financials does not accept the application: add TANDEM_CLIENT_ID on the page Microsoft Entra Applications "
            "and enable it. A server of your own may want a user instead (TANDEM_FINANCIALS_AUTHENTICATION=basic).",
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
        example = _ON_PREMISES if authentication == "basic" else _ONLINE
        return MappingInvalid(
            f"There is no Business Central API v2.0 at this address: check TANDEM_FINANCIALS_URL, which is {example}.",
            code="financials.environment_unknown",
            setting="TANDEM_FINANCIALS_URL",
            **told,
        )
    return refusal.error(setting="TANDEM_FINANCIALS_URL")
