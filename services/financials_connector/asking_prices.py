"""Lets Financials price lines by its own code, through the companion extension's price action."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from libs.contracts.lookups import AskPrices, PriceReply, PricesAsked
from libs.dynamics.observed import counting_calls
from libs.dynamics.odata import decimal_text
from libs.runtime.errors import ContractBroken, MappingInvalid, Rejected, TandemError, Unavailable
from services.financials_connector.addresses import query
from services.financials_connector.discovery import Tenants
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import Tenant

ACTION = "TandemPricing_GetPrices"
"""Unbound action: name of the published codeunit and of its procedure."""

_DECODE = msgspec.json.Decoder(float_hook=str).decode
_NOT_THERE = (404, 405, 501)


@dataclass(frozen=True)
class PriceDesk:
    """Answers ``AskPrices``."""

    remote: Remote
    tenants: Tenants

    async def ask(self, message: AskPrices, now: datetime) -> PricesAsked:
        """A price per line, or why there is none."""
        as_of = now.isoformat()
        with counting_calls() as calls:
            try:
                async with asyncio.timeout(message.within):
                    tenant = await self.tenants.current()
                    prices = await self._priced(tenant, message)
            except TimeoutError:
                late = Unavailable(f"Financials did not price the lines within {message.within:g} seconds.")
                return PricesAsked(failures=[late.failure()], as_of=as_of, calls=len(calls))
            except Rejected as error:
                # Financials refuses this order, a blocked customer for example: nobody else's prices are in doubt.
                prices = [_unpriced(error.remote_message or error.message)] * len(message.lines)
            except TandemError as error:
                return PricesAsked(
                    failures=[error.failure()], retry_after=error.retry_after, as_of=as_of, calls=len(calls)
                )
            return PricesAsked(prices=prices, company_id=tenant.company.id, as_of=as_of, calls=len(calls))

    async def _priced(self, tenant: Tenant, message: AskPrices) -> list[PriceReply]:
        if not message.lines:
            return []
        path = ACTION + query([("company", tenant.company.name)])
        response = await self.remote.act(tenant.addresses.odata, path, request_body(message))
        if response.status in _NOT_THERE:
            raise MappingInvalid(
                "Financials has no price action: install the companion extension (deploy/financials-extension), or let "
                "Tandem determine prices (TANDEM_LOOKUP_PRICES=tandem).",
                code="lookup.price_action_missing",
                setting="TANDEM_LOOKUP_PRICES",
            )
        return replies_of(self.remote.document_of(response), len(message.lines))


def _unpriced(words: str) -> PriceReply:
    return {"unit_price": "", "line_discount": "", "includes_vat": False, "error": words}


def request_body(message: AskPrices) -> bytes:
    """The action's one parameter: the whole question as JSON text. Quantities stay text."""
    question = {
        "customer": message.customer,
        "currency": message.currency,
        "date": message.date,
        "campaign": message.campaign,
        "lines": message.lines,
    }
    return msgspec.json.encode({"question": msgspec.json.encode(question).decode()})


def replies_of(document: Mapping[str, Any], count: int) -> list[PriceReply]:
    """The replies in the order of the questions. Raises ``ContractBroken``."""
    try:
        answered = _DECODE(str(document["value"]))
        replies: list[PriceReply] = [
            {
                "unit_price": _amount(line, "unitPrice"),
                "line_discount": _amount(line, "lineDiscountPercent"),
                "includes_vat": bool(line.get("includesVat", False)),
                "error": str(line.get("error") or ""),
            }
            for line in answered["lines"]
        ]
    except (KeyError, TypeError, AttributeError, msgspec.DecodeError) as error:
        raise ContractBroken(
            "Financials' price action answered with something that is no list of prices.", detail=str(error)
        ) from error
    if len(replies) != count:
        raise ContractBroken("Financials' price action did not price every line.", detail=f"{len(replies)} of {count}")
    return replies


def _amount(line: Mapping[str, Any], name: str) -> str:
    """Empty where the line could not be priced."""
    return "" if line.get("error") else decimal_text(line.get(name)) or "0"
