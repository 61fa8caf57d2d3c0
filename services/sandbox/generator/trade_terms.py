"""What decides a customer's prices: groups, VAT, campaigns, rounding, and which of it each customer and product has."""

from collections.abc import Iterable
from decimal import Decimal

from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import LOCAL_CURRENCY, LOCAL_CURRENCY_SYMBOL, Row, blank_row
from services.sandbox.generator.setup_tables import described

DOMESTIC, EU, EXPORT = "DOMESTIC", "EU", "EXPORT"
STANDARD, REDUCED, ZERO = "STANDARD", "REDUCED", "ZERO"
DISCOUNT_GROUPS = (("DISTRIBUTE", "Distributors"), ("LARGE ACC", "Large accounts"), ("SMALL ACC", "Small accounts"))
ITEM_DISCOUNT_GROUPS = (("A", "Fast movers"), ("FINISHED", "Finished goods"), ("RESALE", "Goods for resale"))
CAMPAIGNS = (
    ("CP0001", "Spring fair", "2024-03-01", "2999-12-31"),
    ("CP0002", "Clearance", "2024-01-01", "2999-12-31"),
    ("CP0003", "Christmas of long ago", "2020-12-01", "2020-12-31"),
)

_UNION = frozenset({"DE", "DK", "SE", "FR", "SI", "NL"})
_PERCENT = {STANDARD: 20, REDUCED: 5, ZERO: 0}
_NORMAL, _REVERSE = "Normal VAT", "Reverse Charge VAT"
# Currency -> rounding of amounts, rounding of unit amounts; all others as the local currency.
_ROUNDING = {
    "CHF": ("0.05", "0.001"),
    "CZK": ("0.1", "0.001"),
    "EUR": ("0.01", "0.00001"),
    "JPY": ("1", "0.1"),
    "NOK": ("0.01", "0.01"),
    "SEK": ("0.01", "0.01"),
    "USD": ("0.01", "0.0001"),
}
_USUAL_ROUNDING = ("0.01", "0.001")


def general_ledger_setup(chance: Chance) -> list[Row]:
    return [
        blank_row("General Ledger Setup")
        | {
            "SystemId": chance.guid(),
            "LCY Code": LOCAL_CURRENCY,
            "Local Currency Symbol": LOCAL_CURRENCY_SYMBOL,
            "Amount Rounding Precision": Decimal("0.01"),
            "Unit-Amount Rounding Precision": Decimal("0.00001"),
        }
    ]


def vat_posting_setup(chance: Chance) -> list[Row]:
    """20, 5 and 0 percent at home; customers in the union account for it themselves, exports bear none."""
    rows = []
    for business in (DOMESTIC, EU, EXPORT):
        for product, percent in _PERCENT.items():
            rows.append(
                {
                    "SystemId": chance.guid(),
                    "VAT Bus. Posting Group": business,
                    "VAT Prod. Posting Group": product,
                    "VAT Calculation Type": _REVERSE if business == EU else _NORMAL,
                    "VAT %": Decimal(0 if business == EXPORT else percent),
                }
            )
    return rows


def campaigns(chance: Chance) -> list[Row]:
    return [
        {"SystemId": chance.guid(), "No.": number, "Description": text, "Starting Date": first, "Ending Date": last}
        for number, text, first, last in CAMPAIGNS
    ]


def customer_discount_groups(chance: Chance) -> list[Row]:
    return described("Customer Discount Group", "Description", DISCOUNT_GROUPS, chance)


def item_discount_groups(chance: Chance) -> list[Row]:
    return described("Item Discount Group", "Description", ITEM_DISCOUNT_GROUPS, chance)


def give_rounding(currencies: Iterable[Row]) -> None:
    for row in currencies:
        amount, unit_amount = _ROUNDING.get(row["Code"], _USUAL_ROUNDING)
        row["Amount Rounding Precision"] = Decimal(amount)
        row["Unit-Amount Rounding Precision"] = Decimal(unit_amount)


def give_terms(chance: Chance, customers: list[Row], locations: tuple[str, ...]) -> None:
    """Terms of all customers; every twentieth or so is billed to one before it, who pays for himself."""
    groups = ("", "", *(code for code, _ in DISCOUNT_GROUPS))
    wanted_locations = ("", "", *locations)
    payer = ""
    for row in customers:
        country = row["Country/Region Code"]
        row["VAT Bus. Posting Group"] = DOMESTIC if country in {"", "GB"} else EU if country in _UNION else EXPORT
        row["Customer Disc. Group"] = chance.one_of(groups)
        row["Location Code"] = chance.one_of(wanted_locations)
        row["Prices Including VAT"] = chance.happens(0.2)
        row["Allow Line Disc."] = chance.happens(0.9)
        billed_elsewhere = chance.happens(0.06)
        if billed_elsewhere and payer:
            row["Bill-to Customer No."] = payer
        elif row["Blocked"] == " ":
            payer = row["No."]


def give_product_terms(chance: Chance, items: list[Row], units_of: dict[str, list[str]], resources: list[Row]) -> None:
    """VAT, discount group and sales unit of all products."""
    products = (*(STANDARD,) * 8, REDUCED, ZERO)
    groups = ("", "", "", *(code for code, _ in ITEM_DISCOUNT_GROUPS))
    for row in items:
        row["VAT Prod. Posting Group"] = chance.one_of(products)
        row["Item Disc. Group"] = chance.one_of(groups)
        row["Sales Unit of Measure"] = row["Base Unit of Measure"]
        if row["No."] in units_of and chance.happens(0.4):
            row["Sales Unit of Measure"] = chance.one_of(units_of[row["No."]])
        if chance.happens(0.06):
            row["Price Includes VAT"] = True
            row["VAT Bus. Posting Gr. (Price)"] = DOMESTIC
        row["Sales Blocked"] = chance.happens(0.01)
    for row in resources:
        row["VAT Prod. Posting Group"] = STANDARD
