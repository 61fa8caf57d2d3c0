"""The panel in a real Chromium, on the imitated order and quote product forms, used by keyboard alone."""

import os
from typing import Any

import pytest
from playwright.async_api import Error

from libs.testing.eventually import eventually
from services.sandbox.app import RunningSandbox
from tests.browser.conftest import MODULES, Company, OpenForm, give
from tests.browser.scripted_lookup import (
    KEY,
    ScriptedLookup,
    a_price,
    a_problem,
    an_answer,
    enough_stock,
    some_stock,
)

Open = Any
PICTURES = os.environ.get("TANDEM_PICTURES", "")
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]


async def tab_to(form: OpenForm, name: str) -> None:
    """Press Tab until the focus is on the element with that id, in the form or in the panel."""
    for _ in range(30):
        await form.page.keyboard.press("Tab")
        focused = await form.page.evaluate(
            "() => { let at = document.activeElement;"
            " if (at.tagName === 'IFRAME') at = at.contentDocument.activeElement; return at.id; }"
        )
        if focused == name:
            return
    raise AssertionError(f"Tab never came to {name}")


async def findings(form: OpenForm) -> list[str]:
    """What axe-core has against the whole page, the panel's frame with it."""
    script = (MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for frame in form.page.frames:
        await frame.evaluate(script)
    result = await form.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    frames = {
        str(node["target"][0]) for kind in ("passes", "violations") for rule in result[kind] for node in rule["nodes"]
    }
    assert "#WebResource_tandem_orderline" in frames, "axe did not look into the panel"
    return [
        f"{item['id']}: {node['target']} {node['failureSummary']}"
        for item in result["violations"]
        for node in item["nodes"]
    ]


async def test_the_panel_shows_availability_and_price_with_their_reasons(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened(quantity="12")
    await form.state("answer")
    assert await form.text("#verdict") == "12 PCS available from Dec 1, 2026"
    assert await form.text("#verdict-more") == "5 PCS available now."
    assert await form.text("#figures") == (
        "On hand 20 PCS Reserved on orders 15 PCS Available 5 PCS On the way 100 PCS on Dec 1, 2026"
    )
    assert await form.text("#location-rows") == "EAST 5 18 13 100 on Dec 1, 2026 WEST 0 2 2 \N{EN DASH}"
    assert await form.text("#price-known .price") == "EUR 12.50 per PCS"
    assert await form.text("#price-known .sum") == "5% discount EUR 142.50 for 12 PCS"
    assert await form.text("#reason") == "Price list S00001, line 10000: customer price group RETAIL, from 10 PCS"
    assert (
        await form.text("#discount-reason")
        == "Discount: Price list S00002, line 20000: all customers, item discount group BOLTS"
    )
    assert (await form.text("#as-of")).endswith(", just now")
    assert lookup.asked == [
        {
            "customer": {"account_id": company.customer},
            "per_location": True,
            "lines": [{"id": "1", "product_id": company.product, "unit_id": company.unit, "quantity": "12"}],
        }
    ]
    assert lookup.headers[0]["Tandem-Key"] == KEY


async def test_the_quote_product_form_has_the_same_panel(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened("quotedetail")
    await form.state("answer")
    assert lookup.asked[0]["customer"] == {"account_id": company.customer}


async def test_it_asks_again_as_product_unit_and_quantity_change(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.select_option("#productid", company.other_product)
    await eventually(lambda: len(lookup.asked) == 2)
    await form.page.select_option("#uomid", company.other_unit)
    await eventually(lambda: len(lookup.asked) == 3)
    await form.page.fill("#quantity", "3.5")
    await form.page.press("#quantity", "Tab")
    await eventually(lambda: len(lookup.asked) == 4)
    await form.state("answer")
    assert lookup.asked[-1]["lines"] == [
        {"id": "1", "product_id": company.other_product, "unit_id": company.other_unit, "quantity": "3.5"}
    ]
    # The product brings its unit with it: two changes, one question.
    assert [question["lines"][0]["product_id"] for question in lookup.asked[:2]] == [
        company.product,
        company.other_product,
    ]


async def test_the_newest_question_wins(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    lookup.gate.clear()
    await form.page.fill("#quantity", "30")
    await form.page.press("#quantity", "Tab")
    await eventually(lambda: len(lookup.asked) == 2)
    await form.page.fill("#quantity", "40")
    await form.page.press("#quantity", "Tab")
    await eventually(lambda: len(lookup.asked) == 3)
    # The browser gave the older question up; the service sees its asker leave.
    await eventually(lambda: lookup.given_up == 1)
    lookup.gate.set()
    await form.state("answer")
    assert await form.text("#amount") == "EUR 142.50 for 40 PCS"


async def test_while_it_asks_the_last_answer_stays_readable(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    lookup.gate.clear()
    await form.page.fill("#quantity", "13")
    await form.page.press("#quantity", "Tab")
    await form.panel.locator('#panel[aria-busy="true"]').wait_for()
    assert await form.text("#unit-price") == "EUR 12.50"
    assert await form.text("#announcement") == "Asking Financials …"
    assert await form.panel.locator("#use").get_attribute("aria-disabled") == "true"
    lookup.gate.set()
    await form.state("answer")


async def test_the_price_is_used_by_keyboard_alone(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened(product="")
    await form.state("empty")
    await form.page.focus("#productid")
    await form.page.keyboard.type("1000")
    await form.page.keyboard.press("Enter")
    await form.state("answer")
    await tab_to(form, "use")
    await form.page.keyboard.press("Enter")
    await form.panel.locator("#used").wait_for()
    said = "The line now has the price EUR 12.50 and the discount EUR 7.50."
    assert await form.text("#used-words") == said
    assert await form.text("#announcement") == said
    assert await form.value("ispriceoverridden") is True
    assert await form.value("priceperunit") == 12.5
    assert await form.value("manualdiscountamount") == 7.5
    assert await form.value("tandem_availablequantity") == 5
    assert await form.page.input_value("#priceperunit") == "12.5"
    kept = await form.page.inner_text("#tandem_pricesource")
    assert kept.startswith("Price list S00001, line 10000: customer price group RETAIL, from 10")
    # Focus stays on the button, also through the next question.
    assert await form.page.evaluate("() => document.activeElement.id") == "WebResource_tandem_orderline"
    await tab_to(form, "refresh")
    await form.page.keyboard.press("Space")
    await eventually(lambda: len(lookup.asked) == 2)
    await form.state("answer")
    assert await form.text("#used-words") == "The line has this price."
    focused = "() => document.activeElement.contentDocument.activeElement.id"
    assert await form.page.evaluate(focused) == "refresh"


async def test_a_read_only_form_offers_no_filling_in(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened(formtype="3")
    await form.state("answer")
    assert not await form.panel.locator("#use").is_visible()


async def test_enough_in_stock_is_said_at_once(opened: Open, lookup: ScriptedLookup) -> None:
    lookup.answer = lambda question: an_answer(question, line={"availability": enough_stock()})
    form = await opened()
    await form.state("answer")
    assert await form.text("#verdict") == "12 PCS available now"
    assert await form.text("#announcement") == "12 PCS available now. EUR 12.50 per PCS."


async def test_what_cannot_be_had_is_said_without_a_date(opened: Open, lookup: ScriptedLookup) -> None:
    stock = some_stock(available="-3", on_hand="12", on_the_way=[], available_from=None, locations=[])
    lookup.answer = lambda question: an_answer(question, line={"availability": stock})
    form = await opened()
    await form.state("answer")
    assert await form.text("#verdict") == "12 PCS not available"
    assert (
        await form.text("#verdict-more") == "3 PCS more is promised than there is. Nothing on the way covers the rest."
    )
    assert not await form.panel.locator("#locations").is_visible()


async def test_overdue_supply_is_marked_in_words(opened: Open, lookup: ScriptedLookup) -> None:
    late = [{"date": "2026-11-01", "quantity": "40", "overdue": True}, {"date": "", "quantity": "2", "overdue": False}]
    lookup.answer = lambda question: an_answer(question, line={"availability": some_stock(on_the_way=late)})
    form = await opened()
    await form.state("answer")
    figures = await form.text("#figures")
    assert "40 PCS, overdue since Nov 1, 2026 2 PCS, date unknown" in figures


async def test_a_service_item_says_that_no_stock_is_kept(opened: Open, lookup: ScriptedLookup) -> None:
    stock = {"tracked": False, "reason": "Service item: Financials keeps no stock of it."}
    card = a_price(
        line_discount_percent="0", discount_source=None, source={"kind": "item_card", "text": "Price on the item card"}
    )
    lookup.answer = lambda question: an_answer(question, line={"availability": stock, "price": card})
    form = await opened()
    await form.state("answer")
    assert await form.text("#verdict") == "No stock is kept"
    assert await form.text("#reason") == "Price on the item card"
    assert not await form.panel.locator("#discount").is_visible()


async def test_a_smallest_quantity_in_base_units_is_not_shown_in_another_unit(
    opened: Open, lookup: ScriptedLookup
) -> None:
    """A price list line without a unit counts pieces, also when boxes are asked for."""
    source = a_price()["source"] | {"minimum_quantity_unit": ""}
    lookup.answer = lambda question: an_answer(question, line={"unit": "BOX", "price": a_price(source=source)})
    form = await opened()
    await form.state("answer")
    assert (await form.text("#reason")).endswith("customer price group RETAIL, from 10 of the base unit")


async def test_unknown_price_and_availability_are_called_unknown(opened: Open, lookup: ScriptedLookup) -> None:
    warning = {"code": "financials_unreachable", "message": "Financials cannot be reached."}
    lookup.answer = lambda question: an_answer(question, warnings=[warning], line={"availability": None, "price": None})
    form = await opened()
    await form.state("answer")
    assert await form.text("#verdict") == "Availability unknown"
    assert await form.text("#price-unknown") == "Price unknown"
    assert await form.text("#notes") == "Financials cannot be reached at the moment."
    assert not await form.panel.locator("#use").is_visible()


async def test_a_stale_answer_says_how_old_it_is(opened: Open, lookup: ScriptedLookup) -> None:
    lookup.answer = lambda question: an_answer(question, stale=True, age_seconds=240)
    form = await opened()
    await form.state("stale")
    said = "Financials did not answer just now. The last answer came 4 minutes ago."
    assert await form.text("#notes") == said
    assert (await form.text("#as-of")).endswith("4 minutes ago")
    assert said in await form.text("#announcement")


async def test_notes_of_the_line_are_shown(opened: Open, lookup: ScriptedLookup) -> None:
    note = {"code": "priced_by_tandem", "message": "Financials' own pricing could not be asked."}
    lookup.answer = lambda question: an_answer(question, line={"notes": [note]})
    form = await opened()
    await form.state("answer")
    assert await form.text("#notes") == "Financials' own pricing could not be asked."


async def test_a_product_that_is_not_coupled_says_what_to_do(opened: Open, lookup: ScriptedLookup) -> None:
    error = {"code": "product_not_coupled", "message": "The product is not coupled."}
    lookup.answer = lambda question: an_answer(question, line={"error": error, "price": None, "availability": None})
    form = await opened()
    await form.state("lineError")
    assert await form.text("#message-title") == "Financials has no answer for this line"
    assert await form.text("#message-text") == (
        "This product is not coupled with Financials. Ask for it to be synchronized."
    )


@pytest.mark.parametrize(
    ("problem", "state", "said"),
    [
        (a_problem(403, "forbidden", "No."), "forbidden", "Ask your administrator for access to Tandem's lookup."),
        (a_problem(422, "of_tomorrow", "Quantity is not a number."), "failed", "Quantity is not a number."),
        (a_problem(422, "request_invalid", "No."), "failed", "The lookup cannot use what stands on this line."),
        (
            a_problem(401, "not_signed_in", "No."),
            "keyRefused",
            "Ask your administrator to check the environment variable tandem_LookupKey.",
        ),
        (
            a_problem(503, "financials_unreachable", "No."),
            "unknown",
            "Financials cannot be reached at the moment. There is no recent answer.",
        ),
        (
            a_problem(503, "registry_slow", "No."),
            "unknown",
            "What is coupled with Financials cannot be told now. There is no recent answer.",
        ),
    ],
)
async def test_a_refusal_says_what_to_do_and_can_be_tried_again(
    opened: Open, lookup: ScriptedLookup, problem: Any, state: str, said: str
) -> None:
    lookup.answer = lambda question: problem
    form = await opened()
    await form.state(state)
    assert (await form.text("#message-text")).startswith(said)
    lookup.answer = an_answer
    await tab_to(form, "action")
    await form.page.keyboard.press("Enter")
    await form.state("answer")
    # The button is gone; the next Tab goes on within the panel.
    assert await form.page.evaluate("() => document.activeElement.contentDocument.activeElement.id") == "panel"


async def test_too_many_questions_are_asked_again_by_itself(opened: Open, lookup: ScriptedLookup) -> None:
    answers = [a_problem(429, "too_many_requests", "Slow down.", **{"Retry-After": "1"})]
    lookup.answer = lambda question: answers.pop() if answers else an_answer(question)
    form = await opened()
    await form.state("tooMany")
    assert await form.text("#message-text") == "The question is asked again by itself in 1 second."
    await form.state("answer")


async def test_nothing_is_asked_during_the_pause_that_the_lookup_wants(opened: Open, lookup: ScriptedLookup) -> None:
    lookup.answer = lambda question: a_problem(429, "too_many_requests", "Slow down.", **{"Retry-After": "300"})
    form = await opened()
    await form.state("tooMany")
    await form.page.fill("#quantity", "13")
    await form.page.press("#quantity", "Tab")
    await form.panel.locator('#panel[data-state="loading"]').wait_for()
    await form.state("tooMany")
    assert len(lookup.asked) == 1


USE_AT_ONCE = """() => {
  const quantity = formUnderTest.getAttribute("quantity");
  quantity.setValue(1);
  quantity.fireOnChange();
  document.getElementById("WebResource_tandem_orderline").contentDocument.getElementById("use").click();
}"""


async def test_a_price_for_another_quantity_cannot_be_used(opened: Open, lookup: ScriptedLookup) -> None:
    """Neither while the next question waits for the typing to end nor while it is under way."""
    form = await opened(quantity="12")
    await form.state("answer")
    lookup.gate.clear()
    await form.page.evaluate(USE_AT_ONCE)
    await eventually(lambda: len(lookup.asked) == 2)
    await form.panel.locator("#use").click(force=True)
    assert await form.value("priceperunit") is None
    lookup.gate.set()
    await form.state("answer")
    await form.panel.locator("#use").press("Enter")
    assert await form.value("priceperunit") == 12.5


async def test_a_panel_that_goes_away_leaves_nothing_on_the_form(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    watched = ["productid", "uomid", "quantity", "ispriceoverridden", "priceperunit", "manualdiscountamount"]
    heard = "names => names.map((name) => formUnderTest.getAttribute(name).heardBy)"
    assert 0 not in await form.page.evaluate(heard, watched)
    await form.page.evaluate("() => document.getElementById('WebResource_tandem_orderline').remove()")
    assert await form.page.evaluate(heard, watched) == [0] * len(watched)


async def test_a_panel_that_is_built_anew_with_its_tab_works_again(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.evaluate(
        "() => new Promise((loaded) => { const frame = document.getElementById('WebResource_tandem_orderline');"
        " frame.addEventListener('load', loaded, { once: true }); frame.contentWindow.location.reload(); })"
    )
    await form.page.evaluate("() => formUnderTest.ui.tabs[0].becomes('expanded', formUnderTest)")
    await form.state("answer")
    assert len(lookup.asked) == 2


async def test_another_line_in_the_same_form_replaces_the_first(opened: Open, lookup: ScriptedLookup) -> None:
    """Dynamics keeps the page and hands it the next record; the earlier one is heard no more."""
    form = await opened()
    await form.state("answer")
    before = await form.page.evaluate("() => formUnderTest.getAttribute('quantity').heardBy")
    await form.page.evaluate("() => Tandem.OrderLine.onLoad({ getFormContext: () => formUnderTest })")
    await eventually(lambda: len(lookup.asked) == 2)
    await form.state("answer")
    assert await form.page.evaluate("() => formUnderTest.getAttribute('quantity').heardBy") == before


async def test_a_locked_line_offers_no_filling_in(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.evaluate("() => { formUnderTest.getAttribute('ispriceoverridden').locked = true; }")
    # Locked after the answer came: the button is there still, and does nothing.
    await form.panel.locator("#use").click()
    assert await form.value("priceperunit") is None
    await form.panel.locator("#refresh").click()
    await eventually(lambda: len(lookup.asked) == 2)
    await form.state("answer")
    assert not await form.panel.locator("#use").is_visible()


@pytest.mark.parametrize(
    ("error", "state"), [("{errorCode: 2147746336}", "noAccess"), ("new TypeError('Failed to fetch')", "notRead")]
)
async def test_an_order_that_cannot_be_read_says_why(
    opened: Open, lookup: ScriptedLookup, error: str, state: str
) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.evaluate(f"() => {{ Xrm.WebApi.retrieveRecord = () => Promise.reject({error}); }}")
    await form.panel.locator("#refresh").press("Enter")
    await form.state(state)
    assert len(lookup.asked) == 1


async def test_what_was_unreachable_is_asked_again_when_the_browser_is_back_on_line(
    opened: Open, lookup: ScriptedLookup
) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.context.set_offline(True)
    await form.page.fill("#quantity", "13")
    await form.page.press("#quantity", "Tab")
    await form.state("unreachable")
    await form.page.context.set_offline(False)
    await form.state("answer")
    assert lookup.asked[-1]["lines"][0]["quantity"] == "13"


async def test_focus_is_never_lost_with_what_had_it(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    lookup.answer = lambda question: a_problem(503, "financials_unreachable", "No.")
    await form.panel.locator("#refresh").press("Enter")
    await form.state("unknown")
    assert await form.page.evaluate("() => document.activeElement.contentDocument.activeElement.id") == "panel"
    await form.page.keyboard.press("Tab")
    assert await form.page.evaluate("() => document.activeElement.contentDocument.activeElement.id") == "action"


async def test_screen_readers_are_told_outside_what_is_busy(opened: Open, lookup: ScriptedLookup) -> None:
    """Changes within aria-busy may be kept back until it ends; then nobody heard that anything is asked."""
    form = await opened()
    await form.state("answer")
    assert await form.panel.locator("#announcement[role=status]").count() == 1
    assert await form.panel.locator("[aria-busy] #announcement").count() == 0
    # The same words twice, by a second key press, are a change of the page all the same.
    await form.panel.locator("#use").press("Enter")
    first = await form.panel.locator("#announcement").text_content()
    await form.panel.locator("#use").press("Enter")
    assert await form.panel.locator("#announcement").text_content() != first


START_WITH_A_CLOCK_OF_ONES_OWN = """() => {
  globalThis.later = 0;
  const timers = {
    setTimeout: setTimeout.bind(globalThis),
    clearTimeout: clearTimeout.bind(globalThis),
    setInterval: (run) => (globalThis.tick = run),
    clearInterval: () => {},
  };
  const clock = () => Date.now() + later;
  Tandem.panel.start({ xrm: parent.Xrm, formContext: parent.formUnderTest, page: document, timers, clock });
}"""


async def test_the_warning_of_a_stale_answer_grows_older_with_it(opened: Open, lookup: ScriptedLookup) -> None:
    slow = {"code": "financials_slow", "message": "Slow."}
    lookup.answer = lambda question: an_answer(question, stale=True, age_seconds=240, warnings=[slow])
    form = await opened()
    await form.state("stale")
    # One thing is said once: that the answer is old says that Financials did not answer.
    assert await form.panel.locator("#notes li").count() == 1
    panel = form.page.frames[1]
    await panel.evaluate(START_WITH_A_CLOCK_OF_ONES_OWN)
    await eventually(lambda: len(lookup.asked) == 2)
    await form.state("stale")
    await panel.evaluate("() => { later = 360_000; tick(); }")
    assert await form.text("#notes") == "Financials did not answer just now. The last answer came 10 minutes ago."


async def test_a_lookup_that_is_not_there_keeps_nobody_from_working(
    opened: Open, sandbox: RunningSandbox, lookup: ScriptedLookup
) -> None:
    await give(sandbox, tandem_LookupUrl="http://127.0.0.1:9")
    form = await opened()
    await form.state("unreachable")
    assert await form.text("#message") == (
        "The lookup cannot be reached"
        " Try again in a moment. You can go on working; only this panel is missing. Try again"
    )
    await give(sandbox, tandem_LookupUrl=lookup.url)
    await form.page.fill("#priceperunit", "99")
    await form.page.press("#priceperunit", "Tab")
    assert await form.value("priceperunit") == 99


async def test_a_lookup_without_cors_for_this_origin_is_not_read(opened: Open, lookup: ScriptedLookup) -> None:
    lookup.origin = "https://somewhere.else"
    form = await opened()
    await form.state("unreachable")


async def test_a_contact_as_customer_gets_everybodys_price_and_is_told_so(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened(customer=company.contact)
    await form.state("answer")
    assert await form.text("#notes") == (
        "The customer is a contact. Financials has prices for accounts only: this is the price for all customers."
    )
    assert "customer" not in lookup.asked[0]


async def test_an_order_without_customer_is_read_again_on_refresh(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened(customer="")
    await form.state("answer")
    assert await form.text("#notes") == "The order has no customer yet: this is the price for all customers."
    await form.page.select_option("#customer", company.customer)
    await form.panel.locator("#refresh").click()
    await eventually(lambda: len(lookup.asked) == 2)
    await form.state("answer")
    assert not await form.panel.locator("#notes").is_visible()
    assert lookup.asked[-1]["customer"] == {"account_id": company.customer}


async def test_another_product_never_stands_beside_the_last_ones_answer(
    opened: Open, lookup: ScriptedLookup, company: Company
) -> None:
    form = await opened()
    await form.state("answer")
    lookup.gate.clear()
    await form.page.select_option("#productid", company.other_product)
    await form.panel.locator('#panel[aria-busy="true"]').wait_for()
    assert not await form.panel.locator("#answer").is_visible()
    assert await form.text("#message-title") == "Asking Financials …"
    lookup.gate.set()
    await form.state("answer")


async def test_a_price_that_is_changed_by_hand_afterwards_is_no_longer_financials(
    opened: Open, lookup: ScriptedLookup
) -> None:
    form = await opened()
    await form.state("answer")
    await form.panel.locator("#use").click()
    await form.panel.locator("#used").wait_for()
    await form.page.fill("#priceperunit", "11")
    await form.page.press("#priceperunit", "Tab")
    await form.panel.locator("#used").wait_for(state="hidden")


async def test_a_quantity_of_nothing_asks_nothing(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened(quantity="0")
    await form.state("badQuantity")
    assert lookup.asked == []


async def test_missing_settings_are_named(opened: Open, sandbox: RunningSandbox, lookup: ScriptedLookup) -> None:
    await give(sandbox, tandem_LookupKey="", tandem_LookupTenantId="t")
    form = await opened()
    await form.state("notSetUp")
    assert await form.text("#message-text") == (
        "Ask your administrator to give these environment variables a value: tandem_LookupClientId, tandem_LookupScope."
    )


async def test_it_speaks_swedish_to_a_swedish_user(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened(language=1053)
    await form.state("answer")
    assert await form.text("#verdict") == "12 PCS tillgängligt från 1 dec. 2026"
    assert await form.text("#price-known .price") == "12,50 EUR per PCS"
    assert await form.text("#price-known .sum") == "5 % rabatt 142,50 EUR för 12 PCS"
    assert await form.text("#reason") == "Prislista S00001, rad 10000: kundprisgrupp RETAIL, från 10 PCS"
    assert await form.panel.locator("html").get_attribute("lang") == "sv"
    await form.panel.locator("#use").press("Enter")
    assert await form.text("#used-words") == "Raden har nu priset 12,50 EUR och rabatten 7,50 EUR."


HOSTILE = "<img class=hostile src=x onerror=\"document.body.dataset.hit='1'\">"


async def test_answers_are_shown_as_text_never_as_markup(opened: Open, lookup: ScriptedLookup) -> None:
    note = {"code": HOSTILE, "message": HOSTILE}
    source = a_price()["source"] | {"list": HOSTILE, "applies_to_code": HOSTILE, "text": HOSTILE}
    place = {"code": HOSTILE, "available": "1", "on_hand": "1", "reserved": "0", "on_the_way": []}
    lookup.answer = lambda question: an_answer(
        question,
        warnings=[note],
        line={
            "notes": [note],
            "unit": HOSTILE,
            "price": a_price(currency=HOSTILE, source=source, discount_source=source | {"kind": "of_tomorrow"}),
            "availability": some_stock(unit=HOSTILE, locations=[place]),
        },
    )
    form = await opened(width=320)
    await form.state("answer")
    for place_shown in ("#notes", "#verdict", "#figures", "#location-rows", ".price", "#reason", "#discount-reason"):
        assert "<img" in await form.text(place_shown), place_shown
    await form.panel.locator("#use").press("Enter")
    assert "<img" in await form.value("tandem_pricesource")
    assert await form.panel.locator(".hostile").count() == 0
    assert await form.panel.locator("[data-hit]").count() == 0


@pytest.mark.parametrize(
    "answer",
    [
        lambda question: an_answer(question, line={"error": {"code": "x", "message": HOSTILE}}),
        lambda question: a_problem(422, "x", HOSTILE),
        lambda question: a_problem(503, HOSTILE, HOSTILE),
    ],
)
async def test_refusals_are_shown_as_text_never_as_markup(opened: Open, lookup: ScriptedLookup, answer: Any) -> None:
    lookup.answer = answer
    form = await opened()
    await form.panel.locator("#message-title").wait_for()
    await form.panel.locator('#panel[aria-busy="false"]').wait_for()
    assert await form.panel.locator(".hostile, [data-hit]").count() == 0


CUT_OFF = """() => [...document.querySelectorAll("*")]
  .filter((each) => each.checkVisibility() && !each.closest("thead"))
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
  .map((each) => each.outerHTML)"""


async def test_the_narrowest_page_shows_stock_by_location_as_a_list(opened: Open, lookup: ScriptedLookup) -> None:
    """320 px is what is left of a usual page at 400 %."""
    supply = [
        {"date": "2026-12-01", "quantity": "1000", "overdue": False},
        {"date": "2026-11-01", "quantity": "40", "overdue": True},
    ]
    row = {"code": "WESTERNMOST", "available": "12345.5", "on_hand": "22345.5", "reserved": "10000"}
    stock = some_stock(locations=[row | {"on_the_way": supply}])
    price = a_price(unit_price="1234567.89012", line_amount="14814814.68")
    lookup.answer = lambda question: an_answer(question, line={"availability": stock, "price": price})
    form = await opened(width=320)
    await form.state("answer")
    panel = form.page.frames[1]
    assert await panel.evaluate(CUT_OFF) == []
    row_height = await panel.evaluate("() => document.querySelector('#location-rows tr').offsetHeight")
    assert row_height < 180
    # Laid out as a list, it is a table still for those who listen to it.
    assert await form.panel.get_by_role("table").get_by_role("cell").count() == 4
    assert await form.panel.get_by_role("columnheader").count() == 5
    assert await form.panel.get_by_role("rowheader", name="WESTERNMOST").count() == 1


@pytest.mark.parametrize("width", [320, 380])
async def test_a_narrow_form_needs_no_sideways_scrolling(opened: Open, lookup: ScriptedLookup, width: int) -> None:
    form = await opened(width=width)
    await form.state("answer")
    wide = await form.page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert wide is False
    panel = form.page.frames[1]
    sizes = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    scroll, client = await panel.evaluate(sizes)
    assert scroll <= client


@pytest.mark.parametrize(("width", "colors"), [(1120, "none"), (320, "active")])
async def test_axe_finds_nothing_in_any_state(opened: Open, lookup: ScriptedLookup, width: int, colors: Any) -> None:
    states: list[tuple[str, Any, dict[str, Any]]] = [
        ("answer", an_answer, {}),
        ("stale", lambda question: an_answer(question, stale=True, age_seconds=240), {"language": 1053}),
        ("empty", an_answer, {"product": ""}),
        ("unknown", lambda question: a_problem(503, "financials_slow", "No."), {}),
        ("keyRefused", lambda question: a_problem(401, "not_signed_in", "No."), {}),
    ]
    for state, answer, asked in states:
        lookup.answer = answer
        form = await opened(width=width, **asked)
        await form.page.emulate_media(forced_colors=colors)
        await form.state(state)
        assert await findings(form) == [], state


async def test_axe_would_see_a_fault(opened: Open, lookup: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    await form.page.frames[1].evaluate("() => { document.getElementById('use').textContent = ''; }")
    assert [finding for finding in await findings(form) if finding.startswith("button-name")] != []


async def test_the_sign_in_library_really_starts_in_the_panel(
    opened: Open, sandbox: RunningSandbox, lookup: ScriptedLookup
) -> None:
    """Without a session the silent way fails, and the panel offers to sign in instead of opening a window by itself."""
    await give(
        sandbox,
        tandem_LookupKey="",
        tandem_LookupTenantId="5a4d0b0c-0000-4000-8000-000000000001",
        tandem_LookupClientId="5a4d0b0c-0000-4000-8000-000000000003",
        tandem_LookupScope="api://lookup/Lookup.Read",
        tandem_LookupAuthority="https://127.0.0.1:9",
    )
    form = await opened()
    await form.state("notSignedIn")
    assert await form.panel.locator("#action").inner_text() == "Sign in"
    assert len(form.page.context.pages) == 1
    with pytest.raises(Error):
        await form.page.evaluate("() => Promise.reject(new Error('evaluation tells errors'))")


@pytest.mark.skipif(not PICTURES, reason="draws the pictures of the documentation when TANDEM_PICTURES names a folder")
async def test_pictures_for_the_documentation(opened: Open, lookup: ScriptedLookup, sandbox: RunningSandbox) -> None:
    euro = {
        "isocurrencycode": "EUR",
        "currencyname": "Euro",
        "currencysymbol": "€",
        "currencyprecision": 2,
        "exchangerate": "1",
    }
    sales = sandbox.tenants.sales
    held = [
        row["transactioncurrencyid"] for row in sales.dump("transactioncurrency") if row["isocurrencycode"] == "EUR"
    ]
    currency = held[0] if held else sales.insert("transactioncurrency", euro)["transactioncurrencyid"]
    form = await opened(width=1000, currency=currency)
    await form.state("answer")
    # The moment of the scripted answer, so that drawing them again changes nothing.
    await form.page.clock.set_fixed_time("2026-11-22T10:00:05Z")
    await form.panel.locator("#refresh").press("Enter")
    await form.state("answer")
    await form.panel.locator("#use").press("Enter")
    await form.panel.locator("#used").wait_for()
    # The pointer rests nowhere and the focus ring would only puzzle a reader.
    await form.page.evaluate("() => document.activeElement.contentDocument.activeElement.blur()")
    await form.page.screenshot(path=f"{PICTURES}/order-line.png", full_page=True)

    lookup.answer = lambda question: an_answer(question, stale=True, age_seconds=240)
    narrow = await opened(width=320, language=1053)
    await narrow.state("stale")
    await narrow.page.clock.set_fixed_time("2026-11-22T10:04:00Z")
    await narrow.panel.locator("#refresh").press("Enter")
    await narrow.state("stale")
    await narrow.page.evaluate("() => document.activeElement.contentDocument.activeElement.blur()")
    card = narrow.page.locator("section", has=narrow.page.locator("iframe"))
    await card.screenshot(path=f"{PICTURES}/order-line-narrow.png")
