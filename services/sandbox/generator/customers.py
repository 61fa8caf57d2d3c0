"""Customers with their company contacts, and the persons who work there."""

from collections.abc import Callable
from decimal import Decimal

from services.sandbox.generator.awkward import NAMES, cut, overlong
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Expected, Row, blank_row
from services.sandbox.generator.setup_tables import (
    CURRENCY_WITHOUT_RATE,
    PAYMENT_TERMS,
    SALESPEOPLE,
    SALESPERSON_WITHOUT_USER,
    SHIPMENT_METHODS,
    SHIPPING_AGENTS,
    USABLE_CURRENCIES,
)
from services.sandbox.generator.words import (
    COMPANY_FORMS,
    COMPANY_STEMS,
    COMPANY_TRADES,
    FIRST_NAMES,
    MIDDLE_NAMES,
    PLACES,
    STREETS,
    SURNAMES,
)

_SALESPEOPLE = ("", *(person.code for person in SALESPEOPLE if person.code != SALESPERSON_WITHOUT_USER))
_TERMS = ("", *(code for code, _ in PAYMENT_TERMS))
_METHODS = ("", *(code for code, _ in SHIPMENT_METHODS))
_AGENTS = ("", *(code for code, _ in SHIPPING_AGENTS))
_CURRENCIES = ("", "", "", *USABLE_CURRENCIES)
_ADDRESS_FIELDS = (
    "Address", "Address 2", "Post Code", "City", "Country/Region Code", "County", "E-Mail", "Home Page", "Phone No.",
)  # fmt: skip

Twist = Callable[[Row, int], str]
"""Spoils a row in place; answers why it then cannot be carried over, or nothing when it can."""


def _awkward_name(row: Row, turn: int) -> str:
    row["Name"] = cut(NAMES[turn % len(NAMES)], 100)
    row["Address"] = cut(NAMES[(turn + 3) % len(NAMES)], 100)
    return ""


def _overlong(row: Row, turn: int) -> str:
    row["Name"] = overlong("Überlängen", 100)
    row["Home Page"] = "https://www.example.com/" + "a-very-long-path/" * 13 + "index.html"
    return ""


def _bare(row: Row, turn: int) -> str:
    for name, value in row.items():
        if name not in {"No.", "Name", "SystemId", "Blocked"}:
            row[name] = Decimal(0) if isinstance(value, Decimal) else ""
    return ""


def _negative_limit(row: Row, turn: int) -> str:
    row["Credit Limit (LCY)"] = Decimal(-1500 - turn)
    return "negative credit limit"


def _blocked(row: Row, turn: int) -> str:
    row["Blocked"] = ("Ship", "Invoice", "All")[turn % 3]
    return ""


def _salesperson_without_user(row: Row, turn: int) -> str:
    row["Salesperson Code"] = SALESPERSON_WITHOUT_USER
    return "salesperson is coupled to no user"


def _currency_without_rate(row: Row, turn: int) -> str:
    row["Currency Code"] = CURRENCY_WITHOUT_RATE
    return "currency is not coupled"


_TWISTS: tuple[Twist, ...] = (
    _awkward_name,
    _salesperson_without_user,
    _blocked,
    _overlong,
    _negative_limit,
    _bare,
    _currency_without_rate,
)


class Customers:
    """Everything that hangs on the customers; ``rows`` and the other lists are ready once it is made."""

    def __init__(self, chance: Chance, number: int) -> None:
        self.rows: list[Row] = []
        self.companies: list[Row] = []
        self.relations: list[Row] = []
        self.expected: list[Expected] = []
        self.left_out: set[str] = set()
        """Numbers of customers that will have no account: failed or blocked."""
        self.company_of: list[tuple[str, str]] = []
        """Per customer: its number, its company contact's number."""
        chosen = strange_places(number)
        blank = blank_row("Customer")
        for place in range(number):
            row = {**blank, **_ordinary(chance, place)}
            self.rows.append(row)
            turn = chosen.get(place)
            if turn is not None:
                reason = _TWISTS[turn % len(_TWISTS)](row, turn // len(_TWISTS))
                if reason:
                    self.expected.append(Expected("CUSTOMER", row["No."], "fail", reason, row["SystemId"]))
                if reason or row["Blocked"] != " ":
                    self.left_out.add(row["No."])
            self._company_contact(chance, row, place)

    def _company_contact(self, chance: Chance, customer: Row, place: int) -> None:
        number = f"CT{place + 1:06d}"
        self.companies.append(
            blank_row("Contact")
            | {name: customer[name] for name in _ADDRESS_FIELDS}
            | {
                "SystemId": chance.guid(),
                "No.": number,
                "Type": "Company",
                "Name": customer["Name"],
                "Company No.": number,
            }
        )
        self.relations.append(related(chance, number, "Customer", customer["No."]))
        self.company_of.append((customer["No."], number))


def related(chance: Chance, contact: str, table: str, number: str) -> Row:
    """A row of Contact Business Relation."""
    return {"Contact No.": contact, "Link to Table": table, "No.": number, "SystemId": chance.guid()}


def strange_places(number: int) -> dict[int, int]:
    """Which of ``number`` rows are strange, and the how-manieth each is: two in a hundred, ten (or half) at least."""
    wanted = max(min(10, (number + 1) // 2), number // 50)
    return {place * number // wanted: place for place in range(wanted)}


def _ordinary(chance: Chance, place: int) -> Row:
    one_of = chance.one_of
    stem = one_of(COMPANY_STEMS)
    city, post_code, country, county = one_of(PLACES)
    host = f"{stem.split()[0].lower()}{place + 1}.example"
    if not host.isascii():
        host = f"customer{place + 1}.example"
    return {
        "SystemId": chance.guid(),
        "No.": f"C{place + 1:05d}",
        "Name": f"{stem} {one_of(COMPANY_TRADES)} {one_of(COMPANY_FORMS)}",
        "Contact": f"{one_of(FIRST_NAMES)} {one_of(SURNAMES)}",
        "Address": f"{one_of(STREETS)} {chance.below(180) + 1}",
        "Address 2": "2nd floor" if chance.happens(0.1) else "",
        "Post Code": post_code,
        "City": city,
        "Country/Region Code": country,
        "County": county,
        "Currency Code": one_of(_CURRENCIES),
        "E-Mail": f"office@{host}",
        "Fax No.": f"+44 20 7946 {chance.below(9000) + 1000}" if chance.happens(0.2) else "",
        "Home Page": f"https://www.{host}",
        "Phone No.": f"+44 20 7946 {chance.below(9000) + 1000}",
        "Mobile Phone No.": f"+44 7700 900{chance.below(900) + 100}" if chance.happens(0.5) else "",
        "Salesperson Code": one_of(_SALESPEOPLE),
        "Shipment Method Code": one_of(_METHODS),
        "Shipping Agent Code": one_of(_AGENTS),
        "Payment Terms Code": one_of(_TERMS),
        "Credit Limit (LCY)": Decimal(0) if chance.happens(0.5) else Decimal((chance.below(40) + 1) * 2500),
    }


class Persons:
    """Contacts of type Person at the customers' companies, and at a few companies that are no customers."""

    def __init__(self, chance: Chance, number: int, customers: Customers) -> None:
        self.rows: list[Row] = []
        self.strangers: list[Row] = []
        """Company contacts that are no customer's."""
        self.relations: list[Row] = []
        self.expected: list[Expected] = []
        self._next_number = len(customers.companies) + 1
        strange = strange_places(number)
        homes = customers.company_of
        blank = blank_row("Contact")
        for place in range(number):
            home = place * len(homes) // number
            customer, company = homes[home]
            row = {**blank, **_ordinary_person(chance, company, customers.rows[home], place, self._number())}
            self.rows.append(row)
            self._spoil(chance, row, customer in customers.left_out, strange.get(place))
        if customers.rows and number:
            self._link_primary_contacts(customers)

    def _number(self) -> str:
        number = f"CT{self._next_number:06d}"
        self._next_number += 1
        return number

    def _spoil(self, chance: Chance, row: Row, orphan: bool, turn: int | None) -> None:
        kind = None if turn is None else turn % 5
        if kind == 0:
            row["First Name"], row["Surname"] = "مريم", "בֶּן־דָּוִד 👩‍💻"
            row["Name"] = f"{row['First Name']} {row['Surname']}"
            row["Middle Name"] = ""
        elif kind == 1:
            self._move_to_stranger(chance, row)
            self._expect(row, "skip", "its company is no customer")
            return
        elif kind == 2:
            row["Company No."] = ""
            return
        elif kind == 3:
            row["First Name"] = overlong("Maximiliane", 30)
            row["Surname"] = overlong("Hohenzollern", 30)
            row["Middle Name"] = ""
            row["Name"] = f"{row['First Name']} {row['Surname']}"
        elif kind == 4 and not orphan:
            row["Salesperson Code"] = SALESPERSON_WITHOUT_USER
            self._expect(row, "fail", "salesperson is coupled to no user", "Contact.Salesperson Code")
        if orphan:
            self._expect(row, "fail", "its customer is not coupled")

    def _move_to_stranger(self, chance: Chance, row: Row) -> None:
        number = self._number()
        company = blank_row("Contact") | {
            "SystemId": chance.guid(),
            "No.": number,
            "Type": "Company",
            "Name": f"Prospect {number}",
            "Company No.": number,
        }
        self.strangers.append(company)
        if len(self.strangers) % 2 == 0:
            self.relations.append(related(chance, number, "Vendor", f"V{number[2:]}"))
        row["Company No."] = number

    def _expect(self, row: Row, action: str, reason: str, field: str = "") -> None:
        self.expected.append(
            Expected("CONTACT", row["No."], "fail" if action == "fail" else "skip", reason, row["SystemId"], field)
        )

    def _link_primary_contacts(self, customers: Customers) -> None:
        """Every third customer names its first person as its primary contact."""
        by_company: dict[str, str] = {}
        for row in self.rows:
            by_company.setdefault(row["Company No."], row["No."])
        for place in range(0, len(customers.rows), 3):
            row = customers.rows[place]
            if row["Phone No."]:  # leaves the bare ones bare
                row["Primary Contact No."] = by_company.get(customers.company_of[place][1], "")


def _ordinary_person(chance: Chance, company: str, customer: Row, place: int, number: str) -> Row:
    one_of = chance.one_of
    first, middle, last = one_of(FIRST_NAMES), one_of(MIDDLE_NAMES), one_of(SURNAMES)
    return {
        "SystemId": chance.guid(),
        "No.": number,
        "Type": "Person",
        "Name": " ".join(part for part in (first, middle, last) if part),
        "Company No.": company,
        "First Name": first,
        "Middle Name": middle,
        "Surname": last,
        "Address": customer["Address"],
        "Address 2": customer["Address 2"],
        "Post Code": customer["Post Code"],
        "City": customer["City"],
        "Country/Region Code": customer["Country/Region Code"],
        "County": customer["County"],
        "Currency Code": "" if customer["Currency Code"] == CURRENCY_WITHOUT_RATE else customer["Currency Code"],
        "E-Mail": f"person{place + 1}@{customer['E-Mail'].partition('@')[2] or 'mail.example'}",
        "Home Page": customer["Home Page"],
        "Mobile Phone No.": f"+44 7700 900{chance.below(900) + 100}",
        "Phone No.": customer["Phone No."],
        "Salesperson Code": "" if customer["Salesperson Code"] == SALESPERSON_WITHOUT_USER
        else customer["Salesperson Code"],
        "Salutation Code": one_of(("", "F", "M", "UNISEX")),
    }  # fmt: skip
