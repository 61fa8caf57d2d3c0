"""How an organization of Sales tells which company of Financials a row belongs to: by the table and column of
Microsoft's base integration solution, or by those of Tandem's own solution where Microsoft's is not installed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CompanyColumns:
    """Names that one of the two solutions brings. Both follow the same pattern behind their publisher's prefix."""

    prefix: str
    role: str
    """Name of the solution's role for the application user."""
    owning_team: bool
    """Whether the company's row names the team that owns its rows, and belongs to it."""
    team_role: str
    """Role of the solution; every business unit has a copy of it, and a team needs that copy before it can own rows."""

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
    owning_team=True,
    team_role="a2b18661-9ff5-e911-a812-000d3a0b9028",
)
TANDEM = CompanyColumns(
    "tandem",
    role="Tandem Company",
    owning_team=False,
    team_role="7e3f2a94-6c1b-4d8a-b0a7-52f7c1d09e12",
)

BY_PREFERENCE = (MICROSOFT, TANDEM)
"""The first that an organization has is used."""
