"""Which property carries which field of Financials on each of its three surfaces.

One catalogue for the connector, the sandbox and the test of the companion extension. A field is known by its name in
Business Central (``"Payment Terms Code"``), whichever surface it travels on:

- ``companion``: API pages of ``deploy/financials-extension`` under ``/api/tandem/integration/v1.0``;
- ``api_v2``: Microsoft's API v2.0;
- ``page``: pages published as web services over OData V4.

Source of lengths and names: the mapping catalogue of the reference integration and Microsoft's API v2.0 reference.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

COMPANION_PUBLISHER = "tandem"
COMPANION_GROUP = "integration"
COMPANION_VERSION = "v1.0"

DELETIONS_SET = "deletions"
DELETIONS_PAGE = 72115
"""Companion page of the deletion log: one row per deleted record of a table of this catalogue, never changed."""
DELETIONS_PROPERTIES = ("id", "entryNumber", "tableNumber", "recordId", "recordKey", "deletedAt", "systemRowVersion")
"""``recordId`` is the SystemId the record had, ``recordKey`` its primary key joined by ``;``."""

FEED_POSITIONS_SET = "feedPositions"
FEED_POSITIONS_PAGE = 72116
"""Companion page with exactly one row that says how far the change feeds can be trusted right now."""
FEED_POSITIONS_PROPERTIES = ("primaryKey", "minimumActiveRowVersion")
"""``minimumActiveRowVersion``: every change with a smaller ``systemRowVersion`` is committed and visible (a number;
``Database.MinimumActiveRowVersion()``), so it is the watermark of a reading that starts now. Key: ``primaryKey``."""


@dataclass(frozen=True)
class FinancialsField:
    name: str
    type: str
    """text, code, decimal, integer, boolean, date, option or guid."""
    companion: str
    api_v2: str | None = None
    page: str | None = None
    length: int = 0
    """Longest text; 0 where it does not apply."""
    precision: int = 5
    """Decimals kept, for type decimal."""
    options: tuple[str, ...] = ()
    """Members of an option, in ordinal order; the first is the blank one where it is ``" "``."""
    calculated: bool = False
    """Computed by Financials when read; never written."""
    relation: str = ""
    """Table whose key this field must hold when it is not blank."""
    api_v2_id: str | None = None
    """API v2.0 property holding the SystemId of the related record, where it offers no code."""


@dataclass(frozen=True)
class FinancialsTable:
    name: str
    number: int
    """Table number in Business Central."""
    key: tuple[str, ...]
    companion_set: str
    companion_page: int
    """Object number of the companion's API page."""
    fields: tuple[FinancialsField, ...]
    api_v2_set: str | None = None
    page_service: str | None = None
    """Usual name of the published page; the setting ``services`` may name another."""
    page_number: int | None = None
    page_read_only: bool = False
    number_series: str = ""
    """How Financials numbers a new record whose key is left blank, e.g. ``SP NO. 00001``; empty: it refuses."""
    writable: bool = True
    _by_name: dict[str, FinancialsField] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name.update({item.name: item for item in self.fields})

    def __getitem__(self, name: str) -> FinancialsField:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[FinancialsField]:
        return iter(self.fields)


def _text(
    name: str, length: int, companion: str, api_v2: str | None = None, page: str | None = None
) -> FinancialsField:
    return FinancialsField(name, "text", companion, api_v2, page, length=length)


def _code(
    name: str,
    length: int,
    companion: str,
    api_v2: str | None = None,
    page: str | None = None,
    *,
    relation: str = "",
    api_v2_id: str | None = None,
    calculated: bool = False,
) -> FinancialsField:
    return FinancialsField(
        name,
        "code",
        companion,
        api_v2,
        page,
        length=length,
        relation=relation,
        api_v2_id=api_v2_id,
        calculated=calculated,
    )


def _decimal(
    name: str,
    companion: str,
    api_v2: str | None = None,
    page: str | None = None,
    *,
    precision: int = 5,
    calculated: bool = False,
) -> FinancialsField:
    return FinancialsField(name, "decimal", companion, api_v2, page, precision=precision, calculated=calculated)


def _flag(name: str, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "boolean", companion, api_v2, page)


def _date(name: str, companion: str, api_v2: str | None = None, page: str | None = None) -> FinancialsField:
    return FinancialsField(name, "date", companion, api_v2, page)


def _option(
    name: str, options: tuple[str, ...], companion: str, api_v2: str | None = None, page: str | None = None
) -> FinancialsField:
    return FinancialsField(name, "option", companion, api_v2, page, options=options)


SALESPERSON = FinancialsTable(
    "Salesperson/Purchaser",
    13,
    ("Code",),
    "salespeople",
    72100,
    (
        _code("Code", 20, "code", "code", "Code"),
        _text("Name", 50, "name", "displayName", "Name"),
        _text("E-Mail", 80, "email", "email", "E_Mail"),
        _text("E-Mail 2", 80, "email2", "email2", "E_Mail_2"),
        _text("Phone No.", 30, "phoneNumber", "phoneNo", "Phone_No"),
        _text("Job Title", 30, "jobTitle", "jobTitle", "Job_Title"),
        _flag("Blocked", "blocked", "blocked", "Blocked"),
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
        _code("Code", 10, "code", "code", "Code"),
        _text("Description", 30, "description", "displayName", "Description"),
        _text("Symbol", 10, "symbol", "symbol", "Symbol"),
        _code("ISO Code", 3, "isoCode", None, "ISO_Code"),
        _decimal("Exchange Rate", "exchangeRate", precision=15, calculated=True),
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
        _code("Currency Code", 10, "currencyCode", "currencyCode", "Currency_Code", relation="Currency"),
        _date("Starting Date", "startingDate", "startingDate", "Starting_Date"),
        _decimal("Exchange Rate Amount", "exchangeRateAmount", "exchangeRateAmount", "Exchange_Rate_Amount"),
        _decimal(
            "Relational Exch. Rate Amount",
            "relationalExchangeRateAmount",
            "relationalExchangeRateAmount",
            "Relational_Exch_Rate_Amount",
        ),
        _code(
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
        _code("Code", 10, "code", "code", "Code"),
        _text("Description", 100, "description", "displayName", "Description"),
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
        _code("Code", 10, "code", "code", "Code"),
        _text("Description", 100, "description", "displayName", "Description"),
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
        _code("Code", 10, "code", None, "Code"),
        _text("Name", 50, "name", None, "Name"),
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
        _code("Code", 10, "code", "code", "Code"),
        _text("Description", 50, "description", "displayName", "Description"),
        _code(
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

CUSTOMER = FinancialsTable(
    "Customer",
    18,
    ("No.",),
    "customers",
    72107,
    (
        _code("No.", 20, "number", "number", "No"),
        _text("Name", 100, "name", "displayName", "Name"),
        _text("Contact", 100, "contact", None, "Contact"),
        _text("Address", 100, "address", "addressLine1", "Address"),
        _text("Address 2", 50, "address2", "addressLine2", "Address_2"),
        _code("Post Code", 20, "postCode", "postalCode", "Post_Code"),
        _text("City", 30, "city", "city", "City"),
        _code("Country/Region Code", 10, "countryRegionCode", "country", "Country_Region_Code"),
        _text("County", 30, "county", "state", "County"),
        _code("Currency Code", 10, "currencyCode", "currencyCode", "Currency_Code", relation="Currency"),
        _text("E-Mail", 80, "email", "email", "E_Mail"),
        _text("Fax No.", 30, "faxNumber", None, "Fax_No"),
        _text("Home Page", 255, "homePage", "website", "Home_Page"),
        _text("Phone No.", 30, "phoneNumber", "phoneNumber", "Phone_No"),
        _text("Mobile Phone No.", 30, "mobilePhoneNumber", None, "Mobile_Phone_No"),
        _code(
            "Salesperson Code",
            20,
            "salespersonCode",
            "salespersonCode",
            "Salesperson_Code",
            relation="Salesperson/Purchaser",
        ),
        _code(
            "Shipment Method Code",
            10,
            "shipmentMethodCode",
            None,
            "Shipment_Method_Code",
            relation="Shipment Method",
            api_v2_id="shipmentMethodId",
        ),
        _code("Shipping Agent Code", 10, "shippingAgentCode", None, "Shipping_Agent_Code", relation="Shipping Agent"),
        _code(
            "Payment Terms Code",
            10,
            "paymentTermsCode",
            None,
            "Payment_Terms_Code",
            relation="Payment Terms",
            api_v2_id="paymentTermsId",
        ),
        _code(
            "Customer Price Group",
            10,
            "customerPriceGroup",
            None,
            "Customer_Price_Group",
            relation="Customer Price Group",
        ),
        _decimal("Credit Limit (LCY)", "creditLimitLcy", "creditLimit", "Credit_Limit_LCY", precision=2),
        _code("Primary Contact No.", 20, "primaryContactNumber", None, "Primary_Contact_No", relation="Contact"),
        _option("Blocked", (" ", "Ship", "Invoice", "All"), "blocked", "blocked", "Blocked"),
    ),
    api_v2_set="customers",
    page_service="CustomerCard",
    page_number=21,
    number_series="C00010",
)

CONTACT = FinancialsTable(
    "Contact",
    5050,
    ("No.",),
    "contacts",
    72108,
    (
        _code("No.", 20, "number", "number", "No"),
        _option("Type", ("Company", "Person"), "type", "type", "Type"),
        _text("Name", 100, "name", "displayName", "Name"),
        _code("Company No.", 20, "companyNumber", "companyNumber", "Company_No", relation="Contact"),
        _code("Customer No.", 20, "customerNumber", calculated=True),
        _text("First Name", 30, "firstName", None, "First_Name"),
        _text("Middle Name", 30, "middleName", None, "Middle_Name"),
        _text("Surname", 30, "surname", None, "Surname"),
        _text("Address", 100, "address", "addressLine1", "Address"),
        _text("Address 2", 50, "address2", "addressLine2", "Address_2"),
        _code("Post Code", 20, "postCode", "postalCode", "Post_Code"),
        _text("City", 30, "city", "city", "City"),
        _code("Country/Region Code", 10, "countryRegionCode", "country", "Country_Region_Code"),
        _text("County", 30, "county", "state", "County"),
        _code("Currency Code", 10, "currencyCode", None, "Currency_Code", relation="Currency"),
        _text("E-Mail", 80, "email", "email", "E_Mail"),
        _text("Fax No.", 30, "faxNumber", None, "Fax_No"),
        _text("Home Page", 255, "homePage", "website", "Home_Page"),
        _text("Mobile Phone No.", 30, "mobilePhoneNumber", "mobilePhoneNumber", "Mobile_Phone_No"),
        _text("Pager", 30, "pager", None, "Pager"),
        _text("Phone No.", 30, "phoneNumber", "phoneNumber", "Phone_No"),
        _code("Salesperson Code", 20, "salespersonCode", None, "Salesperson_Code", relation="Salesperson/Purchaser"),
        _code("Salutation Code", 10, "salutationCode", None, "Salutation_Code"),
    ),
    api_v2_set="contacts",
    page_service="ContactCard",
    page_number=5050,
    number_series="CT000001",
)
"""``Customer No.`` is the customer behind the contact's company, by its business relation; blank when there is none.
The companion computes it; elsewhere the connector reads it from the business relations."""

CONTACT_BUSINESS_RELATION = FinancialsTable(
    "Contact Business Relation",
    5054,
    ("Contact No.", "Link to Table", "No."),
    "contactBusinessRelations",
    72109,
    (
        _code("Contact No.", 20, "contactNumber", None, "Contact_No", relation="Contact"),
        _option(
            "Link to Table",
            (" ", "Customer", "Vendor", "Bank Account", "Employee"),
            "linkToTable",
            None,
            "Link_to_Table",
        ),
        _code("No.", 20, "number", None, "No"),
    ),
    page_service="ContactBusinessRelations",
    page_number=5061,
    page_read_only=True,
    writable=False,
)

ITEM = FinancialsTable(
    "Item",
    27,
    ("No.",),
    "items",
    72110,
    (
        _code("No.", 20, "number", "number", "No"),
        _text("Description", 100, "description", "displayName", "Description"),
        _option("Type", ("Inventory", "Service", "Non-Inventory"), "type", "type", "Type"),
        _code(
            "Base Unit of Measure",
            10,
            "baseUnitOfMeasure",
            "baseUnitOfMeasureCode",
            "Base_Unit_of_Measure",
            relation="Unit of Measure",
        ),
        _decimal("Unit Price", "unitPrice", "unitPrice", "Unit_Price"),
        _decimal("Unit Cost", "unitCost", "unitCost", "Unit_Cost"),
        _decimal("Unit Volume", "unitVolume", None, "Unit_Volume"),
        _decimal("Gross Weight", "grossWeight", None, "Gross_Weight"),
        _code("Vendor No.", 20, "vendorNumber", None, "Vendor_No"),
        _text("Vendor Item No.", 50, "vendorItemNumber", None, "Vendor_Item_No"),
        _decimal("Inventory", "inventory", "inventory", "Inventory", calculated=True),
        _flag("Blocked", "blocked", "blocked", "Blocked"),
    ),
    api_v2_set="items",
    page_service="ItemCard",
    page_number=30,
    number_series="1000",
)

ITEM_UNIT_OF_MEASURE = FinancialsTable(
    "Item Unit of Measure",
    5404,
    ("Item No.", "Code"),
    "itemUnitsOfMeasure",
    72111,
    (
        _code("Item No.", 20, "itemNumber", None, "Item_No", relation="Item"),
        _code("Code", 10, "code", None, "Code", relation="Unit of Measure"),
        _decimal("Qty. per Unit of Measure", "quantityPerUnitOfMeasure", None, "Qty_per_Unit_of_Measure"),
    ),
    page_service="ItemUnitsOfMeasure",
    page_number=5404,
)

RESOURCE = FinancialsTable(
    "Resource",
    156,
    ("No.",),
    "resources",
    72112,
    (
        _code("No.", 20, "number", None, "No"),
        _text("Name", 100, "name", None, "Name"),
        _option("Type", ("Person", "Machine"), "type", None, "Type"),
        _code(
            "Base Unit of Measure", 10, "baseUnitOfMeasure", None, "Base_Unit_of_Measure", relation="Unit of Measure"
        ),
        _decimal("Unit Price", "unitPrice", None, "Unit_Price"),
        _decimal("Unit Cost", "unitCost", None, "Unit_Cost"),
        _code("Vendor No.", 20, "vendorNumber", None, "Vendor_No"),
        _decimal("Capacity", "capacity", None, "Capacity", calculated=True),
        _flag("Blocked", "blocked", None, "Blocked"),
    ),
    page_service="ResourceCard",
    page_number=76,
    number_series="R0010",
)

CUSTOMER_PRICE_GROUP = FinancialsTable(
    "Customer Price Group",
    6,
    ("Code",),
    "customerPriceGroups",
    72113,
    (
        _code("Code", 10, "code", None, "Code"),
        _text("Description", 100, "description", None, "Description"),
        _flag("Price Includes VAT", "priceIncludesVat", None, "Price_Includes_VAT"),
        _flag("Allow Line Disc.", "allowLineDiscount", None, "Allow_Line_Disc"),
        _code("First Line Currency Code", 10, "firstLineCurrencyCode", calculated=True),
    ),
    page_service="CustomerPriceGroups",
    page_number=7,
)
"""``First Line Currency Code`` is the currency of the group's first sales price by primary key, blank for the local
currency or when there is none. The companion computes it; elsewhere the connector reads the first price."""

SALES_PRICE = FinancialsTable(
    "Sales Price",
    7002,
    (
        "Item No.",
        "Sales Type",
        "Sales Code",
        "Starting Date",
        "Currency Code",
        "Variant Code",
        "Unit of Measure Code",
        "Minimum Quantity",
    ),
    "salesPrices",
    72114,
    (
        _code("Item No.", 20, "itemNumber", None, "Item_No", relation="Item"),
        _option(
            "Sales Type",
            ("Customer", "Customer Price Group", "All Customers", "Campaign"),
            "salesType",
            None,
            "Sales_Type",
        ),
        _code("Sales Code", 20, "salesCode", None, "Sales_Code"),
        _date("Starting Date", "startingDate", None, "Starting_Date"),
        _code("Currency Code", 10, "currencyCode", None, "Currency_Code", relation="Currency"),
        _code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        _code(
            "Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"
        ),
        _decimal("Minimum Quantity", "minimumQuantity", None, "Minimum_Quantity"),
        _decimal("Unit Price", "unitPrice", None, "Unit_Price"),
        _date("Ending Date", "endingDate", None, "Ending_Date"),
        _flag("Price Includes VAT", "priceIncludesVat", None, "Price_Includes_VAT"),
        _flag("Allow Line Disc.", "allowLineDiscount", None, "Allow_Line_Disc"),
    ),
    page_service="SalesPrices",
    page_number=7002,
)

FINANCIALS_TABLES: dict[str, FinancialsTable] = {
    table.name: table
    for table in (
        SALESPERSON,
        CURRENCY,
        CURRENCY_EXCHANGE_RATE,
        PAYMENT_TERMS,
        SHIPMENT_METHOD,
        SHIPPING_AGENT,
        UNIT_OF_MEASURE,
        CUSTOMER,
        CONTACT,
        CONTACT_BUSINESS_RELATION,
        ITEM,
        ITEM_UNIT_OF_MEASURE,
        RESOURCE,
        CUSTOMER_PRICE_GROUP,
        SALES_PRICE,
    )
}
"""Table name in Business Central -> its catalogue entry. On the companion every table has ``id`` (SystemId),
``systemModifiedAt`` and ``systemRowVersion`` besides."""
