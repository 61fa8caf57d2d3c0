"""A make-believe Financials with a small shop, whose document engine can be asked for the price of an order line."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.sandbox.financials import FinancialsWorld
from services.sandbox.financials.documents.fields import ORDER
from services.sandbox.financials.pricing_switches import PricingMode
from services.sandbox.financials.values import stored
from services.sandbox.refusals import Refused

TODAY = "2026-11-22"
COMPANY = "0c0c0c0c-0000-4000-8000-000000000001"

Rows = dict[str, list[dict[str, Any]]]
"""Table -> rows by field name, in canonical values; fields that are left out are blank."""


@dataclass(frozen=True)
class LineQuestion:
    customer: str = "C1"
    currency: str | None = None
    """None: the customer's; empty: the local currency."""
    date: str = TODAY
    kind: str = "item"
    number: str = "I1"
    variant: str = ""
    unit: str = "PCS"
    quantity: str = "1"
    campaign: str = ""


@dataclass(frozen=True)
class EnginePrice:
    """What the order line says; decimal text. With an ``error`` the rest is empty."""

    unit_price: str = ""
    line_discount: str = ""
    includes_vat: bool = False
    error: str = ""
    line_amount: str = ""


SHOP: Rows = {
    "General Ledger Setup": [
        {
            "Primary Key": "",
            "LCY Code": "GBP",
            "Amount Rounding Precision": "0.01",
            "Unit-Amount Rounding Precision": "0.001",
        }
    ],
    "Currency": [
        {"Code": "EUR", "Amount Rounding Precision": "0.01", "Unit-Amount Rounding Precision": "0.01"},
        {"Code": "SEK", "Amount Rounding Precision": "0.01", "Unit-Amount Rounding Precision": "0.05"},
        {"Code": "USD", "Amount Rounding Precision": "0.01", "Unit-Amount Rounding Precision": "0.00001"},
    ],
    "Currency Exchange Rate": [
        {
            "Currency Code": "EUR",
            "Starting Date": "2025-01-01",
            "Exchange Rate Amount": "100",
            "Relational Exch. Rate Amount": "80",
        },
        {
            "Currency Code": "EUR",
            "Starting Date": "2026-12-01",
            "Exchange Rate Amount": "100",
            "Relational Exch. Rate Amount": "50",
        },
        {
            "Currency Code": "SEK",
            "Starting Date": "2025-01-01",
            "Exchange Rate Amount": "1",
            "Relational Exch. Rate Amount": "0.075",
        },
    ],
    "VAT Posting Setup": [
        {
            "VAT Bus. Posting Group": business,
            "VAT Prod. Posting Group": product,
            "VAT %": percent,
            "VAT Calculation Type": kind,
        }
        for business, product, percent, kind in (
            ("DOMESTIC", "STANDARD", "25", "Normal VAT"),
            ("DOMESTIC", "REDUCED", "10", "Normal VAT"),
            ("EU", "STANDARD", "25", "Reverse Charge VAT"),
            ("EU", "REDUCED", "10", "Reverse Charge VAT"),
            ("EXPORT", "STANDARD", "0", "Normal VAT"),
            ("EXPORT", "REDUCED", "0", "Normal VAT"),
            ("ABROAD", "STANDARD", "20", "Normal VAT"),
            ("ABROAD", "REDUCED", "6", "Normal VAT"),
            ("TAXED", "STANDARD", "7", "Sales Tax"),
            ("TAXED", "REDUCED", "7", "Sales Tax"),
        )
    ],
    "Unit of Measure": [{"Code": code} for code in ("PCS", "BOX", "PALLET", "HOUR", "DAY")],
    "Location": [{"Code": "EAST"}, {"Code": "WEST"}],
    "Customer Price Group": [{"Code": "RETAIL"}, {"Code": "TRADE"}],
    "Customer Discount Group": [{"Code": "LARGE"}, {"Code": "SMALL"}],
    "Item Discount Group": [{"Code": "PARTS"}, {"Code": "TOOLS"}],
    "Campaign": [{"No.": "CP1"}, {"No.": "CP2"}],
    "Item": [
        {
            "No.": "I1",
            "Description": "Chair",
            "Base Unit of Measure": "PCS",
            "Unit Price": "100",
            "VAT Prod. Posting Group": "STANDARD",
            "Item Disc. Group": "PARTS",
        },
        {
            "No.": "I2",
            "Description": "Gross",
            "Base Unit of Measure": "PCS",
            "Unit Price": "125",
            "Price Includes VAT": True,
            "VAT Bus. Posting Gr. (Price)": "DOMESTIC",
            "VAT Prod. Posting Group": "STANDARD",
        },
        {
            "No.": "I3",
            "Description": "Boxed",
            "Base Unit of Measure": "PCS",
            "Sales Unit of Measure": "BOX",
            "Unit Price": "3",
            "VAT Prod. Posting Group": "REDUCED",
        },
    ],
    "Item Unit of Measure": [
        {"Item No.": item, "Code": code, "Qty. per Unit of Measure": quantity}
        for item in ("I1", "I2", "I3")
        for code, quantity in (("BOX", "12"), ("PALLET", "480"))
    ],
    "Item Variant": [
        {"Item No.": "I1", "Code": "OAK", "Description": "Chair, oak"},
        {"Item No.": "I1", "Code": "BEECH"},
    ],
    "Resource": [
        {
            "No.": "R1",
            "Name": "Lina",
            "Base Unit of Measure": "HOUR",
            "Unit Price": "80",
            "VAT Prod. Posting Group": "REDUCED",
        }
    ],
    "Resource Unit of Measure": [
        {"Resource No.": "R1", "Code": "HOUR", "Qty. per Unit of Measure": "1"},
        {"Resource No.": "R1", "Code": "DAY", "Qty. per Unit of Measure": "8"},
    ],
    "Customer": [
        {
            "No.": "C1",
            "Name": "Adatum",
            "Customer Price Group": "RETAIL",
            "Customer Disc. Group": "LARGE",
            "VAT Bus. Posting Group": "DOMESTIC",
            "Allow Line Disc.": True,
            "Location Code": "EAST",
        },
        {
            "No.": "C2",
            "Name": "Gross",
            "Currency Code": "EUR",
            "VAT Bus. Posting Group": "ABROAD",
            "Prices Including VAT": True,
            "Allow Line Disc.": True,
        },
        {
            "No.": "C3",
            "Name": "Branch",
            "Bill-to Customer No.": "C1",
            "Customer Price Group": "TRADE",
            "VAT Bus. Posting Group": "EXPORT",
            "Currency Code": "SEK",
            "Location Code": "WEST",
        },
        {"No.": "C4", "Name": "No discounts", "Customer Disc. Group": "LARGE", "VAT Bus. Posting Group": "DOMESTIC"},
        {
            "No.": "C5",
            "Name": "Reverse",
            "VAT Bus. Posting Group": "EU",
            "Prices Including VAT": True,
            "Allow Line Disc.": True,
        },
    ],
}
"""What is there before anybody adds a price."""

_LIST_LINE: dict[str, Any] = {
    "Price Type": "Sale",
    "Status": "Active",
    "Source Type": "All Customers",
    "Asset Type": "Item",
    "Asset No.": "I1",
    "Amount Type": "Price",
    "Allow Line Disc.": True,
}
_SALES_PRICE: dict[str, Any] = {"Item No.": "I1", "Sales Type": "All Customers", "Allow Line Disc.": True}
_LINE_DISCOUNT: dict[str, Any] = {"Type": "Item", "Code": "I1", "Sales Type": "All Customers"}


class PricedCompany:
    """``ask`` answers with what an order line of that question says once it is stored."""

    def __init__(self, mode: PricingMode = "price_lists", rows: Rows | None = None) -> None:
        self.world = FinancialsWorld(lambda: datetime(2026, 11, 22, 10, tzinfo=UTC))
        self.company = self.world.add_company(COMPANY, "Priced Ltd.")
        self.company.pricing.mode = mode
        for table, found in (SHOP if rows is None else rows).items():
            self.add_all(table, found)

    def add_all(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Rows that need no checking, of a table that is still empty."""
        given = []
        for number, row in enumerate(rows):
            values = {name: stored(table, self.company.tables[table].table[name], value) for name, value in row.items()}
            given.append({"SystemId": f"{abs(hash(table)) % 0xFFFFFFFF:08x}-0000-4000-8000-{number:012x}", **values})
        self.company.load(table, given, "2025-01-01T00:00:00.000Z")

    def add(self, table: str, values: dict[str, Any]) -> None:
        self.world.insert(table, values)

    def list_line(self, price: str | None = None, **values: Any) -> None:
        """A line of a price list, by default an active price of I1 for all customers; lines are numbered as they come.
        Further fields are named as in the table, with ``_`` for blanks: ``Variant_Code="OAK"``."""
        number = 10_000 * (1 + self.world.count("Price List Line"))
        row = {**_LIST_LINE, "Line No.": number, **({} if price is None else {"Unit Price": price}), **_named(values)}
        code = row.setdefault("Price List Code", "S00001")
        if not any(header["Code"] == code for header in self.world.dump("Price List Header")):
            self.add("Price List Header", {"Code": code})
        self.add("Price List Line", row)

    def sales_price(self, price: str, **values: Any) -> None:
        """A sales price, by default of I1 for all customers."""
        self.add("Sales Price", {**_SALES_PRICE, "Unit Price": price, **_named(values)})

    def line_discount(self, percent: str, **values: Any) -> None:
        """A sales line discount, by default of I1 for all customers."""
        self.add("Sales Line Discount", {**_LINE_DISCOUNT, "Line Discount %": percent, **_named(values)})

    def ask(self, question: LineQuestion | None = None, **changes: Any) -> EnginePrice:
        """The price that the line of a new order gets."""
        asked = question or LineQuestion(**changes)
        documents = self.company.documents
        header: dict[str, Any] = {"Sell-to Customer No.": asked.customer}
        if asked.currency is not None:
            header["Currency Code"] = asked.currency
        header |= {"Order Date": asked.date, "Posting Date": asked.date, "Campaign No.": asked.campaign}
        line: dict[str, Any] = {"Type": asked.kind.capitalize(), "No.": asked.number}
        if asked.variant:
            line["Variant Code"] = asked.variant
        if asked.unit:
            line["Unit of Measure Code"] = asked.unit
        field = ORDER.line["Quantity"]
        line["Quantity"] = stored("Sales Line", field, asked.quantity)
        try:
            with self.world.transaction():
                order = documents.create(ORDER, header)
                row = documents.add_line(ORDER, order, line)
        except Refused as refusal:
            return EnginePrice(error=refusal.message)
        values, document = row.values, documents.header_of(ORDER, row).values
        return EnginePrice(
            f"{values['Unit Price']:f}",
            f"{values['Line Discount %']:f}",
            document["Prices Including VAT"],
            line_amount=f"{values['Line Amount']:f}",
        )

    def price(self, **changes: Any) -> str:
        """Unit price of a line, or what Financials says instead."""
        found = self.ask(**changes)
        return found.error or found.unit_price

    def discount(self, **changes: Any) -> str:
        found = self.ask(**changes)
        return found.error or found.line_discount


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments as field names."""
    short = {"No": "No.", "Source_No": "Source No.", "Asset_No": "Asset No.", "Disc": "Line Discount %"}
    long = {"VAT_Group": "VAT Bus. Posting Gr. (Price)", "Allow": "Allow Line Disc.", "Unit": "Unit of Measure Code"}
    known = {
        **short,
        **long,
        "List": "Price List Code",
        "Minimum": "Minimum Quantity",
        "Including": "Price Includes VAT",
    }
    return {known.get(name, name.replace("_", " ")): value for name, value in values.items()}
