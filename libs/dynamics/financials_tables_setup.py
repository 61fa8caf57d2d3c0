"""Setup tables of Financials on each surface: salespeople, currencies, terms, units, VAT, the ledger's own."""

from libs.dynamics.financials_fields import FinancialsTable, code, date, decimal, flag, looked_up, option, text

SALESPERSON = FinancialsTable(
    "Salesperson/Purchaser",
    13,
    ("Code",),
    "salespeople",
    72100,
    (
        code("Code", 20, "code", "code", "Code"),
        text("Name", 50, "name", "displayName", "Name"),
        text("E-Mail", 80, "email", "email", "E_Mail"),
        text("E-Mail 2", 80, "email2", "email2", "E_Mail_2"),
        text("Phone No.", 30, "phoneNumber", "phoneNo", "Phone_No"),
        text("Job Title", 30, "jobTitle", "jobTitle", "Job_Title"),
        flag("Blocked", "blocked", "blocked", "Blocked"),
    ),
    api_v2_set="salespeoplePurchasers",
    page_service="Salespeople",
    page_number=5116,
    number_series="SP NO. 00001",
)

CURRENCY = FinancialsTable(
    "Currency",
    4,
    ("Code",),
    "currencies",
    72101,
    (
        code("Code", 10, "code", "code", "Code"),
        text("Description", 30, "description", "displayName", "Description"),
        text("Symbol", 10, "symbol", "symbol", "Symbol"),
        code("ISO Code", 3, "isoCode", None, "ISO_Code"),
        *looked_up(
            decimal(
                "Amount Rounding Precision",
                "amountRoundingPrecision",
                "amountRoundingPrecision",
                "Amount_Rounding_Precision",
            ),
            decimal(
                "Unit-Amount Rounding Precision",
                "unitAmountRoundingPrecision",
                None,
                "Unit_Amount_Rounding_Precision",
            ),
        ),
        decimal("Exchange Rate", "exchangeRate", precision=15, calculated=True),
    ),
    api_v2_set="currencies",
    page_service="Currencies",
    page_number=5,
)
"""``Exchange Rate`` is local currency per unit of the currency, today; 0 where the company has no rate. The companion
computes it; on the other surfaces the connector computes it from the exchange rates."""

CURRENCY_EXCHANGE_RATE = FinancialsTable(
    "Currency Exchange Rate",
    330,
    ("Currency Code", "Starting Date"),
    "currencyExchangeRates",
    72102,
    (
        code("Currency Code", 10, "currencyCode", "currencyCode", "Currency_Code", relation="Currency"),
        date("Starting Date", "startingDate", "startingDate", "Starting_Date"),
        decimal("Exchange Rate Amount", "exchangeRateAmount", "exchangeRateAmount", "Exchange_Rate_Amount"),
        decimal(
            "Relational Exch. Rate Amount",
            "relationalExchangeRateAmount",
            "relationalExchangeRateAmount",
            "Relational_Exch_Rate_Amount",
        ),
        code(
            "Relational Currency Code",
            10,
            "relationalCurrencyCode",
            "relationalCurrencyCode",
            "Relational_Currency_Code",
        ),
    ),
    api_v2_set="currencyExchangeRates",
    page_service="CurrencyExchangeRates",
    page_number=483,
    writable=False,
)

PAYMENT_TERMS = FinancialsTable(
    "Payment Terms",
    3,
    ("Code",),
    "paymentTerms",
    72103,
    (
        code("Code", 10, "code", "code", "Code"),
        text("Description", 100, "description", "displayName", "Description"),
    ),
    api_v2_set="paymentTerms",
    page_service="PaymentTerms",
    page_number=4,
)

SHIPMENT_METHOD = FinancialsTable(
    "Shipment Method",
    10,
    ("Code",),
    "shipmentMethods",
    72104,
    (
        code("Code", 10, "code", "code", "Code"),
        text("Description", 100, "description", "displayName", "Description"),
    ),
    api_v2_set="shipmentMethods",
    page_service="ShipmentMethods",
    page_number=11,
)

SHIPPING_AGENT = FinancialsTable(
    "Shipping Agent",
    291,
    ("Code",),
    "shippingAgents",
    72105,
    (
        code("Code", 10, "code", None, "Code"),
        text("Name", 50, "name", None, "Name"),
    ),
    page_service="ShippingAgents",
    page_number=428,
)

UNIT_OF_MEASURE = FinancialsTable(
    "Unit of Measure",
    204,
    ("Code",),
    "unitsOfMeasure",
    72106,
    (
        code("Code", 10, "code", "code", "Code"),
        text("Description", 50, "description", "displayName", "Description"),
        code(
            "International Standard Code",
            10,
            "internationalStandardCode",
            "internationalStandardCode",
            "International_Standard_Code",
        ),
    ),
    api_v2_set="unitsOfMeasure",
    page_service="UnitsOfMeasure",
    page_number=209,
)

GENERAL_LEDGER_SETUP = FinancialsTable(
    "General Ledger Setup",
    98,
    ("Primary Key",),
    "generalLedgerSetup",
    72117,
    looked_up(
        code("Primary Key", 10, "primaryKey", None, "Primary_Key"),
        code("LCY Code", 10, "lcyCode", None, "LCY_Code"),
        text("Local Currency Symbol", 10, "localCurrencySymbol", None, "Local_Currency_Symbol"),
        decimal("Amount Rounding Precision", "amountRoundingPrecision", None, "Amount_Rounding_Precision"),
        decimal(
            "Unit-Amount Rounding Precision", "unitAmountRoundingPrecision", None, "Unit_Amount_Rounding_Precision"
        ),
    ),
    page_service="GeneralLedgerSetup",
    page_number=118,
    writable=False,
    lookup=True,
)
"""One row, whose key is blank. How amounts in the local currency are rounded."""

VAT_POSTING_SETUP = FinancialsTable(
    "VAT Posting Setup",
    325,
    ("VAT Bus. Posting Group", "VAT Prod. Posting Group"),
    "vatPostingSetup",
    72118,
    looked_up(
        code("VAT Bus. Posting Group", 20, "vatBusinessPostingGroup", None, "VAT_Bus_Posting_Group"),
        code("VAT Prod. Posting Group", 20, "vatProductPostingGroup", None, "VAT_Prod_Posting_Group"),
        option(
            "VAT Calculation Type",
            ("Normal VAT", "Reverse Charge VAT", "Full VAT", "Sales Tax"),
            "vatCalculationType",
            None,
            "VAT_Calculation_Type",
        ),
        decimal("VAT %", "vatPercent", None, "VAT_Percent"),
    ),
    page_service="VATPostingSetup",
    page_number=472,
    writable=False,
    lookup=True,
)
"""Percent of VAT by the customer's and the product's group. Under reverse charge no VAT is in a price: 0 percent."""
