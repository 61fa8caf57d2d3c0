"""Prepares the Sales organization for a company: its row, business unit and owner team, the local currency and the
default price list. Whatever exists is used; what is missing is created with an id drawn from the company's, so that a
repeat finds it.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid5

import structlog

from libs.contracts.pages import Values
from libs.contracts.setup import CompanyPrepared, FinancialsCompany, PrepareCompany
from libs.dynamics.company_columns import CompanyColumns
from libs.dynamics.failures import PRIVILEGE
from libs.dynamics.odata import decimal_text, escaped, literal
from libs.runtime.errors import MappingInvalid, TandemError
from services.sales_connector.columns import body_of, table_named
from services.sales_connector.company_solutions import installed
from services.sales_connector.dataverse import Dataverse, decode
from services.sales_connector.second_engine import refuse_second_engine

log = structlog.get_logger(__name__)

_NAMESPACE = UUID("6f2b0f0e-4f0e-5d0a-9a35-6f1f6a2c7d11")
_CURRENCY_COLUMNS = "isocurrencycode,currencyprecision,exchangerate"
_OWNER_TEAM = 0
"""Team type "Owner"."""


async def prepare_company(dataverse: Dataverse, request: PrepareCompany) -> CompanyPrepared:
    """The ids of everything, or failures."""
    try:
        await refuse_second_engine(dataverse, request.company)
        columns = await installed(dataverse)
        return await _Preparation(dataverse, request.company, request.rates, columns).run()
    except TandemError as error:
        return CompanyPrepared(failures=[error.failure()])


@dataclass(frozen=True)
class _Currency:
    id: str
    code: str
    precision: int
    rate: str
    """Units for one unit of the base currency."""


def _currency(row: dict[str, Any]) -> _Currency:
    return _Currency(
        id=row["transactioncurrencyid"],
        code=row["isocurrencycode"],
        precision=int(row.get("currencyprecision") or 0),
        rate=decimal_text(row.get("exchangerate")) or "",
    )


class _Preparation:
    def __init__(
        self, dataverse: Dataverse, company: FinancialsCompany, rates: dict[str, str], columns: CompanyColumns
    ) -> None:
        if not company.id or not company.local_currency_code:
            raise MappingInvalid(
                "The company in Financials has no local currency code: fill LCY Code in its General Ledger Setup.",
                code="company.incomplete",
                setting="TANDEM_FINANCIALS_COMPANY",
            )
        self._dataverse = dataverse
        self._company = company
        self._external_id = company.id.lower().strip("{}")
        self._rates = rates
        self._columns = columns

    async def run(self) -> CompanyPrepared:
        base, precision = await self._base_currency()
        local = await self._local_currency(base)
        unit_id, unit_name = await self._business_unit()
        team_id = await self._owner_team(unit_id, unit_name)
        await self._give_role(team_id, unit_id, unit_name)
        company_row_id = await self._company_row(team_id)
        price_list_id = await self._default_price_list(local.id, company_row_id)
        return CompanyPrepared(
            company_row_id=company_row_id,
            company_column=self._columns.column,
            business_unit_id=unit_id,
            owner_team_id=team_id,
            base_currency_id=base.id,
            base_currency_code=base.code,
            local_currency_id=local.id,
            local_currency_rate=local.rate,
            default_price_list_id=price_list_id,
            currency_precision=precision,
        )

    def _drawn(self, what: str) -> str:
        return str(uuid5(_NAMESPACE, f"{self._external_id}/{what}"))

    async def _first(self, table_name: str, select: str, condition: str) -> dict[str, Any] | None:
        table = table_named(table_name)
        answer = await self._dataverse.get(f"{table.entity_set}?$select={select}&$filter={escaped(condition)}&$top=1")
        return answer["value"][0] if answer["value"] else None

    async def _create(self, table_name: str, id: str, values: Values) -> str:
        """The id of the new row; of the one that an earlier attempt created, where there is one."""
        table = table_named(table_name)
        body = {**body_of(table, values, creating=True), table.id: id}
        [part] = await self._dataverse.batch([self._dataverse.create_operation(table, body)])
        if part.ok:
            log.info("row.created", table=table_name, id=id)
            return str(decode(part.body).get(table.id, id)) if part.body else id
        refusal = self._dataverse.refusal(part)
        if refusal.is_duplicate and await self._dataverse.rows_by_ids(table, [id], table.id):
            return id
        raise refusal.error(setting="TANDEM_CLIENT_ID" if refusal.cause is PRIVILEGE else "")

    async def _base_currency(self) -> tuple[_Currency, int]:
        answer = await self._dataverse.get(
            "organizations?$select=_basecurrencyid_value,currencydecimalprecision&$top=1"
        )
        [organization] = answer["value"]
        row = await self._first(
            "transactioncurrency",
            _CURRENCY_COLUMNS,
            f"transactioncurrencyid eq {organization['_basecurrencyid_value']}",
        )
        if row is None:
            raise MappingInvalid(
                "The Sales organization has no base currency.",
                code="company.no_base_currency",
                setting="TANDEM_SALES_URL",
            )
        precision = organization.get("currencydecimalprecision")
        base = _currency(row)
        return base, int(precision if precision is not None else 2)

    async def _local_currency(self, base: _Currency) -> _Currency:
        code = self._company.local_currency_code
        row = await self._first("transactioncurrency", _CURRENCY_COLUMNS, f"isocurrencycode eq {literal('text', code)}")
        if row is not None:
            return _currency(row)
        rate = self._rate_of_local(base.code)
        drawn = await self._create(
            "transactioncurrency",
            self._drawn(f"currency/{code}"),
            {
                "isocurrencycode": code,
                "currencyname": code,
                "currencysymbol": self._company.local_currency_symbol or code,
                "currencyprecision": 2,
                "exchangerate": rate,
            },
        )
        return _Currency(drawn, code, 2, rate)

    def _rate_of_local(self, base_code: str) -> str:
        """Units of the local currency for one unit of the base currency."""
        text = self._rates.get(base_code, "")
        try:
            rate = Decimal(text)
        except InvalidOperation:
            rate = Decimal(0)
        if rate <= 0:
            raise MappingInvalid(
                f"The local currency {self._company.local_currency_code} is not in Sales, and cannot be created since "
                f"Financials has no exchange rate for {base_code}, the base currency of Sales: enter one under "
                "Currencies in Financials.",
                code="company.no_exchange_rate",
                setting="TANDEM_FINANCIALS_COMPANY",
            )
        return decimal_text(str(round(rate, 10))) or "1"

    async def _business_unit(self) -> tuple[str, str]:
        suffix = f" ({self._external_id})"
        name = self._company.name[: 160 - len(suffix)] + suffix
        row = await self._first("businessunit", "name", f"endswith(name,{literal('text', suffix.strip())})")
        if row is not None:
            return row["businessunitid"], row["name"]
        root = await self._first("businessunit", "name", "_parentbusinessunitid_value eq null")
        values: Values = {"name": name}
        if root is not None:
            values["parentbusinessunitid"] = root["businessunitid"]
        return await self._create("businessunit", self._drawn("businessunit"), values), name

    async def _owner_team(self, unit_id: str, unit_name: str) -> str:
        name = f"BCI - {unit_name}"[:160]
        row = await self._first(
            "team", "name", f"name eq {literal('text', name)} and _businessunitid_value eq {unit_id}"
        )
        if row is not None:
            return str(row["teamid"])
        who = await self._dataverse.get("WhoAmI")
        return await self._create(
            "team",
            self._drawn("team"),
            {"name": name, "teamtype": _OWNER_TEAM, "businessunitid": unit_id, "administratorid": who["UserId"]},
        )

    async def _give_role(self, team_id: str, unit_id: str, unit_name: str) -> None:
        columns = self._columns
        condition = escaped(f"_parentrootroleid_value eq {columns.team_role} and _businessunitid_value eq {unit_id}")
        roles = (await self._dataverse.get(f"roles?$select=roleid&$filter={condition}&$top=1"))["value"]
        if not roles:
            raise MappingInvalid(
                f'The business unit {unit_name} of Sales has no copy of the role "{columns.team_role_name}", which the '
                "company's team needs to own rows: import the solution of the role again, so that Sales makes its "
                "copies.",
                code="company.role_missing",
                setting="TANDEM_SALES_URL",
            )
        held = await self._dataverse.get(f"teams({team_id})/teamroles_association?$select=roleid")
        role_id = roles[0]["roleid"]
        if role_id not in {role["roleid"] for role in held["value"]}:
            reference = {"@odata.id": f"{self._dataverse.root}roles({role_id})"}
            await self._dataverse.post_or_raise(f"teams({team_id})/teamroles_association/$ref", reference)

    async def _company_row(self, team_id: str) -> str:
        columns = self._columns
        row = await self._first(
            columns.table, columns.name, f"{columns.external_id} eq {literal('text', self._external_id)}"
        )
        if row is not None:
            return str(row[columns.column])
        values: Values = {columns.name: self._company.name[:30], columns.external_id: self._external_id}
        if columns.owning_team:
            values |= {f"{columns.prefix}_defaultowningteam": team_id, "ownerid": f"team:{team_id}"}
        return await self._create(columns.table, self._drawn("company"), values)

    async def _default_price_list(self, currency_id: str, company_row_id: str) -> str:
        code = self._company.local_currency_code
        suffix = " Default Price List"
        plain = (self._company.display_name or self._company.name)[: 100 - len(f"{suffix} {code}")] + suffix
        # The second where a list in another currency has the first.
        for name in (plain, f"{plain} {code}"):
            condition = f"name eq {literal('text', name)}"
            row = await self._first("pricelevel", "name,_transactioncurrencyid_value", condition)
            if row is None:
                return await self._create(
                    "pricelevel",
                    self._drawn("pricelevel"),
                    {"name": name, "transactioncurrencyid": currency_id, self._columns.column: company_row_id},
                )
            if row.get("_transactioncurrencyid_value") in (None, currency_id):
                return str(row["pricelevelid"])
        raise _wrong_currency(f"{plain} {code}", code)


def _wrong_currency(name: str, code: str) -> TandemError:
    return MappingInvalid(
        f'The price list "{name}" in Sales is not in the local currency {code}: rename it, so that Tandem can create '
        "its own.",
        code="company.price_list_currency",
        setting="TANDEM_SALES_URL",
    )
