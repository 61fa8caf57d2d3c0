"""The organization of Sales itself: its settings, units and people, currencies, and the companies it knows."""

from libs.dynamics.sales_attributes import OWNER, SalesAttribute, SalesTable, choice, decimal, flag, lookup, state, text

ORGANIZATION = SalesTable(
    "organization",
    "organizations",
    "organizationid",
    "name",
    (
        text("name", 160),
        lookup("basecurrencyid", "transactioncurrency"),
        SalesAttribute("currencydecimalprecision", "integer"),
        SalesAttribute("pricingdecimalprecision", "integer"),
        SalesAttribute("expirechangetrackingindays", "integer"),
        flag("createproductswithoutparentinactivestate"),
        flag("issopintegrationenabled"),
    ),
    change_tracking=False,
)

BUSINESSUNIT = SalesTable(
    "businessunit",
    "businessunits",
    "businessunitid",
    "name",
    (text("name", 160, required=True), lookup("parentbusinessunitid", "businessunit")),
)

TEAM = SalesTable(
    "team",
    "teams",
    "teamid",
    "name",
    (
        text("name", 160, required=True),
        choice("teamtype", 0, 1, 2, 3),
        lookup("businessunitid", "businessunit"),
        lookup("administratorid", "systemuser"),
    ),
)

ROLE = SalesTable(
    "role",
    "roles",
    "roleid",
    "name",
    (
        text("name", 100, required=True),
        lookup("businessunitid", "businessunit"),
        lookup("parentroleid", "role"),
        lookup("parentrootroleid", "role"),
    ),
)
"""Every business unit has a copy of each role, which names the one of the root unit as its root."""

SYSTEMUSER = SalesTable(
    "systemuser",
    "systemusers",
    "systemuserid",
    "fullname",
    (
        text("fullname", 200, read_only=True),
        text("firstname", 256),
        text("lastname", 256),
        text("internalemailaddress", 100),
        text("personalemailaddress", 100),
        text("domainname", 1024),
        text("mobilephone", 64),
        text("jobtitle", 100),
        flag("isdisabled", read_only=True),
        flag("islicensed", read_only=True),
        flag("isintegrationuser"),
        choice("accessmode", 0, 1, 2, 3, 4, 5),
        SalesAttribute("applicationid", "guid"),
        lookup("businessunitid", "businessunit"),
    ),
)

TRANSACTIONCURRENCY = SalesTable(
    "transactioncurrency",
    "transactioncurrencies",
    "transactioncurrencyid",
    "currencyname",
    (
        text("currencyname", 100, required=True),
        text("isocurrencycode", 5, required=True, create_only=True),
        text("currencysymbol", 10, required=True),
        decimal("exchangerate", 12, 0, required=True),
        SalesAttribute("currencyprecision", "integer", required=True, minimum=0),
        *state((0, 1), (1, 2)),
    ),
    unique=(("isocurrencycode",),),
    unique_error="0x80048cf3",
)

BCBI_COMPANY = SalesTable(
    "bcbi_company",
    "bcbi_companies",
    "bcbi_companyid",
    "bcbi_name",
    (
        text("bcbi_name", 30, required=True),
        text("bcbi_externalid", 36, required=True),
        SalesAttribute("bcbi_defaultowningteam", "lookup", targets=(("team", "bcbi_DefaultOwningTeam"),)),
        OWNER,
    ),
    unique=(("bcbi_externalid",),),
)
"""Of Microsoft's base integration solution."""

TANDEM_COMPANY = SalesTable(
    "tandem_company",
    "tandem_companies",
    "tandem_companyid",
    "tandem_name",
    (text("tandem_name", 30, required=True), text("tandem_externalid", 36, required=True)),
)
"""Of Tandem's own solution, for organizations without Microsoft's."""

NAV_CONNECTION = SalesTable(
    "nav_connection",
    "nav_connections",
    "nav_connectionid",
    "nav_name",
    (text("nav_name", 250), text("nav_dynamicsnavurl", 500)),
)
"""Of Microsoft's Sales integration solution: which company its own synchronization connects."""
