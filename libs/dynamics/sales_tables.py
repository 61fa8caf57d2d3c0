"""The Dataverse tables and columns that Tandem uses: types, lengths, lookups, and which bulk messages a table has.

One catalogue for the connector and the sandbox. A column is known by its logical name; on the wire a lookup reads as
``_name_value`` and is written through its navigation property. Source: Microsoft's Dataverse entity reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SalesAttribute:
    name: str
    type: str
    """text, decimal, money, integer, boolean, choice, date, moment, lookup, guid."""
    length: int = 0
    precision: int = 2
    """Decimals kept, for decimal and money."""
    targets: tuple[tuple[str, str], ...] = ()
    """lookup: (table, navigation property) for each table it may point to."""
    options: tuple[int, ...] = ()
    """choice: allowed values; empty where administrators add their own."""
    create_only: bool = False
    read_only: bool = False
    required: bool = False
    minimum: int | None = None

    @property
    def read_name(self) -> str:
        """Property that carries it in an answer."""
        return f"_{self.name}_value" if self.type == "lookup" else self.name


@dataclass(frozen=True)
class SalesTable:
    name: str
    entity_set: str
    id: str
    primary_name: str
    attributes: tuple[SalesAttribute, ...]
    create_multiple: bool = False
    update_multiple: bool = False
    upsert_multiple: bool = False
    change_tracking: bool = True
    owned: bool = False
    """Has an owner (user or team)."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Column sets that Dataverse itself keeps unique."""
    unique_error: str = "0x80040237"
    """Error code of a violation of ``unique``."""
    _by_name: dict[str, SalesAttribute] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({item.name: item for item in self.attributes})

    def __getitem__(self, name: str) -> SalesAttribute:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[SalesAttribute]:
        return iter(self.attributes)


def _text(name: str, length: int, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "text", length=length, **more)  # type: ignore[arg-type]


def _lookup(name: str, *targets: str, **more: bool) -> SalesAttribute:
    pairs = tuple((target, name if len(targets) == 1 else f"{name}_{target}") for target in targets)
    return SalesAttribute(name, "lookup", targets=pairs, **more)  # type: ignore[arg-type]


def _choice(name: str, *options: int, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "choice", options=options, **more)  # type: ignore[arg-type]


def _money(name: str, minimum: int | None = None) -> SalesAttribute:
    return SalesAttribute(name, "money", minimum=minimum)


def _decimal(name: str, precision: int = 2, minimum: int | None = None, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "decimal", precision=precision, minimum=minimum, **more)  # type: ignore[arg-type]


def _flag(name: str, **more: bool) -> SalesAttribute:
    return SalesAttribute(name, "boolean", **more)  # type: ignore[arg-type]


_OWNER = SalesAttribute("ownerid", "lookup", targets=(("systemuser", "ownerid"), ("team", "ownerid")))
_COMPANY = (
    SalesAttribute("bcbi_companyid", "lookup", targets=(("bcbi_company", "bcbi_CompanyId"),)),
    SalesAttribute("tandem_companyid", "lookup", targets=(("tandem_company", "tandem_companyid"),)),
)
"""The Financials company a row belongs to; which of the two an organization has, ``company_columns`` tells."""


def _state(*pairs: tuple[int, int]) -> tuple[SalesAttribute, SalesAttribute]:
    states = tuple(dict.fromkeys(state for state, _ in pairs))
    return _choice("statecode", *states), _choice("statuscode", *(status for _, status in pairs))


COMMON: tuple[SalesAttribute, ...] = (
    SalesAttribute("createdon", "moment", read_only=True),
    SalesAttribute("modifiedon", "moment", read_only=True),
    SalesAttribute("createdby", "lookup", targets=(("systemuser", "createdby"),), read_only=True),
    SalesAttribute("modifiedby", "lookup", targets=(("systemuser", "modifiedby"),), read_only=True),
    SalesAttribute("versionnumber", "integer", read_only=True),
    SalesAttribute("importsequencenumber", "integer", create_only=True),
)
"""Columns that every table has besides its own."""

_ADDRESS = (
    _text("address1_line1", 250),
    _text("address1_line2", 250),
    _text("address1_line3", 250),
    _text("address1_postalcode", 20),
    _text("address1_city", 80),
    _text("address1_country", 80),
    _text("address1_stateorprovince", 50),
)

SYSTEMUSER = SalesTable(
    "systemuser",
    "systemusers",
    "systemuserid",
    "fullname",
    (
        _text("fullname", 200, read_only=True),
        _text("firstname", 256),
        _text("lastname", 256),
        _text("internalemailaddress", 100),
        _text("personalemailaddress", 100),
        _text("domainname", 1024),
        _text("mobilephone", 64),
        _text("jobtitle", 100),
        _flag("isdisabled", read_only=True),
        _flag("islicensed", read_only=True),
        _flag("isintegrationuser"),
        _choice("accessmode", 0, 1, 2, 3, 4, 5),
        SalesAttribute("applicationid", "guid"),
        _lookup("businessunitid", "businessunit"),
    ),
)

TRANSACTIONCURRENCY = SalesTable(
    "transactioncurrency",
    "transactioncurrencies",
    "transactioncurrencyid",
    "currencyname",
    (
        _text("currencyname", 100, required=True),
        _text("isocurrencycode", 5, required=True, create_only=True),
        _text("currencysymbol", 10, required=True),
        _decimal("exchangerate", 12, 0, required=True),
        SalesAttribute("currencyprecision", "integer", required=True, minimum=0),
        *_state((0, 1), (1, 2)),
    ),
    unique=(("isocurrencycode",),),
    unique_error="0x80048cf3",
)

ACCOUNT = SalesTable(
    "account",
    "accounts",
    "accountid",
    "name",
    (
        _text("name", 160, required=True),
        _text("accountnumber", 20),
        _text("address1_primarycontactname", 100),
        *_ADDRESS,
        _text("emailaddress1", 100),
        _text("fax", 50),
        _text("websiteurl", 200),
        _text("telephone1", 50),
        _text("telephone2", 50),
        _choice("address1_freighttermscode"),
        _choice("address1_shippingmethodcode"),
        _choice("paymenttermscode"),
        _choice("customertypecode", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
        _money("creditlimit", 0),
        _flag("creditonhold"),
        _lookup("transactioncurrencyid", "transactioncurrency"),
        _lookup("primarycontactid", "contact"),
        _lookup("parentaccountid", "account"),
        _lookup("defaultpricelevelid", "pricelevel"),
        _OWNER,
        *_COMPANY,
        *_state((0, 1), (1, 2)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    owned=True,
)

CONTACT = SalesTable(
    "contact",
    "contacts",
    "contactid",
    "fullname",
    (
        _text("fullname", 160, read_only=True),
        _text("firstname", 50),
        _text("middlename", 50),
        _text("lastname", 50),
        _text("salutation", 100),
        *_ADDRESS,
        _text("emailaddress1", 100),
        _text("fax", 50),
        _text("websiteurl", 200),
        _text("mobilephone", 50),
        _text("pager", 50),
        _text("telephone1", 50),
        _lookup("transactioncurrencyid", "transactioncurrency"),
        _lookup("parentcustomerid", "account", "contact"),
        _OWNER,
        *_COMPANY,
        *_state((0, 1), (1, 2)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    owned=True,
)

UOMSCHEDULE = SalesTable(
    "uomschedule",
    "uomschedules",
    "uomscheduleid",
    "name",
    (
        _text("name", 200, required=True),
        _text("baseuomname", 100, required=True, create_only=True),
        _text("description", 2000),
        *_state((0, 1), (1, 2)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("name",),),
)
"""Creating a unit group creates its base unit; the connector offers that unit's id as the fact ``baseuomid``."""

UOM = SalesTable(
    "uom",
    "uoms",
    "uomid",
    "name",
    (
        _text("name", 100, required=True),
        _lookup("uomscheduleid", "uomschedule", required=True, create_only=True),
        _lookup("baseuom", "uom"),
        _decimal("quantity", 5, required=True),
        _flag("isschedulebaseuom", read_only=True),
    ),
    unique=(("uomscheduleid", "name"),),
)

PRODUCT = SalesTable(
    "product",
    "products",
    "productid",
    "name",
    (
        _text("productnumber", 100, required=True),
        _text("name", 100, required=True),
        _text("description", 2000),
        _choice("productstructure", 1, 2, 3, create_only=True),
        _choice("producttypecode", 1, 2, 3, 4),
        SalesAttribute("quantitydecimal", "integer", required=True, minimum=0),
        _money("price", 0),
        _money("standardcost", 0),
        _money("currentcost", 0),
        _decimal("quantityonhand", 5, 0),
        _decimal("stockvolume", 5, 0),
        _decimal("stockweight", 5, 0),
        _text("vendorid", 100),
        _text("vendorname", 100),
        _text("vendorpartnumber", 100),
        _flag("isstockitem"),
        _lookup("defaultuomid", "uom", required=True),
        _lookup("defaultuomscheduleid", "uomschedule", required=True),
        _lookup("pricelevelid", "pricelevel"),
        _lookup("transactioncurrencyid", "transactioncurrency"),
        *_COMPANY,
        *_state((0, 1), (1, 2), (2, 0), (3, 3)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("productnumber",),),
    unique_error="0x80043b06",
)

PRICELEVEL = SalesTable(
    "pricelevel",
    "pricelevels",
    "pricelevelid",
    "name",
    (
        _text("name", 100, required=True),
        _text("description", 2000),
        SalesAttribute("begindate", "date"),
        SalesAttribute("enddate", "date"),
        _lookup("transactioncurrencyid", "transactioncurrency", required=True, create_only=True),
        *_COMPANY,
        *_state((0, 100001), (1, 100002)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("name",),),
    unique_error="0x80043b0f",
)

PRODUCTPRICELEVEL = SalesTable(
    "productpricelevel",
    "productpricelevels",
    "productpricelevelid",
    "productidname",
    (
        _lookup("pricelevelid", "pricelevel", required=True, create_only=True),
        _lookup("productid", "product", required=True),
        _lookup("uomid", "uom", required=True),
        _lookup("uomscheduleid", "uomschedule"),
        _lookup("transactioncurrencyid", "transactioncurrency", read_only=True),
        _money("amount", 0),
        _choice("pricingmethodcode", 1, 2, 3, 4, 5, 6),
        _choice("quantitysellingcode", 1, 2, 3),
        _text("productnumber", 100, read_only=True),
    ),
    unique=(("pricelevelid", "productid", "uomid"),),
    unique_error="0x80043b08",
)

BUSINESSUNIT = SalesTable(
    "businessunit",
    "businessunits",
    "businessunitid",
    "name",
    (_text("name", 160, required=True), _lookup("parentbusinessunitid", "businessunit")),
)

TEAM = SalesTable(
    "team",
    "teams",
    "teamid",
    "name",
    (
        _text("name", 160, required=True),
        _choice("teamtype", 0, 1, 2, 3),
        _lookup("businessunitid", "businessunit"),
        _lookup("administratorid", "systemuser"),
    ),
)

BCBI_COMPANY = SalesTable(
    "bcbi_company",
    "bcbi_companies",
    "bcbi_companyid",
    "bcbi_name",
    (
        _text("bcbi_name", 30, required=True),
        _text("bcbi_externalid", 36, required=True),
        SalesAttribute("bcbi_defaultowningteam", "lookup", targets=(("team", "bcbi_DefaultOwningTeam"),)),
        _OWNER,
    ),
    unique=(("bcbi_externalid",),),
)
"""Of Microsoft's base integration solution."""

TANDEM_COMPANY = SalesTable(
    "tandem_company",
    "tandem_companies",
    "tandem_companyid",
    "tandem_name",
    (_text("tandem_name", 30, required=True), _text("tandem_externalid", 36, required=True)),
)
"""Of Tandem's own solution, for organizations without Microsoft's."""

NAV_CONNECTION = SalesTable(
    "nav_connection",
    "nav_connections",
    "nav_connectionid",
    "nav_name",
    (_text("nav_name", 250), _text("nav_dynamicsnavurl", 500)),
)
"""Of Microsoft's Sales integration solution: which company its own synchronization connects."""

ORGANIZATION = SalesTable(
    "organization",
    "organizations",
    "organizationid",
    "name",
    (
        _text("name", 160),
        _lookup("basecurrencyid", "transactioncurrency"),
        SalesAttribute("currencydecimalprecision", "integer"),
        SalesAttribute("pricingdecimalprecision", "integer"),
        SalesAttribute("expirechangetrackingindays", "integer"),
        _flag("createproductswithoutparentinactivestate"),
        _flag("issopintegrationenabled"),
    ),
    change_tracking=False,
)

SALES_TABLES: dict[str, SalesTable] = {
    table.name: table
    for table in (
        SYSTEMUSER,
        TRANSACTIONCURRENCY,
        ACCOUNT,
        CONTACT,
        UOMSCHEDULE,
        UOM,
        PRODUCT,
        PRICELEVEL,
        PRODUCTPRICELEVEL,
        BUSINESSUNIT,
        TEAM,
        BCBI_COMPANY,
        TANDEM_COMPANY,
        NAV_CONNECTION,
        ORGANIZATION,
    )
}
"""Logical name -> table."""

CHOICES: dict[str, dict[int, str]] = {
    "account.paymenttermscode": {1: "Net 30", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60"},
    "account.address1_freighttermscode": {1: "FOB", 2: "No Charge"},
    "account.address1_shippingmethodcode": {
        1: "Airborne",
        2: "DHL",
        3: "FedEx",
        4: "UPS",
        5: "Postal Mail",
        6: "Full Load",
        7: "Will Call",
    },
}
"""Choices that are mapped as tables of their own, with the labels of a new organization: ``table.attribute`` ->
{value: label}. As a table, such a choice has the id ``value`` (text) and one attribute, ``label``."""
