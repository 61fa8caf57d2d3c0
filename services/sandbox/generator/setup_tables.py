"""The small tables of the company: salespeople, currencies with rates, terms, methods, agents, units."""

from decimal import Decimal
from typing import NamedTuple

from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Expected, Row, blank_row

CURRENCY_WITHOUT_RATE = "XDR"
SALESPERSON_WITHOUT_USER = "NB"


class Person(NamedTuple):
    code: str
    name: str
    email: str
    phone: str
    title: str


SALESPEOPLE = (
    Person("JO", "Jim Olive", "jim.olive@cronus.example", "+44 20 7946 0101", "Sales Manager"),
    Person("PS", "Peter Saddow", "peter.saddow@cronus.example", "+44 20 7946 0102", "Sales Representative"),
    Person("LT", "Linda Timm", "linda.timm@cronus.example", "+44 20 7946 0103", "Sales Representative"),
    Person("EM", "Ester Müller", "ester.muller@cronus.example", "+44 20 7946 0104", "Key Account Manager"),
    Person("OF", "Otis Falls", "otis.falls@cronus.example", "+44 20 7946 0105", ""),
    Person("DC", "Debra L. Core", "debra.core@cronus.example", "", "Inside Sales"),
    Person("HR", "Helena Ray", "helena.ray@cronus.example", "+44 20 7946 0107", "Sales Representative"),
    Person("BD", 'Bart "Boss" Duncan', "bart.duncan@cronus.example", "+44 20 7946 0108", "Purchaser"),
    Person(SALESPERSON_WITHOUT_USER, "Nancy Buchanan", "nancy.buchanan@cronus.example", "", "On leave"),
)

# code, description, symbol, and local currency for 100 units in 2023, 2024, 2025
_CURRENCIES = (
    ("AUD", "Australian dollar", "$", ("54.3", "52.1", "49.9")),
    ("CAD", "Canadian dollar", "$", ("61.2", "59.3", "55.6")),
    ("CHF", "Swiss franc", "CHF", ("89.4", "92.7", "88.8")),
    ("CZK", "Czech koruna", "Kč", ("3.71", "3.52", "3.31")),
    ("DKK", "Danish krone", "kr.", ("11.9", "11.63", "11.12")),
    ("EUR", "Euro", "€", ("88.53", "86.74", "82.95")),
    ("JPY", "Japanese yen", "¥", ("0.6312", "0.5566", "0.5081")),
    ("NOK", "Norwegian krone", "kr", ("8.41", "7.73", "7.04")),
    ("SEK", "Swedish krona", "kr", ("7.96", "7.81", "7.24")),
    ("USD", "US dollar", "$", ("82.69", "78.55", "79.9")),
    ("ZAR", "South African rand", "R", ("4.87", "4.29", "4.23")),
    (CURRENCY_WITHOUT_RATE, "Special drawing rights", "", ()),
)
CURRENCIES = tuple(code for code, *_ in _CURRENCIES)
USABLE_CURRENCIES = tuple(code for code, _, _, rates in _CURRENCIES if rates)

PAYMENT_TERMS = (
    ("30 DAYS", "Net 30 days"),
    ("14 DAYS", "Net 14 days"),
    ("21 DAYS", "Net 21 days"),
    ("1M(8D)", "1 Month/2% 8 days"),
    ("CM", "Current Month"),
    ("COD", "Cash on delivery"),
)
SHIPMENT_METHODS = (
    ("CIF", "Cost Insurance and Freight"),
    ("DDP", "Delivered Duty Paid"),
    ("EXW", "Ex Works"),
    ("FCA", "Free Carrier"),
    ("FOB", "Free on Board"),
    ("PICKUP", "Pickup at Location"),
)
SHIPPING_AGENTS = (
    ("DHL", "DHL Systems, Inc."),
    ("FEDEX", "Federal Express Corporation"),
    ("OWN LOG.", "Own Logistics"),
    ("UPS", "United Parcel Service of America, Inc."),
)
UNITS = (
    ("PCS", "Piece", "EA"),
    ("BOX", "Box", "BX"),
    ("CAN", "Can", "CA"),
    ("DAY", "Day", "DAY"),
    ("HOUR", "Hour", "HUR"),
    ("KG", "Kilogram", "KGM"),
    ("L", "Litre", "LTR"),
    ("PACK", "Pack", "PK"),
    ("PALLET", "Pallet", "PF"),
    ("SET", "Set", "SET"),
)


def salespeople(chance: Chance) -> list[Row]:
    return [
        blank_row("Salesperson/Purchaser")
        | {
            "SystemId": chance.guid(),
            "Code": person.code,
            "Name": person.name,
            "E-Mail": person.email,
            "Phone No.": person.phone,
            "Job Title": person.title,
        }
        for person in SALESPEOPLE
    ]


def currencies(chance: Chance) -> tuple[list[Row], list[Row], list[Expected]]:
    """Currencies, their exchange rates, and the one that cannot be carried over for want of a rate."""
    rows: list[Row] = []
    rates: list[Row] = []
    expected = []
    for code, description, symbol, yearly in _CURRENCIES:
        row = blank_row("Currency") | {
            "SystemId": chance.guid(),
            "Code": code,
            "Description": description,
            "Symbol": symbol,
            "ISO Code": code,
        }
        rows.append(row)
        for year, rate in zip((2023, 2024, 2025), yearly, strict=False):
            rates.append(_rate(chance, code, f"{year}-01-01", rate))
        if yearly:
            # A rate of the far future: no reading of today may use it.
            rates.append(_rate(chance, code, "2999-01-01", "1"))
        else:
            expected.append(Expected("CURRENCY", code, "fail", "no exchange rate", row["SystemId"]))
    return rows, rates, expected


def _rate(chance: Chance, code: str, day: str, amount: str) -> Row:
    return blank_row("Currency Exchange Rate") | {
        "SystemId": chance.guid(),
        "Currency Code": code,
        "Starting Date": day,
        "Exchange Rate Amount": Decimal(100),
        "Relational Exch. Rate Amount": Decimal(amount),
    }


def described(table: str, label: str, pairs: tuple[tuple[str, str], ...], chance: Chance) -> list[Row]:
    """Rows of a table that is no more than a code and a label."""
    return [blank_row(table) | {"SystemId": chance.guid(), "Code": code, label: text} for code, text in pairs]


def units(chance: Chance) -> list[Row]:
    return [
        blank_row("Unit of Measure")
        | {"SystemId": chance.guid(), "Code": code, "Description": text, "International Standard Code": standard}
        for code, text, standard in UNITS
    ]
