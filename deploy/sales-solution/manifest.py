"""solution.xml: who publishes what version of which components, and what must be there before."""

from contents import Solution, Table, braced
from markup import Element, element, labels, texts

ENTITY, ROLE, FORM, WEB_RESOURCE, VARIABLE = 1, 20, 60, 61, 380
"""Component types, as Dataverse numbers them."""
WHOLE, SHELL_ONLY = 0, 2
"""All of the component is ours; or of the table itself nothing, just the columns and the form."""
SALES_SOLUTION = "msdynce_Sales (9.0.0.0)"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_ADDRESS = (
    "City", "County", "Country", "Fax", "FreightTermsCode", "ImportSequenceNumber", "Latitude", "Line1", "Line2",
    "Line3", "Longitude", "Name", "PostalCode", "PostOfficeBox", "PrimaryContactName",
)  # fmt: skip
_ADDRESS_END = ("StateOrProvince", "Telephone1", "Telephone2", "Telephone3", "TimeZoneRuleVersionNumber", "UPSZone",
                "UTCOffset", "UTCConversionTimeZoneCode")  # fmt: skip


def manifest(solution: Solution) -> Element:
    """The whole file."""
    return element(
        "ImportExportXml",
        element(
            "SolutionManifest",
            element("UniqueName", text=solution.name),
            labels("LocalizedNames", "LocalizedName", solution.title),
            labels("Descriptions", "Description", solution.description),
            *texts(Version=solution.version, Managed=1),
            _publisher(solution),
            element("RootComponents", *_root_components(solution)),
            element("MissingDependencies", *(_missing(table) for table in solution.tables if table.form_id)),
        ),
        version="9.2.0.0",
        SolutionPackageVersion="9.2",
        languagecode=solution.languages[0],
        generatedBy="CrmLive",
    )


def _publisher(solution: Solution) -> Element:
    publisher = solution.publisher
    return element(
        "Publisher",
        element("UniqueName", text=publisher.name),
        labels("LocalizedNames", "LocalizedName", publisher.title),
        element("Descriptions"),
        _nil("EMailAddress"),
        _nil("SupportingWebsiteUrl"),
        *texts(CustomizationPrefix=publisher.prefix, CustomizationOptionValuePrefix=publisher.option_value_prefix),
        element("Addresses", _address(1), _address(2)),
    )


def _address(number: int) -> Element:
    return element(
        "Address",
        *texts(AddressNumber=number, AddressTypeCode=1),
        *(_nil(name) for name in _ADDRESS),
        *texts(ShippingMethodCode=1),
        *(_nil(name) for name in _ADDRESS_END),
    )


def _nil(name: str) -> Element:
    made = element(name)
    made.set(_NIL, "true")
    return made


def _root_components(solution: Solution) -> list[Element]:
    own = [_root(ENTITY, WHOLE, schemaName=table.name) for table in solution.own_tables]
    tables = [_root(ENTITY, SHELL_ONLY, schemaName=table.name) for table in solution.tables]
    roles = [_root(ROLE, WHOLE, id=braced(role.id)) for role in solution.roles]
    resources = [_root(WEB_RESOURCE, WHOLE, schemaName=item.name) for item in solution.web_resources]
    variables = [_root(VARIABLE, WHOLE, schemaName=item.name) for item in solution.variables]
    return [*own, *tables, *roles, *resources, *variables]


def _root(type: int, behavior: int, **key: str) -> Element:
    return element("RootComponent", type=type, **key, behavior=behavior)


def _missing(table: Table) -> Element:
    """The table comes with Microsoft's Sales."""
    required = {"type": ENTITY, "schemaName": table.name, "displayName": table.title, "solution": SALES_SOLUTION}
    dependent = {
        "type": FORM,
        "id": braced(table.form_id),
        "displayName": table.form_title[1033],
        "parentSchemaName": table.name,
        "parentDisplayName": table.title,
    }
    return element("MissingDependency", element("Required", **required), element("Dependent", **dependent))
