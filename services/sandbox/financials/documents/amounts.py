"""Amounts of a whole document: line amounts, the discount on the document spread over its lines, VAT, totals.

VAT is rounded over all lines of one percentage, so that the lines add up to what the document as a whole owes.
"""

from collections.abc import Sequence
from decimal import Decimal

from services.sandbox.financials.documents.pricing import EXACT, rounded_to
from services.sandbox.financials.rows import Values

_HUNDRED = Decimal(100)
_NOTHING = Decimal(0)


def settle(header: Values, lines: Sequence[Values], precision: Decimal) -> None:
    """Fill in the amounts of header and lines, in place. ``precision``: that of amounts in the document's currency."""
    for line in lines:
        gross = rounded_to(EXACT.multiply(line["Quantity"], line["Unit Price"]), precision)
        line["Line Discount Amount"] = rounded_to(_part(gross, line["Line Discount %"]), precision)
        line["Line Amount"] = gross - line["Line Discount Amount"]
    _spread(header["Invoice Discount Amount"], lines, precision)
    before, after = _Vat(header, precision), _Vat(header, precision)
    totals = {"Amount": _NOTHING, "Amount Including VAT": _NOTHING}
    for line in lines:
        line["Amount Excluding Tax"], line["Amount Including Tax"] = before.split(line["VAT %"], line["Line Amount"])
        line["Tax Amount"] = line["Amount Including Tax"] - line["Amount Excluding Tax"]
        net = line["Line Amount"] - line["Inv. Discount Amount"]
        line["Net Amount"], line["Net Amount Including Tax"] = after.split(line["VAT %"], net)
        line["Net Tax Amount"] = line["Net Amount Including Tax"] - line["Net Amount"]
        totals["Amount"] += line["Net Amount"]
        totals["Amount Including VAT"] += line["Net Amount Including Tax"]
    header.update(totals, **{"Total Tax Amount": totals["Amount Including VAT"] - totals["Amount"]})
    header["Discount Applied Before Tax"] = True


def _part(amount: Decimal, percent: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(amount, percent), _HUNDRED)


def _spread(discount: Decimal, lines: Sequence[Values], precision: Decimal) -> None:
    whole = sum((line["Line Amount"] for line in lines), _NOTHING)
    passed = given = _NOTHING
    for line in lines:
        passed += line["Line Amount"]
        share = rounded_to(EXACT.divide(EXACT.multiply(discount, passed), whole), precision) if whole else _NOTHING
        line["Inv. Discount Amount"] = share - given
        given = share


class _Vat:
    """Splits amounts, remembering what was rounded off before."""

    def __init__(self, header: Values, precision: Decimal) -> None:
        self._included = header["Prices Including VAT"]
        self._precision = precision
        self._seen: dict[Decimal, tuple[Decimal, Decimal]] = {}
        """Percent -> sum of the amounts, sum of what was split off or added."""

    def split(self, percent: Decimal, amount: Decimal) -> tuple[Decimal, Decimal]:
        """The amount without and with VAT."""
        whole, known = self._seen.get(percent, (_NOTHING, _NOTHING))
        whole += amount
        base = EXACT.add(_HUNDRED, percent) if self._included else _HUNDRED
        vat = rounded_to(EXACT.divide(EXACT.multiply(whole, percent), base), self._precision)
        self._seen[percent] = whole, vat
        own = vat - known
        return (amount - own, amount) if self._included else (amount, amount + own)
