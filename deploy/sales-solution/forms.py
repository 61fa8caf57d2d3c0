"""The main forms of order and quote lines: forms of our own, beside whatever forms a company has made its own. And
the plain form of a table that a solution brings.

A managed solution could also add the panel to Microsoft's form. That form may long be somebody's own work, a change of
ours would lie beneath or above theirs, and its id is not ours to rely on. docs/order-line.md says how to put the panel
onto another form by hand.
"""

from contents import Labels, OwnTable, Solution, Table, braced, stable_id
from markup import Element, element, labels, texts

PANEL = "tandem_/orderline/panel.html"
LIBRARY = "tandem_/orderline/form.js"
HANDLER = "Tandem.OrderLine.onLoad"
CONTROL = "WebResource_tandem_orderline"
PANEL_ROWS = 16
CONTROLS = {
    "text": "{4273EDBD-AC1D-40D3-9FB2-095C621B552D}",
    "lookup": "{270BD3DB-D9AF-4782-9025-509E298DEC0A}",
    "decimal": "{C3EFE0C3-0EC6-42BE-8349-CBD9079DFD8E}",
    "money": "{533B9E00-756B-4312-95A0-DC888637AC78}",
    "date": "{5B773807-9FB2-42DB-97C3-7A91EFF8ADFF}",
    "moment": "{5B773807-9FB2-42DB-97C3-7A91EFF8ADFF}",
    "yes_no": "{67FAC785-CD58-4F9F-ABB3-4B7DDC6ED5ED}",
    "web_resource": "{9FDF5F91-88B1-47F4-AD53-C11EFC01A01D}",
}
"""Ids of the control classes, as the form XML reference gives them."""
Field = tuple[str, str, Labels]
_PRODUCT: list[Field] = [
    ("isproductoverridden", "yes_no", {1033: "Select product", 1053: "Välj produkt"}),
    ("productid", "lookup", {1033: "Existing product", 1053: "Befintlig produkt"}),
    ("productdescription", "text", {1033: "Write-in product", 1053: "Fritextprodukt"}),
    ("uomid", "lookup", {1033: "Unit", 1053: "Enhet"}),
    ("quantity", "decimal", {1033: "Quantity", 1053: "Antal"}),
]
_PRICING: list[Field] = [
    ("ispriceoverridden", "yes_no", {1033: "Pricing", 1053: "Prissättning"}),
    ("priceperunit", "money", {1033: "Price per unit", 1053: "Pris per enhet"}),
    ("manualdiscountamount", "money", {1033: "Manual discount", 1053: "Manuell rabatt"}),
    ("tax", "money", {1033: "Tax", 1053: "Moms"}),
    ("extendedamount", "money", {1033: "Extended amount", 1053: "Totalt belopp"}),
]
_PARENTS: dict[str, Labels] = {
    "salesorderid": {1033: "Order", 1053: "Order"},
    "quoteid": {1033: "Quote", 1053: "Offert"},
}


def system_form(solution: Solution, table: Table) -> Element:
    """The ``systemform`` element of one table."""
    description = {
        1033: "Line form with availability and price from Financials.",
        1053: "Radformulär med tillgänglighet och pris från Financials.",
    }
    return _system_form(solution, braced(table.form_id), _form(solution, table), table.form_title, description)


def own_form(solution: Solution, table: OwnTable) -> Element:
    """The same for a table that the solution brings: its columns, for reading, since Tandem alone writes its rows."""
    fields = [(column.name, column.type, column.title) for column in table.columns]
    section = _section(table, "general", {1033: "General", 1053: "Allmänt"}, fields, disabled=True)
    form = element("form", element("tabs", _tab(table, _column("100%", section))), _shown_to_everyone())
    title = {1033: "Information", 1053: "Information"}
    return _system_form(solution, stable_id(table.name, "form"), form, title, table.description)


def _system_form(solution: Solution, id: str, form: Element, title: Labels, description: Labels) -> Element:
    return element(
        "systemform",
        *texts(formid=id, IntroducedVersion=solution.version, FormPresentation=1, FormActivationState=1),
        form,
        *texts(IsCustomizable=1, CanBeDeleted=1),
        labels("LocalizedNames", "LocalizedName", title),
        labels("Descriptions", "Description", description),
    )


def _form(solution: Solution, table: Table) -> Element:
    parent = (table.parent, "lookup", _PARENTS[table.parent])
    kept = [(column.name, column.type, column.title) for column in solution.columns]
    left = [
        _section(table, "product", {1033: "Product", 1053: "Produkt"}, [parent, *_PRODUCT]),
        _section(table, "pricing", {1033: "Pricing", 1053: "Prissättning"}, _PRICING),
        _section(
            table, "lookedup", {1033: "Looked up in Financials", 1053: "Uppslaget i Financials"}, kept, disabled=True
        ),
    ]
    return element(
        "form",
        element("tabs", _tab(table, _column("40%", *left), _column("60%", _panel_section(solution, table)))),
        element(
            "events",
            element(
                "event",
                element(
                    "Handlers",
                    element(
                        "Handler",
                        functionName=HANDLER,
                        libraryName=LIBRARY,
                        handlerUniqueId=stable_id(table.name, "handler"),
                        enabled="true",
                        parameters="",
                        passExecutionContext="true",
                    ),
                ),
                name="onload",
                application="false",
                active="false",
            ),
        ),
        element("formLibraries", element("Library", name=LIBRARY, libraryUniqueId=stable_id(table.name, "library"))),
        _shown_to_everyone(),
    )


def _shown_to_everyone() -> Element:
    return element("DisplayConditions", element("Everyone"), Order=0, FallbackForm="true")


def _column(width: str, *sections: Element) -> Element:
    return element("column", element("sections", *sections), width=width)


def _tab(table: Table | OwnTable, *columns: Element) -> Element:
    return element(
        "tab",
        labels("labels", "label", {1033: "General", 1053: "Allmänt"}),
        element("columns", *columns),
        name="tandem_general",
        verticallayout="true",
        id=stable_id(table.name, "tab"),
        IsUserDefined=1,
        showlabel="true",
        expanded="true",
    )


def _section(table: Table | OwnTable, name: str, title: Labels, fields: list[Field], disabled: bool = False) -> Element:
    rows = [element("row", _cell(table, name, field, disabled)) for field in fields]
    return _section_of(table, name, title, rows)


def _section_of(table: Table | OwnTable, name: str, title: Labels, rows: list[Element]) -> Element:
    return element(
        "section",
        labels("labels", "label", title),
        element("rows", *rows),
        name=f"tandem_{name}",
        showlabel="true",
        showbar="false",
        id=stable_id(table.name, "section", name),
        IsUserDefined=0,
        columns=1,
        labelwidth=130,
    )


def _cell(table: Table | OwnTable, section: str, field: Field, disabled: bool) -> Element:
    name, kind, title = field
    locked = {"disabled": "true"} if disabled else {}
    return element(
        "cell",
        labels("labels", "label", title),
        element("control", id=name, classid=CONTROLS[kind], datafieldname=name, **locked),
        id=stable_id(table.name, "cell", section, name),
        showlabel="true",
        locklevel=0,
    )


def _panel_section(solution: Solution, table: Table) -> Element:
    title = {1033: "Availability and price", 1053: "Tillgänglighet och pris"}
    parameters = texts(
        Url=PANEL,
        PassParameters="false",
        ShowOnMobileClient="true",
        Security="false",
        Scrolling="auto",
        Border="false",
        WebResourceId=braced(solution.web_resource(PANEL).id),
    )
    control = element("control", element("parameters", *parameters), id=CONTROL, classid=CONTROLS["web_resource"])
    cell = element(
        "cell",
        labels("labels", "label", title),
        control,
        id=stable_id(table.name, "cell", "panel"),
        showlabel="false",
        locklevel=0,
        rowspan=PANEL_ROWS,
        colspan=1,
        auto="false",
    )
    # A cell that spans rows is followed by the empty rows that it covers.
    rows = [element("row", cell), *(element("row") for _ in range(PANEL_ROWS - 1))]
    return _section_of(table, "panel", title, rows)
