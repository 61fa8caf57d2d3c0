"""Users who are coupled with salespeople become members of the team that owns the company's rows in Sales."""

from pathlib import Path

from libs.contracts.couplings import ListCouplings
from libs.testing.eventually import eventually
from tests.system.one_process import a_tandem


async def test_coupled_users_are_in_the_companys_team(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        _, context = await tandem.connected()
        await tandem.client.couple_salespeople(lambda jobs: None)
        coupled = (await tandem.ask(ListCouplings(mapping="SALESPEOPLE"), deadline=10)).couplings
        team = tandem.sandbox.tenants.sales.world.tables["teammembership"]

        def members() -> list[str]:
            return sorted(row["systemuserid"] for row in team.rows.values() if row["teamid"] == context.owner_team_id)

        await eventually(lambda: len(members()) == len(coupled))

    assert len(coupled) > 3
    assert members() == sorted(coupling.sales_id for coupling in coupled)
