"""The messages that make the connection: checking both tenants, preparing the company, configuring the registry.

Each question is a request with a deadline. A tenant that cannot be used answers with failures that name the
setting to change; nothing raises across the wire.
"""

from typing import ClassVar

from pydantic import Field

from libs.contracts.failures import Failure
from libs.contracts.message import Command, Part, Reply, Request
from libs.contracts.pages import Condition
from libs.contracts.vocabulary import (
    DeletionConflictResolution,
    Direction,
    System,
    UpdateConflictResolution,
)


class FinancialsCompany(Part):
    """The company in Financials that is being connected."""

    id: str = ""
    name: str = ""
    display_name: str = ""
    local_currency_code: str = ""
    local_currency_symbol: str = ""
    surface: str = Field(default="", description="companion, api_v2 or page_services: the best one that answers")


class MissingPart(Part):
    """A field or feed that the available surfaces of Financials cannot give."""

    table: str
    field: str = Field(default="", description="empty when the whole table is missing")
    reason: str


class ConnectionReport(Reply):
    """Whether the tenant can be used, and what was found."""

    TYPE: ClassVar[str] = "connection.report.v1"

    system: System
    failures: list[Failure] = []
    company: FinancialsCompany | None = None
    missing: list[MissingPart] = []
    organization_id: str = ""
    user_id: str = Field(default="", description="Sales: the application user that Tandem signs in as")
    version: str = ""

    @property
    def ok(self) -> bool:
        return not self.failures


class CheckConnection(Request[ConnectionReport]):
    """Sign in, find the company, read a row of every table that is mapped; move no data."""

    TYPE: ClassVar[str] = "connection.check.v1"
    OWNER: ClassVar[str] = "{system}_connector"
    REPLY = ConnectionReport

    system: System


class CompanyPrepared(Reply):
    """What the Sales organization now holds for the company; ids are Dataverse row ids."""

    TYPE: ClassVar[str] = "company.prepared.v1"

    failures: list[Failure] = []
    company_row_id: str = ""
    company_column: str = Field(
        default="bcbi_companyid", description="column by which rows of this organization name their company"
    )
    business_unit_id: str = ""
    owner_team_id: str = ""
    base_currency_id: str = ""
    base_currency_code: str = ""
    local_currency_id: str = ""
    local_currency_rate: str = Field(
        default="",
        description="units of the local currency per unit of the base currency, as Sales has it; decimal text",
    )
    default_price_list_id: str = ""
    currency_precision: int = 2


class PrepareCompany(Request[CompanyPrepared]):
    """Make sure the organization has the company row, its team, the local currency and the default price list."""

    TYPE: ClassVar[str] = "company.prepare.v1"
    OWNER: ClassVar[str] = "sales_connector"
    REPLY = CompanyPrepared

    company: FinancialsCompany
    rates: dict[str, str] = Field(
        default={}, description="local currency per unit of each currency code (decimal text), for creating currencies"
    )


class AddTeamMembers(Command):
    """Make users who were just coupled members of the company's owning team; who is one already stays one."""

    TYPE: ClassVar[str] = "owning_team.add_members.v1"
    OWNER: ClassVar[str] = "sales_connector"

    team_id: str
    user_ids: list[str]


class ExchangeRates(Reply):
    """Today's rates."""

    TYPE: ClassVar[str] = "exchange_rates.answer.v1"

    failures: list[Failure] = []
    rates: dict[str, str] = Field(default={}, description="local currency per unit of each currency code, decimal text")


class GetExchangeRates(Request[ExchangeRates]):
    """Today's exchange rates of the company, from its own rate table."""

    TYPE: ClassVar[str] = "exchange_rates.get.v1"
    OWNER: ClassVar[str] = "financials_connector"
    REPLY = ExchangeRates


class RecordCount(Reply):
    """How many there are."""

    TYPE: ClassVar[str] = "records.counted.v1"

    count: int = 0
    failures: list[Failure] = []


class CountRecords(Request[RecordCount]):
    """How many records of a table fit a filter (Sales choices: values of the choice)."""

    TYPE: ClassVar[str] = "records.count.v1"
    OWNER: ClassVar[str] = "{system}_connector"
    REPLY = RecordCount

    system: System
    table: str
    filter: list[Condition] = []


class MappingContext(Part):
    """Everything about the connected company that transformations need; part of the setup, the same for all pages."""

    company_id: str = ""
    company_row_id: str = ""
    company_column: str = Field(default="bcbi_companyid", description="Sales: column by which rows name their company")
    owner_team_id: str = ""
    local_currency_code: str = ""
    local_currency_id: str = ""
    base_currency_code: str = ""
    base_currency_rate: str = Field(default="1", description="local currency per unit of the base currency")
    default_price_list_id: str = ""
    currency_precision: int = 2
    missing_fields: list[str] = Field(default=[], description="``table.field`` that this Financials cannot give")


class FieldView(Part):
    """One field mapping as shown to people."""

    financials_field: str = ""
    sales_attribute: str = ""
    direction: Direction
    enabled: bool = True
    conversion: str = ""


class TableView(Part):
    """What to read of one side of a mapping."""

    table: str
    fields: list[str]
    filter: list[Condition] = []


class MappingView(Part):
    """One integration table mapping, as the orchestrator plans with it and the console shows it."""

    name: str
    title: str = ""
    direction: Direction
    prerequisites: list[str] = []
    synch_only_coupled: bool = True
    kind: str = Field(default="table", description="table, or option for a choice of a Sales table")
    financials: TableView
    sales: TableView
    can_match: bool = Field(default=False, description="match-based coupling has something to go by")
    create_unmatched: bool = False
    synch_after_coupling: bool = False
    recommendation_rule: str = Field(default="counts", description="always_full, currency, option, unit or counts")
    update_conflict: UpdateConflictResolution = UpdateConflictResolution.NONE
    deletion_conflict: DeletionConflictResolution = DeletionConflictResolution.NONE
    interval_minutes: int = 30
    inactivity_timeout_minutes: int = 720
    fields: list[FieldView] = []


class MappingList(Reply):
    """The enabled mappings."""

    TYPE: ClassVar[str] = "mappings.listed.v1"

    mappings: list[MappingView] = []
    failures: list[Failure] = []


class ListMappings(Request[MappingList]):
    """All enabled integration table mappings, with filters resolved for the connected company."""

    TYPE: ClassVar[str] = "mappings.list.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = MappingList


class RegistryConfigured(Reply):
    """The context is stored."""

    TYPE: ClassVar[str] = "registry.configured.v1"

    mappings: list[str] = []


class ConfigureRegistry(Request[RegistryConfigured]):
    """Use this company's context from now on; filters and fields of the mappings follow from it."""

    TYPE: ClassVar[str] = "registry.configure.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = RegistryConfigured

    context: MappingContext


class ConnectionView(Reply):
    """State of the connection as the setup shows it."""

    TYPE: ClassVar[str] = "connection.view.v1"

    enabled: bool = False
    failures: list[Failure] = []
    company: FinancialsCompany | None = None
    organization_id: str = Field(default="", description="of Sales; empty where it could not be asked")
    missing: list[MissingPart] = []
    context: MappingContext = MappingContext()


class EnableConnection(Request[ConnectionView]):
    """Check both tenants, prepare the company, configure the registry. Repeatable; nothing moves before all is well."""

    TYPE: ClassVar[str] = "connection.enable.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ConnectionView


class GetConnection(Request[ConnectionView]):
    """How the connection stood when it was last enabled."""

    TYPE: ClassVar[str] = "connection.get.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = ConnectionView
