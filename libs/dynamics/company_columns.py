"""How an organization of Sales tells which company of Financials a row belongs to: by the table and column of
Microsoft's base integration solution, or by those of Tandem's own solution where Microsoft's is not installed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CompanyColumns:
    """Names that one of the two solutions brings. Both follow the same pattern behind their publisher's prefix."""

    prefix: str
    role: str
    """Name of the solution's role for the application user."""
    role_id: str
    owning_team: bool
    """Whether the company's row names the team that owns its rows, and belongs to it."""
    team_role: str
    """Id of the solution's role for the owning team, whose copy in its business unit a team needs to own rows."""
    team_role_name: str

    @property
    def table(self) -> str:
        return f"{self.prefix}_company"

    @property
    def column(self) -> str:
        """Of every table that has it, and the key of ``table``."""
        return f"{self.prefix}_companyid"

    @property
    def name(self) -> str:
        return f"{self.prefix}_name"

    @property
    def external_id(self) -> str:
        """Id of the company in Financials: lower case, without braces."""
        return f"{self.prefix}_externalid"


MICROSOFT = CompanyColumns(
    "bcbi",
    role="Business Central Dataverse Integration",
    role_id="a2b18661-9ff5-e911-a812-000d3a0b9028",
    owning_team=True,
    team_role="a2b18661-9ff5-e911-a812-000d3a0b9028",
    team_role_name="Business Central Dataverse Integration",
)
TANDEM = CompanyColumns(
    "tandem",
    role="Tandem Company",
    role_id="7e3f2a94-6c1b-4d8a-b0a7-52f7c1d09e11",
    owning_team=False,
    team_role="7e3f2a94-6c1b-4d8a-b0a7-52f7c1d09e12",
    team_role_name="Tandem Owner Team",
)

BY_PREFERENCE = (MICROSOFT, TANDEM)
"""The first that an organization has is used."""
