"""The rows of a company that prices are determined from, found quickly."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.sandbox.financials import refusals
from services.sandbox.financials.documents.pricing.arithmetic import EXACT
from services.sandbox.financials.documents.pricing.buffer import ONE, Exchange
from services.sandbox.financials.rows import Row, Values

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

USUAL_AMOUNT_PRECISION = Decimal("0.01")
USUAL_UNIT_AMOUNT_PRECISION = Decimal("0.00001")
"""What the tables begin with."""

_SALES_TYPES = ("Customer", "Customer Price Group", "All Customers", "Campaign")
_DISCOUNT_SALES_TYPES = ("Customer", "Customer Disc. Group", "All Customers", "Campaign")
_DISCOUNT_TYPES = ("Item", "Item Disc. Group")

ListAsset = tuple[str, str, str, str]
"""Source type, source number, asset type, asset number."""


@dataclass(frozen=True)
class Vat:
    percent: Decimal
    type: str

    @property
    def reverse_charge(self) -> bool:
        return self.type == "Reverse Charge VAT"


@dataclass(frozen=True)
class Precision:
    amount: Decimal
    unit_amount: Decimal


class PriceTables:
    """Answers for one company; keeps an index of price list lines until one of them changes."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._indexed = -1
        self._lists: dict[ListAsset, list[Row]] = {}

    # --- candidates ------------------------------------------------------------------------------------------------

    def list_lines(self, source_type: str, source: str, asset_type: str, asset: str) -> list[Row]:
        """Active sales lines of all price lists for one source and one asset, by list and line number."""
        rows = self._company.tables["Price List Line"]
        if self._indexed != rows.stamp:
            self._index()
        return self._lists.get((source_type, source, asset_type, asset), [])

    def _index(self) -> None:
        rows = self._company.tables["Price List Line"]
        found: dict[ListAsset, list[Row]] = {}
        for row in rows.in_key_order():
            values = row.values
            if values["Status"] == "Active" and values["Price Type"] == "Sale":
                place = (values["Source Type"], values["Source No."], values["Asset Type"], values["Asset No."])
                found.setdefault(place, []).append(row)
        self._lists, self._indexed = found, rows.stamp

    def sales_prices(self, item: str, sales_type: str, sales_code: str | None) -> list[Row]:
        """Of table 7002, in the order of its key; None: whatever code."""
        prefix = (item, _SALES_TYPES.index(sales_type))
        rows = self._company.tables["Sales Price"]
        return rows.starting_with(prefix if sales_code is None else (*prefix, sales_code))

    def line_discounts(self, type: str, code: str, sales_type: str, sales_code: str | None) -> list[Row]:
        """Of table 7004, in the order of its key; None: whatever sales code."""
        prefix = (_DISCOUNT_TYPES.index(type), code, _DISCOUNT_SALES_TYPES.index(sales_type))
        rows = self._company.tables["Sales Line Discount"]
        return rows.starting_with(prefix if sales_code is None else (*prefix, sales_code))

    # --- what prices are converted with ----------------------------------------------------------------------------

    def vat(self, business_group: str, product_group: str) -> Vat | None:
        values = self.values("VAT Posting Setup", business_group, product_group)
        return None if values is None else Vat(values["VAT %"], values["VAT Calculation Type"])

    def precision(self, currency: str) -> Precision:
        """How amounts in a currency are rounded."""
        table, key = ("Currency", currency) if currency else ("General Ledger Setup", "")
        values = self.values(table, key) or {}
        return Precision(
            values.get("Amount Rounding Precision") or USUAL_AMOUNT_PRECISION,
            values.get("Unit-Amount Rounding Precision") or USUAL_UNIT_AMOUNT_PRECISION,
        )

    def exchange(self, currency: str, day: str) -> Exchange:
        """The newest rate that had begun; raises ``Refused`` without one."""
        foreign, local, seen = ONE, ONE, []
        while currency:
            values = self._rate(currency, day)
            foreign = EXACT.multiply(foreign, values["Exchange Rate Amount"])
            local = EXACT.multiply(local, values["Relational Exch. Rate Amount"])
            seen.append(currency)
            currency = values["Relational Currency Code"]
            if currency in seen:
                break
        return Exchange(foreign=foreign, local=local)

    def _rate(self, currency: str, day: str) -> Values:
        rates = self._company.tables["Currency Exchange Rate"].starting_with((currency,))
        begun = [row.values for row in rates if row.values["Starting Date"] <= day]
        if not begun:
            raise refusals.dialog(
                "There is no Currency Exchange Rate within the filter. "
                f"Filters: Currency Code: {currency}, Starting Date: ..{day}"
            )
        for name in ("Exchange Rate Amount", "Relational Exch. Rate Amount"):
            if not begun[-1][name]:
                raise refusals.dialog(f"{name} must have a value in Currency Exchange Rate: Currency Code={currency}.")
        return begun[-1]

    def values(self, table: str, *key: Any) -> Values | None:
        """Values of the row with that key, or nothing."""
        row = self._company.tables[table].by_key.get(key)
        return None if row is None else row.values
