"""The same company in the shapes of ``libs/contracts/lookups.py``: straight from its tables, past every surface."""

from typing import Any

from libs.contracts.lookup_facts import CompanyFacts, CustomerFacts, PriceLineData, ProductFacts
from tests.price_cases.priced_company import LineQuestion, PricedCompany

_SOURCES = {
    "All Customers": "all_customers",
    "Customer": "customer",
    "Customer Price Group": "customer_price_group",
    "Customer Disc. Group": "customer_discount_group",
    "Campaign": "campaign",
}
_ASSETS = {
    "Item": "item",
    "Item Discount Group": "item_discount_group",
    "Item Disc. Group": "item_discount_group",
    "Resource": "resource",
}
_AMOUNTS = {"Any": "any", "Price": "price", "Discount": "discount"}


def customer_facts(company: PricedCompany, number: str) -> CustomerFacts:
    row = _row(company, "Customer", number)
    return CustomerFacts(
        number=number,
        bill_to=row["Bill-to Customer No."] or number,
        price_group=row["Customer Price Group"],
        discount_group=row["Customer Disc. Group"],
        currency=row["Currency Code"],
        location=row["Location Code"],
        prices_include_vat=row["Prices Including VAT"],
        allow_line_discount=row["Allow Line Disc."],
        vat_business_group=row["VAT Bus. Posting Group"],
        blocked=row["Blocked"].strip(),
    )


def product_facts(company: PricedCompany, question: LineQuestion) -> ProductFacts:
    is_item = question.kind == "item"
    row = _row(company, question.kind.capitalize(), question.number)
    table, owner = ("Item Unit of Measure", "Item No.") if is_item else ("Resource Unit of Measure", "Resource No.")
    units = {
        unit["Code"]: unit["Qty. per Unit of Measure"] for unit in _rows(company, table) if unit[owner] == row["No."]
    }
    variants = [
        found["Code"] for found in _rows(company, "Item Variant") if is_item and found["Item No."] == row["No."]
    ]
    return ProductFacts(
        kind=question.kind,
        number=row["No."],
        type=row["Type"],
        base_unit=row["Base Unit of Measure"],
        sales_unit=row.get("Sales Unit of Measure", "") or row["Base Unit of Measure"],
        units={row["Base Unit of Measure"]: "1"} | units,
        variants=variants,
        unit_price=row["Unit Price"],
        price_includes_vat=row.get("Price Includes VAT", False),
        price_vat_business_group=row.get("VAT Bus. Posting Gr. (Price)", ""),
        vat_product_group=row["VAT Prod. Posting Group"],
        discount_group=row.get("Item Disc. Group", ""),
        blocked=row["Blocked"] or row.get("Sales Blocked", False),
    )


def company_facts(company: PricedCompany) -> CompanyFacts:
    """Without ``group_discounts``: :func:`price_lines` has all lines."""
    [setup] = _rows(company, "General Ledger Setup")
    precisions = [("", setup), *((row["Code"], row) for row in _rows(company, "Currency"))]
    return CompanyFacts(
        local_currency=setup["LCY Code"],
        currencies=[
            {
                "code": code,
                "unit_amount_precision": row["Unit-Amount Rounding Precision"],
                "amount_precision": row["Amount Rounding Precision"],
            }
            for code, row in precisions
        ],
        rates=[
            {
                "currency": row["Currency Code"],
                "starting": row["Starting Date"] or "",
                "amount": row["Exchange Rate Amount"],
                "local_amount": row["Relational Exch. Rate Amount"],
                "relational_currency": row["Relational Currency Code"],
            }
            for row in _rows(company, "Currency Exchange Rate")
        ],
        vat=[
            {
                "business_group": row["VAT Bus. Posting Group"],
                "product_group": row["VAT Prod. Posting Group"],
                "percent": row["VAT %"] if row["VAT Calculation Type"] == "Normal VAT" else "0",
            }
            for row in _rows(company, "VAT Posting Setup")
            if row["VAT Calculation Type"] != "Sales Tax"
        ],
        group_discounts=[],
    )


def price_lines(company: PricedCompany) -> list[PriceLineData]:
    """Every active line of the generation of pricing that the company uses, for whatever product and customer."""
    if company.company.pricing.uses_price_lists:
        rows = _rows(company, "Price List Line")
        sold = [row for row in rows if row["Status"] == "Active" and row["Price Type"] == "Sale"]
        return [_list_line(row) for row in sold if row["Source Type"] in _SOURCES]
    prices = [_sales_price(row) for row in _rows(company, "Sales Price")]
    return prices + [_line_discount(row) for row in _rows(company, "Sales Line Discount")]


def _list_line(row: dict[str, Any]) -> PriceLineData:
    return PriceLineData(
        origin="price_list",
        list=row["Price List Code"],
        line=str(row["Line No."]),
        source_type=_SOURCES[row["Source Type"]],
        source=row["Source No."],
        asset_type=_ASSETS[row["Asset Type"]],
        asset=row["Asset No."],
        amount=_AMOUNTS[row["Amount Type"]],
        unit_price=row["Unit Price"],
        line_discount=row["Line Discount %"],
        allow_line_discount=row["Allow Line Disc."],
        price_includes_vat=row["Price Includes VAT"],
        vat_business_group=row["VAT Bus. Posting Gr. (Price)"],
        **_valid(row),
    )


def _sales_price(row: dict[str, Any]) -> PriceLineData:
    return PriceLineData(
        origin="sales_price",
        list="",
        line="",
        source_type=_SOURCES[row["Sales Type"]],
        source=row["Sales Code"],
        asset_type="item",
        asset=row["Item No."],
        amount="price",
        unit_price=row["Unit Price"],
        line_discount="0",
        allow_line_discount=row["Allow Line Disc."],
        price_includes_vat=row["Price Includes VAT"],
        vat_business_group=row["VAT Bus. Posting Gr. (Price)"],
        **_valid(row),
    )


def _line_discount(row: dict[str, Any]) -> PriceLineData:
    return PriceLineData(
        origin="sales_line_discount",
        list="",
        line="",
        source_type=_SOURCES[row["Sales Type"]],
        source=row["Sales Code"],
        asset_type=_ASSETS[row["Type"]],
        asset=row["Code"],
        amount="discount",
        unit_price="0",
        line_discount=row["Line Discount %"],
        allow_line_discount=True,
        price_includes_vat=False,
        vat_business_group="",
        **_valid(row),
    )


def _valid(row: dict[str, Any]) -> Any:
    """What all three kinds of lines have in common."""
    return {
        "variant": row["Variant Code"],
        "unit": row["Unit of Measure Code"],
        "currency": row["Currency Code"],
        "minimum_quantity": row["Minimum Quantity"],
        "starting": row["Starting Date"] or "",
        "ending": row["Ending Date"] or "",
    }


def _rows(company: PricedCompany, table: str) -> list[dict[str, Any]]:
    return company.world.dump(table)


def _row(company: PricedCompany, table: str, key: str) -> dict[str, Any]:
    return next(row for row in _rows(company, table) if row[company.company.tables[table].table.key[0]] == key)
