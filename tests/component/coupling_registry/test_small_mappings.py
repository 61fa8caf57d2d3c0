"""Currencies, choices, units of measure and salespeople."""

import pytest

from libs.contracts.pages import OutcomeData, WritePage
from libs.contracts.vocabulary import Direction, OutcomeStatus, RunKind
from libs.messaging.pages import answered_for
from libs.testing.builders import a_context, a_page_key, a_record, a_synchronize_page, an_id
from tests.component.coupling_registry.bench import Bench, counted


def a_currency(code: str, rate: str = "0.5", **values: str) -> object:
    return a_record(code, {"Code": code, "Symbol": "", "Description": f"The {code}", "Exchange Rate": rate, **values})


async def test_a_currency_is_created_with_its_rate_to_the_base_currency(bench: Bench) -> None:
    done = await bench.to_sales("CURRENCY", a_currency("GBP", "1.2"), a_currency("DKK", "0.134"))

    assert counted(done) == {"inserted": 2}
    pound, krone = bench.sales.records("transactioncurrency")
    assert pound["values"]["isocurrencycode"] == "GBP"
    assert pound["values"]["exchangerate"] == "0.6666666667"
    assert krone["values"]["exchangerate"] == "5.9701492537"
    assert pound["values"]["currencyprecision"] == 2
    assert pound["values"]["currencysymbol"] == "GBP"


@pytest.mark.parametrize("rate", ["0", "", "-1"])
async def test_a_currency_without_a_rate_fails_alone(bench: Bench, rate: str) -> None:
    done = await bench.to_sales("CURRENCY", a_currency("XYZ", rate), a_currency("GBP"))

    assert counted(done) == {"inserted": 1, "failed": 1}
    [error] = done.errors
    assert (error.source_key, error.action, error.failure.code) == ("XYZ", "fail", "record.exchange_rate_missing")
    assert "XYZ" in error.failure.message


async def test_a_currency_that_sales_has_is_coupled_instead_of_created(bench: Bench) -> None:
    bench.sales.put("transactioncurrency", an_id("pound"), {"isocurrencycode": "GBP", "currencyname": "Pounds"})

    done = await bench.to_sales("CURRENCY", a_currency("GBP"))

    assert counted(done) == {"modified": 1}
    [row] = bench.sales.records("transactioncurrency")
    assert row["values"]["currencyname"] == "The GBP"
    assert (await bench.coupling("CURRENCY", "GBP")).sales_id == an_id("pound")


async def test_the_rate_of_the_base_currency_is_never_written(bench: Bench) -> None:
    bench.sales.put("transactioncurrency", an_id("dollar"), {"isocurrencycode": "USD", "exchangerate": "1"})

    first = await bench.to_sales("CURRENCY", a_currency("USD", "0.8"))
    second = await bench.to_sales("CURRENCY", a_currency("USD", "0.9"))

    assert counted(first) == {"modified": 1}
    assert counted(second) == {"unchanged": 1}
    assert all("exchangerate" not in write["values"] for write in bench.sales.performed)


async def test_a_new_rate_is_the_only_field_written(bench: Bench) -> None:
    await bench.to_sales("CURRENCY", a_currency("GBP", "1.2"))

    done = await bench.to_sales("CURRENCY", a_currency("GBP", "1.25"))

    assert counted(done) == {"modified": 1}
    assert bench.sales.performed[-1]["values"] == {"exchangerate": "0.64"}


async def test_match_based_coupling_couples_creates_and_synchronizes_currencies(bench: Bench) -> None:
    bench.sales.put("transactioncurrency", an_id("pound"), {"isocurrencycode": "gbp", "currencyname": "Pounds"})

    done = await bench.to_sales("CURRENCY", a_currency("GBP"), a_currency("DKK"), run=RunKind.COUPLING)
    again = await bench.to_sales("CURRENCY", a_currency("GBP"), a_currency("DKK"), run=RunKind.COUPLING)

    assert counted(done) == {"coupled": 1, "inserted": 1}
    assert counted(again) == {"unchanged": 2}
    assert bench.sales.table("transactioncurrency")[an_id("pound")].values["currencyname"] == "The GBP"


async def test_payment_terms_become_values_of_the_choice_and_are_found_again_by_their_label(bench: Bench) -> None:
    bench.sales.put("account.paymenttermscode", "77", {"label": "30 days"})

    done = await bench.to_sales(
        "PAYMENT TERMS", a_record("14 DAYS", {"Code": "14 DAYS"}), a_record("30 DAYS", {"Code": "30 DAYS"})
    )

    assert counted(done) == {"inserted": 1, "unchanged": 1}
    assert (await bench.coupling("PAYMENT TERMS", "30 DAYS")).sales_id == "77"
    coupling = await bench.coupling("PAYMENT TERMS", "14 DAYS")
    assert bench.sales.table("account.paymenttermscode")[coupling.sales_id].values == {"label": "14 DAYS"}


async def test_a_choice_value_is_not_added_twice_when_its_creation_is_repeated(bench: Bench) -> None:
    bench.twice = True

    done = await bench.to_sales("SHIPPING AGENT", a_record("DHL", {"Code": "DHL"}))

    assert len(bench.sales.records("account.address1_shippingmethodcode")) == 1
    assert done.counters.total == 1


async def test_a_unit_of_measure_becomes_a_unit_group_that_knows_its_base_unit(bench: Bench) -> None:
    done = await bench.to_sales("UNIT OF MEASURE", a_record("PCS", {"Code": "PCS"}))

    assert counted(done) == {"inserted": 1}
    [group] = bench.sales.records("uomschedule")
    assert group["values"] == {"name": "NAV PCS", "baseuomname": "PCS"}
    stored = await bench.stored("UNIT OF MEASURE", "PCS")
    assert stored["facts"] == {"baseuomid": an_id(f"base unit of {group['id']}"), "soleuomname": "PCS"}


async def test_unit_groups_are_coupled_by_the_name_that_they_would_get(bench: Bench) -> None:
    bench.sales.put("uomschedule", an_id("pieces"), {"name": "NAV PCS", "baseuomname": "PCS"})
    bench.sales.put("uomschedule", an_id("other"), {"name": "Default Unit", "baseuomname": "Primary Unit"})
    units = [a_record(code, {"Code": code}) for code in ("PCS", "BOX")]

    done = await bench.to_sales("UNIT OF MEASURE", *units, run=RunKind.COUPLING)

    assert counted(done) == {"coupled": 1, "failed": 1}
    assert (await bench.coupling("UNIT OF MEASURE", "PCS")).sales_id == an_id("pieces")
    assert [(error.source_key, error.failure.code) for error in done.errors] == [("BOX", "coupling.no_match")]
    assert bench.sales.written == 0


async def test_a_user_becomes_a_salesperson_with_a_code_of_the_number_series(bench: Bench) -> None:
    user = a_record(
        id=an_id("user"), values={"internalemailaddress": "a@b.test", "fullname": "Ana", "mobilephone": None}
    )

    done = await bench.from_sales("SALESPEOPLE", user)

    assert counted(done) == {"inserted": 1}
    [salesperson] = bench.financials.records("Salesperson/Purchaser")
    assert salesperson["values"] == {"E-Mail": "a@b.test", "Name": "Ana", "Phone No.": ""}
    [coupling] = await bench.couplings("SALESPEOPLE")
    assert coupling.financials_key == salesperson["key"]
    assert coupling.sales_id == an_id("user")
    assert bench.joined == [an_id("user")]


async def test_a_user_joins_the_companys_team_when_coupled_and_not_again(bench: Bench) -> None:
    bench.sales.put("systemuser", an_id("ana"), {"internalemailaddress": "ana@b.test", "fullname": "Ana"})
    person = a_record("ANA", {"E-Mail": "ana@b.test", "Name": "", "Phone No.": ""}, id=an_id("person"))
    bench.financials.put("Salesperson/Purchaser", an_id("person"), person["values"], key="ANA")
    user = a_record(id=an_id("ana"), values={"internalemailaddress": "ana@b.test", "fullname": "Ana"})

    await bench.to_sales("SALESPEOPLE", person, run=RunKind.COUPLING, match_by="email")
    assert bench.joined == [an_id("ana")]
    await bench.from_sales("SALESPEOPLE", user)
    await bench.from_sales("SALESPEOPLE", user | {"version": "another"})
    assert set(bench.joined) == {an_id("ana")}


async def test_salespeople_are_coupled_by_e_mail_and_nobody_is_created(bench: Bench) -> None:
    bench.sales.put("systemuser", an_id("ana"), {"internalemailaddress": "Ana@b.test"})
    bench.sales.put("systemuser", an_id("twin 1"), {"internalemailaddress": "twin@b.test"})
    bench.sales.put("systemuser", an_id("twin 2"), {"internalemailaddress": "twin@b.test"})
    people = [
        a_record(code, {"E-Mail": mail})
        for code, mail in (("ANA", "ana@b.test"), ("TWIN", "twin@b.test"), ("NOBODY", "x@b.test"), ("BLANK", ""))
    ]

    done = await bench.to_sales("SALESPEOPLE", *people, run=RunKind.COUPLING, match_by="email")

    assert counted(done) == {"coupled": 1, "failed": 3}
    assert {error.source_key: error.failure.code for error in done.errors} == {
        "TWIN": "coupling.ambiguous",
        "NOBODY": "coupling.no_match",
        "BLANK": "coupling.no_match",
    }
    assert bench.sales.written == 0
    assert (await bench.coupling("SALESPEOPLE", "ANA")).sales_id == an_id("ana")


async def test_partners_are_looked_for_inside_the_filter_of_sales_when_coupling_alone(bench: Bench) -> None:
    person = a_record("ANA", {"E-Mail": "ana@b.test"})
    page = a_page_key("SALESPEOPLE", Direction.TO_SALES)
    [asked] = await bench.handle(a_synchronize_page(page, [person], RunKind.COUPLING, match_by="email"))
    page = a_page_key("CURRENCY", Direction.TO_SALES)
    [created] = await bench.handle(a_synchronize_page(page, [a_record("EUR", {"Code": "EUR"})], RunKind.FULL))

    assert isinstance(asked, WritePage) and isinstance(created, WritePage)
    assert {term.field: term.value for term in asked.match_filter} == {
        "isdisabled": False,
        "islicensed": True,
        "isintegrationuser": False,
    }
    assert created.match_filter == []


async def test_two_salespeople_with_one_address_do_not_share_a_user(bench: Bench) -> None:
    bench.sales.put("systemuser", an_id("ana"), {"internalemailaddress": "ana@b.test"})

    first = await bench.to_sales(
        "SALESPEOPLE", a_record("ANA", {"E-Mail": "ana@b.test"}), run=RunKind.COUPLING, match_by="email"
    )
    second = await bench.to_sales(
        "SALESPEOPLE", a_record("AN2", {"E-Mail": "ana@b.test"}), run=RunKind.COUPLING, match_by="email"
    )

    assert counted(first) == {"coupled": 1}
    assert counted(second) == {"failed": 1}
    assert second.errors[0].failure.code == "coupling.taken"


async def test_one_page_cannot_couple_two_salespeople_with_the_same_user(bench: Bench) -> None:
    bench.sales.put("systemuser", an_id("ana"), {"internalemailaddress": "ana@b.test"})
    people = [a_record(code, {"E-Mail": "ana@b.test"}) for code in ("ANA", "AN2")]

    done = await bench.to_sales("SALESPEOPLE", *people, run=RunKind.COUPLING, match_by="email")

    assert counted(done) == {"coupled": 1, "failed": 1}
    assert len(await bench.couplings("SALESPEOPLE")) == 1


async def test_a_coupling_run_without_criteria_says_so_and_counts_nothing(bench: Bench) -> None:
    done = await bench.to_sales("CUSTOMER", a_record("C1", {}), run=RunKind.COUPLING)

    assert counted(done) == {}
    assert done.errors[0].failure.code == "coupling.no_criteria"


async def test_a_page_against_the_direction_of_its_mapping_says_so_and_counts_nothing(bench: Bench) -> None:
    done = await bench.from_sales("CURRENCY", a_record(id=an_id("x"), values={}))

    assert counted(done) == {}
    assert done.errors[0].failure.code == "mapping.wrong_direction"


def test_the_builders_company_keeps_its_books_in_euro() -> None:
    assert a_context().local_currency_code == "EUR"


async def test_a_choice_that_sales_has_twice_fails_alone_and_does_not_stop_the_next_run(bench: Bench) -> None:
    terms = [a_record(code, {"Code": code}) for code in ("30D", "60D")]
    page = a_page_key("PAYMENT TERMS", job="first")
    [asked] = await bench.handle(a_synchronize_page(page, terms, RunKind.FULL))
    assert isinstance(asked, WritePage)
    status = {"30D": OutcomeStatus.AMBIGUOUS, "60D": OutcomeStatus.CREATED}
    outcomes: list[OutcomeData] = [
        {"write": write, "status": status[str(write["values"]["label"])].value, "id": write["id"], "version": ""}
        for write in asked.writes
    ]
    first = await bench.finish(answered_for(asked, outcomes))

    # Somebody deletes one of the two options, and restarts the line at once.
    again = await bench.to_sales("PAYMENT TERMS", *terms)

    assert (counted(first), first.errors[0].failure.code) == ({"inserted": 1, "failed": 1}, "coupling.ambiguous")
    assert counted(again)["inserted"] == 1
