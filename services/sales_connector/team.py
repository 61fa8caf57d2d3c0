"""Makes users of Sales members of the company's owning team, so that they may work with the rows that it owns."""

from collections.abc import Sequence

import msgspec
import structlog

from libs.dynamics.batch import Operation
from libs.dynamics.failures import PRIVILEGE
from services.sales_connector.dataverse import Dataverse

log = structlog.get_logger(__name__)

_HEADERS = (("Content-Type", "application/json"),)


async def add_members(dataverse: Dataverse, team_id: str, user_ids: Sequence[str]) -> None:
    """Add those who are not in the team yet. Who cannot be added, being disabled for example, is logged and left out.

    Raises ``AccessDenied`` when the application may not change teams, ``RecordGone`` when the team was deleted.
    """
    place = f"teams({team_id})/teammembership_association"
    held = {row["systemuserid"] for row in await dataverse.rows(f"{place}?$select=systemuserid")}
    missing = [user for user in dict.fromkeys(user_ids) if user not in held]
    operations = [
        Operation(
            "POST",
            f"{dataverse.path}{place}/$ref",
            msgspec.json.encode({"@odata.id": f"{dataverse.root}systemusers({user})"}),
            _HEADERS,
        )
        for user in missing
    ]
    for user, part in zip(missing, await dataverse.batch(operations, repeatable=True), strict=True):
        if part.ok:
            log.info("team_member.added", team=team_id, user=user)
            continue
        refusal = dataverse.refusal(part)
        if refusal.cause is PRIVILEGE:
            raise refusal.error(setting="TANDEM_CLIENT_ID")
        if not refusal.is_duplicate:
            log.warning("team_member.refused", team=team_id, user=user, code=refusal.code)
