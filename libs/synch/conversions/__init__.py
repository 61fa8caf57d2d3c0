"""The conversions that mapping files name, and which one a field mapping uses."""

from collections.abc import Callable, Mapping

from libs.contracts.setup import MappingContext
from libs.synch.conversions.cells import MISSING, Cell, Conversion, Wanted
from libs.synch.conversions.partners import (
    BaseUnit,
    CoupledRecord,
    Currency,
    OptionValue,
    Owner,
    ParentAccount,
    PriceUnit,
)
from libs.synch.conversions.plain import AsIs, Constant, NavName, NumberCopy, StateOfBlocked, SymbolOrCode, TextCopy
from libs.synch.conversions.rates import ExchangeRate
from libs.synch.conversions.skips import SKIP_RULES, SkipRule
from libs.synch.mapping import FieldMapping

_NUMBERS = frozenset({"decimal", "integer", "money"})
_TEXTS = frozenset({"text", "code"})

Factory = Callable[[FieldMapping, MappingContext], Conversion]

CONVERSIONS: Mapping[str, Factory] = {
    "coupled_record": lambda field, _: CoupledRecord(field),
    "option_mapping": lambda field, _: OptionValue(field),
    "salesperson_to_owner": lambda field, _: Owner(field),
    "currency": lambda field, context: Currency(field, context.local_currency_id),
    "parent_account": lambda field, _: ParentAccount(field),
    "unit_of_measure_to_unit_group": lambda field, _: CoupledRecord(field),
    "base_unit": lambda field, _: BaseUnit(field),
    "price_unit": lambda field, _: PriceUnit(field),
    "nav_name": lambda field, _: NavName(field),
    "symbol_or_code": lambda field, _: SymbolOrCode(field),
    "product_state": lambda *_: StateOfBlocked(free=0, blocked=1),
    "product_status": lambda *_: StateOfBlocked(free=1, blocked=2),
    "exchange_rate": lambda _, context: ExchangeRate(context.base_currency_code, context.base_currency_rate),
    "company_row": lambda _, context: Constant(context.company_row_id or MISSING),
    "owner_team": lambda _, context: Constant(f"team:{context.owner_team_id}" if context.owner_team_id else MISSING),
    "local_currency": lambda _, context: Constant(context.local_currency_id or MISSING),
    "currency_precision": lambda _, context: Constant(context.currency_precision),
}
"""Name -> how to make it for one field mapping."""


def conversion_of(field: FieldMapping, context: MappingContext) -> Conversion:
    """The conversion of a field mapping under this company's context.

    Raises ``KeyError`` for a conversion that nobody knows.
    """
    if field.has_constant:
        return Constant(field.constant)
    if field.conversion:
        return CONVERSIONS[field.conversion](field, context)
    if field.financials_type in _TEXTS and field.sales_type in _TEXTS:
        return TextCopy(field)
    if field.financials_type in _NUMBERS and field.sales_type in _NUMBERS:
        return NumberCopy(field)
    return AsIs()


__all__ = [
    "CONVERSIONS",
    "MISSING",
    "SKIP_RULES",
    "Cell",
    "Conversion",
    "SkipRule",
    "Wanted",
    "conversion_of",
]
