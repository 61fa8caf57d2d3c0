"""The companion's price action: a codeunit published as web service that prices many lines in one call.

``POST …/ODataV4/TandemPricing_GetPrices?company=…`` with ``{"question": "<JSON text>"}``; the answer's ``value`` is
JSON text again (``deploy/financials-extension/src/prices``). Each line is drafted as a line of an order and priced by
the same code, and nothing is stored. Decimals are text both ways.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import msgspec

from services.sandbox.financials import refusals
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.financials.documents.fields import ORDER
from services.sandbox.financials.rows import Values
from services.sandbox.refusals import Refused

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

PRICE_SERVICE = "TandemPricing"
"""Name under which the extension publishes its codeunit."""
PRICE_ACTION = f"{PRICE_SERVICE}_GetPrices"

_LARGEST_EXPONENT = 14
"""Numbers in Business Central end below 10^15."""
_KINDS = {"item": "Item", "resource": "Resource"}


class Question(msgspec.Struct):
    kind: str
    number: str
    variant: str = ""
    unit: str = ""
    """Empty: the product's sales unit."""
    quantity: str = "1"


class Questions(msgspec.Struct):
    customer: str
    lines: list[Question]
    currency: str = ""
    """Empty: the local currency."""
    date: str = ""
    """Empty: today."""
    campaign: str = ""
    """Number of the campaign that the order names."""


class Price(msgspec.Struct, rename="camel"):
    unit_price: str = ""
    line_discount_percent: str = ""
    includes_vat: bool = False
    error: str = ""
    """Why Financials could not price the line; the rest is then empty."""


def answer_price_action(company: "Company", call: Call) -> Answer:
    """Answers the call; raises ``Refused`` where the question as a whole cannot be answered."""
    if call.method != "POST":
        raise refusals.method_not_allowed(call.method)
    body = call.document()
    unknown = set(body) - {"question"}
    if unknown or not isinstance(body.get("question"), str):
        raise refusals.bad_request("The parameter 'question' must be given, as text, and no other.")
    try:
        questions = msgspec.json.decode(body["question"].encode(), type=Questions)
    except msgspec.MsgspecError as error:
        raise refusals.dialog(f"The question is not valid: {error}.") from error
    prices = prices_of(company, questions)
    call.note("price", len(prices))
    value = msgspec.json.encode({"lines": prices}).decode()
    return Answer(200, msgspec.json.encode({"@odata.context": f"{call.root}/$metadata#Edm.String", "value": value}))


def prices_of(company: "Company", questions: Questions) -> list[Price]:
    """A price per line, in their order; raises ``Refused`` where customer, currency or date will not do."""
    header = company.documents.draft(ORDER, _header(company, questions))
    return [_price(company, header, question) for question in questions.lines]


def _header(company: "Company", questions: Questions) -> Values:
    local = company.world.local_currency
    currency = questions.currency.strip().upper()
    values: Values = {
        "Sell-to Customer No.": questions.customer.strip().upper(),
        "Currency Code": "" if currency == local else currency,
    }
    if questions.date:
        try:
            day = date.fromisoformat(questions.date).isoformat()
        except ValueError as error:
            raise refusals.dialog(f"'{questions.date}' is not a date.") from error
        # Prices are those of the order date, exchange rates those of the posting date.
        values |= {"Order Date": day, "Posting Date": day}
    if questions.campaign:
        values["Campaign No."] = questions.campaign.strip().upper()
    return values


def _price(company: "Company", header: Values, question: Question) -> Price:
    try:
        line = company.documents.draft_line(ORDER, header, _line(question))
    except Refused as refusal:
        return Price(error=refusal.message)
    return Price(
        unit_price=f"{line['Unit Price']:f}",
        line_discount_percent=f"{line['Line Discount %']:f}",
        includes_vat=header["Prices Including VAT"],
    )


def _line(question: Question) -> dict[str, Any]:
    """Fields of a line in the order in which a user fills it in."""
    if question.kind not in _KINDS:
        raise refusals.dialog(f"'{question.kind}' is neither item nor resource.")
    try:
        quantity = Decimal(question.quantity)
    except InvalidOperation as error:
        raise refusals.dialog(f"'{question.quantity}' is not a number.") from error
    if not quantity.is_finite() or quantity.adjusted() > _LARGEST_EXPONENT:
        raise refusals.dialog(f"'{question.quantity}' is not a number.")
    values: dict[str, Any] = {"Type": _KINDS[question.kind], "No.": question.number.strip().upper()}
    if question.variant:
        values["Variant Code"] = question.variant.strip().upper()
    if question.unit:
        values["Unit of Measure Code"] = question.unit.strip().upper()
    return values | {"Quantity": quantity}
