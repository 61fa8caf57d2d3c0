"""The companion's price action: many lines a call, priced by the code that prices order lines."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.sandbox.financials import financials_routes
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import Shell
from tests.component.sandbox_financials.conftest import Answered, Financials
from tests.price_cases import PricedCompany

_ACTION = "/TandemPricing_GetPrices"


@pytest.fixture
def shop() -> PricedCompany:
    return PricedCompany("price_lists")


@pytest.fixture
async def pages(shop: PricedCompany) -> AsyncIterator[Financials]:
    shell = Shell(SandboxSettings(any_token=True))
    app = web.Application(middlewares=[shell.middleware])
    app.add_routes(financials_routes(shop.world, shell))
    async with TestClient(TestServer(app)) as client:
        yield Financials(client, shell, shop.world).on("page_services")


async def _ask(pages: Financials, question: dict[str, Any]) -> Answered:
    body = {"question": msgspec.json.encode(question).decode()}
    return await pages.ask("POST", _ACTION, body, {"company": pages.world.company.id})


def _line(number: str = "I1", quantity: str = "1", **more: str) -> dict[str, str]:
    return {"kind": "item", "number": number, "variant": "", "unit": "", "quantity": quantity, **more}


async def test_many_lines_are_priced_in_one_call_each_with_its_own_fate(pages: Financials, shop: PricedCompany) -> None:
    shop.list_line("90", Minimum="10")
    shop.list_line(None, Amount_Type="Discount", Disc="5")
    lines = [
        _line(quantity="10"),
        _line(unit="BOX"),
        _line("X"),
        _line(unit="HOUR"),
        {"kind": "resource", "number": "R1", "unit": "DAY", "quantity": "1"},
        {"kind": "ghost", "number": "R1"},
        _line(quantity="many"),
        _line(quantity="1e999999"),
    ]

    answered = await _ask(pages, {"customer": "C1", "currency": "", "date": "2026-11-22", "lines": lines})

    assert answered.status == 200
    prices = msgspec.json.decode(answered.json["value"])["lines"]
    assert [(price["unitPrice"], price["lineDiscountPercent"]) for price in prices] == [
        ("90", "5"),
        ("1080", "5"),
        ("", ""),
        ("", ""),
        ("640", "0"),
        ("", ""),
        ("", ""),
        ("", ""),
    ]
    assert [bool(price["error"]) for price in prices] == [False, False, True, True, False, True, True, True]
    assert "'ghost'" in prices[5]["error"]
    assert shop.world.count("Sales Line") == 0


async def test_currency_date_and_vat_are_the_questions(pages: Financials) -> None:
    lines = [_line()]

    then = await _ask(pages, {"customer": "C1", "currency": "EUR", "date": "2026-12-01", "lines": lines})
    gross = await _ask(pages, {"customer": "C2", "currency": "GBP", "lines": lines})

    [price] = msgspec.json.decode(then.json["value"])["lines"]
    assert (price["unitPrice"], price["includesVat"]) == ("200", False)
    [price] = msgspec.json.decode(gross.json["value"])["lines"]
    assert (price["unitPrice"], price["includesVat"]) == ("120", True)


@pytest.mark.parametrize(
    "question",
    [
        {"customer": "NOBODY", "lines": []},
        {"customer": "C1", "currency": "XXX", "lines": []},
        {"customer": "C1", "date": "soon", "lines": []},
        {"lines": []},
    ],
    ids=str,
)
async def test_a_question_that_cannot_be_answered_at_all_is_refused(pages: Financials, question: Any) -> None:
    answered = await _ask(pages, question)

    assert answered.status == 400
    assert answered.code in ("Application_DialogException", "Internal_InvalidTableRelation")


async def test_the_parameter_must_be_given_by_its_name(pages: Financials) -> None:
    answered = await pages.ask("POST", _ACTION, {"text": "{}"})

    assert (answered.status, answered.code) == (400, "BadRequest")
    assert (await pages.get(_ACTION)).status == 405


async def test_the_companys_own_code_has_its_say(pages: Financials, shop: PricedCompany) -> None:
    shop.company.pricing.own_percent = -1

    answered = await _ask(pages, {"customer": "C1", "lines": [_line()]})

    [price] = msgspec.json.decode(answered.json["value"])["lines"]
    assert price["unitPrice"] == "99"
    assert shop.price() == "99"


async def test_the_action_is_there_while_the_companion_is(pages: Financials) -> None:
    question = {"customer": "C1", "lines": [_line()]}
    assert f'<ActionImport Name="{_ACTION.strip("/")}"'.encode() in (await pages.get("/$metadata")).raw

    pages.shell.surfaces.discard("page_services")
    assert (await _ask(pages, question)).status == 200

    pages.shell.unpublished.add("TandemPricing")
    assert (await _ask(pages, question)).status == 404

    pages.shell.unpublished.clear()
    pages.shell.surfaces.add("page_services")
    pages.shell.surfaces.discard("companion")
    assert (await _ask(pages, question)).code == "BadRequest_NotFound"
