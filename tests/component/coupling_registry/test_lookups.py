"""Look-ups through couplings, contacts with their accounts, and primary contacts that are filled later."""

import pytest

from libs.contracts.pages import PageSynchronized
from libs.contracts.vocabulary import RunKind
from libs.testing.builders import a_contact, a_context, a_customer, a_record, an_id
from tests.component.coupling_registry.bench import Bench, counted


@pytest.fixture
async def office(bench: Bench) -> Bench:
    """A salesperson, a currency and payment terms are coupled."""
    bench.sales.put("systemuser", an_id("ana"), {"internalemailaddress": "ana@b.test"})
    bench.sales.put("account.paymenttermscode", "5", {"label": "14 DAYS"})
    person = a_record("ANA", {"E-Mail": "ana@b.test"})
    await bench.to_sales("SALESPEOPLE", person, run=RunKind.COUPLING, match_by="email")
    await bench.to_sales("CURRENCY", a_record("GBP", {"Code": "GBP", "Description": "P", "Exchange Rate": "1.2"}))
    await bench.to_sales("PAYMENT TERMS", a_record("14 DAYS", {"Code": "14 DAYS"}))
    return bench


async def test_codes_become_ids_numbers_and_owners(office: Bench) -> None:
    customer = a_customer(salesperson_code="ana ", currency_code="GBP", payment_terms_code="14 DAYS")

    done = await office.to_sales("CUSTOMER", customer)

    assert counted(done) == {"inserted": 1}
    values = office.sales.records("account")[0]["values"]
    assert values["ownerid"] == f"systemuser:{an_id('ana')}"
    assert values["paymenttermscode"] == 5
    assert values["transactioncurrencyid"] == (await office.coupling("CURRENCY", "GBP")).sales_id


async def test_ids_and_numbers_become_codes_again(office: Bench) -> None:
    values = {
        "name": "Fabrikam",
        "transactioncurrencyid": (await office.coupling("CURRENCY", "GBP")).sales_id,
        "paymenttermscode": 5,
        "primarycontactid": None,
    }
    local = {"name": "Local", "transactioncurrencyid": a_context().local_currency_id}

    await office.from_sales("CUSTOMER", a_record(id=an_id("1"), values=values), a_record(id=an_id("2"), values=local))

    first, second = (record["values"] for record in office.financials.records("Customer"))
    assert (first["Currency Code"], first["Payment Terms Code"]) == ("GBP", "14 DAYS")
    assert second["Currency Code"] == ""
    assert "Payment Terms Code" not in second


@pytest.mark.parametrize(
    ("field", "code", "mapping"),
    [
        ("Salesperson Code", "JR", "SALESPEOPLE"),
        ("Currency Code", "SEK", "CURRENCY"),
        ("Payment Terms Code", "90 DAYS", "PAYMENT TERMS"),
        ("Shipment Method Code", "CIF", "SHIPMENT METHOD"),
        ("Shipping Agent Code", "UPS", "SHIPPING AGENT"),
    ],
)
async def test_a_code_that_is_not_coupled_fails_the_record_by_name(
    office: Bench, field: str, code: str, mapping: str
) -> None:
    customer = a_customer("C2")
    customer["values"][field] = code

    done = await office.to_sales("CUSTOMER", customer, a_customer("C3"))

    assert counted(done) == {"inserted": 1, "failed": 1}
    [error] = done.errors
    assert error.source_key == "C2"
    assert error.failure.code == "record.partner_not_coupled"
    assert f"{field} {code} must be coupled to a record in Sales" in error.failure.message
    assert mapping in error.failure.message


async def test_a_partner_coupled_a_moment_ago_is_found_although_the_table_was_read_before(office: Bench) -> None:
    await office.to_sales("CUSTOMER", a_customer("C1", payment_terms_code="14 DAYS"))
    await office.to_sales("PAYMENT TERMS", a_record("30 DAYS", {"Code": "30 DAYS"}))

    done = await office.to_sales("CUSTOMER", a_customer("C2", payment_terms_code="30 DAYS"))

    assert counted(done) == {"inserted": 1}


async def test_a_reserved_coupling_is_no_partner(bench: Bench) -> None:
    bench.sales.refuse = lambda write: "no"
    await bench.to_sales("CURRENCY", a_record("GBP", {"Code": "GBP", "Description": "P", "Exchange Rate": "1.2"}))
    bench.sales.refuse = lambda write: ""

    done = await bench.to_sales("CUSTOMER", a_customer(currency_code="GBP"))

    assert counted(done) == {"failed": 1}


async def test_a_blank_salesperson_keeps_the_owner_later_on(office: Bench) -> None:
    await office.to_sales("CUSTOMER", a_customer(salesperson_code="ANA"))

    done = await office.to_sales("CUSTOMER", a_customer(salesperson_code="", county="NY", version="2"))

    assert counted(done) == {"modified": 1}
    values = office.sales.records("account")[0]["values"]
    assert (values["address1_stateorprovince"], values["ownerid"]) == ("NY", f"systemuser:{an_id('ana')}")


async def test_a_contact_belongs_to_the_account_of_its_customer(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())

    done = await bench.to_sales("CONTACT", a_contact())

    assert counted(done) == {"inserted": 1}
    account = bench.sales.records("account")[0]["id"]
    values = bench.sales.records("contact")[0]["values"]
    assert values["parentcustomerid"] == f"account:{account}"
    assert (values["firstname"], values["lastname"]) == ("Robert", "Townes")
    assert "parentcustomeridtype" not in values


async def test_a_contact_without_customer_is_skipped_and_one_of_an_uncoupled_customer_fails(bench: Bench) -> None:
    done = await bench.to_sales("CONTACT", a_contact("CT1", customer_no=""), a_contact("CT2", customer_no="C404"))

    assert counted(done) == {"skipped": 1, "failed": 1}
    skipped, failed = done.errors
    assert (skipped.source_key, skipped.action, skipped.failure.code) == ("CT1", "skip", "record.no_customer")
    assert (failed.source_key, failed.action) == ("CT2", "fail")
    assert "Customer No. C404 must be coupled" in failed.failure.message


async def test_a_contact_of_sales_becomes_a_person_of_its_accounts_customer(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    account = bench.sales.records("account")[0]["id"]
    row = a_record(
        id=an_id("row"), values={"firstname": "Eva", "lastname": "C", "parentcustomerid": f"account:{account}"}
    )

    done = await bench.from_sales("CONTACT", row)

    assert counted(done) == {"inserted": 1}
    values = bench.financials.records("Contact")[0]["values"]
    assert (values["Type"], values["Customer No."], values["First Name"]) == ("Person", "C00010", "Eva")


async def test_a_contact_of_sales_whose_account_is_no_customer_or_whose_parent_is_a_contact_is_skipped(
    bench: Bench,
) -> None:
    rows = [
        a_record(id=an_id(parent), values={"lastname": "C", "parentcustomerid": f"{parent}:{an_id('p')}"})
        for parent in ("account", "contact")
    ]

    done = await bench.from_sales("CONTACT", *rows)

    assert counted(done) == {"skipped": 2}
    assert [(error.action, error.failure.code) for error in done.errors] == [
        ("skip", "record.account_is_no_customer"),
        ("skip", "record.parent_is_no_account"),
    ]
    assert bench.financials.performed == []


async def test_a_contact_that_was_skipped_is_pulled_once_its_account_is_a_customer(bench: Bench) -> None:
    contact = a_record(id=an_id("eva"), values={"lastname": "C", "parentcustomerid": f"account:{an_id('account')}"})
    account = a_record(id=an_id("account"), values={"name": "Fabrikam"})

    for _ in range(3):
        assert counted(await bench.from_sales("CONTACT", contact)) == {"skipped": 1}
    await bench.from_sales("CUSTOMER", account)

    assert counted(await bench.from_sales("CONTACT", contact)) == {"inserted": 1}


async def test_a_contact_of_an_account_that_failed_to_become_a_customer_has_failed_too(bench: Bench) -> None:
    contact = a_record(id=an_id("eva"), values={"lastname": "C", "parentcustomerid": f"account:{an_id('account')}"})
    account = a_record(id=an_id("account"), values={"name": "Fabrikam"})
    bench.financials.refuse = lambda write: "locked"
    await bench.from_sales("CUSTOMER", account)
    bench.financials.refuse = lambda write: ""

    done = await bench.from_sales("CONTACT", contact)
    await bench.from_sales("CUSTOMER", account)
    later = await bench.from_sales("CONTACT", contact)

    assert (counted(done), counted(later)) == ({"failed": 1}, {"inserted": 1})
    assert [(error.action, error.failure.code) for error in done.errors] == [("fail", "record.partner_not_coupled")]


@pytest.mark.parametrize("parent", ["account", "contact"])
@pytest.mark.parametrize("run", [RunKind.FULL, RunKind.MODIFIED])
async def test_a_coupled_contact_that_was_moved_in_sales_is_still_pulled(
    bench: Bench, parent: str, run: RunKind
) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    account = bench.sales.records("account")[0]["id"]
    values = {"firstname": "Eva", "lastname": "C", "parentcustomerid": f"account:{account}", "telephone1": "1"}
    await bench.from_sales("CONTACT", a_record(id=an_id("row"), values=values))
    moved = {**values, "parentcustomerid": f"{parent}:{an_id('elsewhere')}", "telephone1": "2"}

    for version in ("second", "third"):
        row = a_record(id=an_id("row"), values=moved) | {"version": version}
        assert (await bench.from_sales("CONTACT", row, run=run)).errors == []

    [person] = bench.financials.records("Contact")
    assert (person["values"]["Phone No."], person["values"]["Customer No."]) == ("2", "C00010")


async def customers_then_contacts(bench: Bench) -> PageSynchronized:
    await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"), a_customer("C2"))
    return await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C1"), a_contact("CT2", customer_no="C2"))


async def test_a_primary_contact_is_filled_by_the_page_that_couples_it(bench: Bench) -> None:
    first = await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"))
    assert counted(first) == {"inserted": 1}
    assert bench.sales.records("account")[0]["values"]["primarycontactid"] is None
    assert (await bench.stored("CUSTOMER", "C1"))["waiting"] == {"primarycontactid": "CONTACT:CT1"}

    done = await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C1"))

    assert counted(done) == {"inserted": 1}
    contact = await bench.coupling("CONTACT", "CT1")
    account = bench.sales.records("account")[0]
    assert account["values"]["primarycontactid"] == contact.sales_id
    stored = await bench.stored("CUSTOMER", "C1")
    assert (stored["waiting"], stored["waiting_for"], stored["in_flight"]) == ({}, None, None)
    assert stored["sales_version"] == account["version"]


async def test_filling_a_primary_contact_is_no_change_for_any_later_run(bench: Bench) -> None:
    await customers_then_contacts(bench)
    written = bench.sales.written

    full = await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"), a_customer("C2"), job="full")
    back = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), job="full")
    modified = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), run=RunKind.MODIFIED)

    assert [counted(done) for done in (full, back, modified)] == [{"unchanged": 2}] * 3
    assert bench.sales.written == written
    assert bench.financials.performed == []


async def test_a_new_contact_does_not_become_the_primary_contact_of_a_customer_that_has_none(bench: Bench) -> None:
    await bench.from_sales("CUSTOMER", a_record(id=an_id("account"), values={"name": "F", "primarycontactid": None}))
    await customers_then_contacts(bench)

    contact = a_record(id=an_id("eva"), values={"lastname": "C", "parentcustomerid": f"account:{an_id('account')}"})
    done = await bench.from_sales("CONTACT", contact)

    assert counted(done) == {"inserted": 1}
    customer = bench.financials.records("Customer")[0]
    assert not customer["values"]["Primary Contact No."]
    account = await bench.coupling("CUSTOMER", "C2")
    assert bench.sales.table("account")[account.sales_id].values["primarycontactid"] is None


async def test_a_primary_contact_chosen_by_a_person_meanwhile_is_not_overwritten(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"))
    account = bench.sales.records("account")[0]["id"]
    bench.sales.put("account", account, {"primarycontactid": an_id("somebody else")})

    done = await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C1"))

    assert counted(done) == {"inserted": 1}
    assert bench.sales.table("account")[account].values["primarycontactid"] == an_id("somebody else")
    assert (await bench.stored("CUSTOMER", "C1"))["in_flight"] is None


async def test_an_account_that_changed_in_another_field_is_still_filled(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"))
    account = bench.sales.records("account")[0]["id"]
    bench.sales.put("account", account, {"address1_city": "Chicago"})

    await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C1"))
    pull = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), run=RunKind.MODIFIED)

    assert bench.sales.table("account")[account].values["primarycontactid"] is not None
    assert bench.financials.performed != []
    assert pull.counters.unchanged == 0


async def test_a_refused_filling_is_reported_and_the_contact_still_counts(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"))
    bench.sales.refuse = lambda write: "locked" if "primarycontactid" in write["values"] else ""

    done = await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C1"))
    bench.sales.refuse = lambda write: ""
    later = await bench.to_sales("CUSTOMER", a_customer("C1", primary_contact_no="CT1"))

    assert counted(done) == {"inserted": 1}
    [error] = done.errors
    assert (error.mapping, error.source_key, error.failure.remote_message) == ("CUSTOMER", "C1", "locked")
    assert counted(later) == {"modified": 1}
    assert bench.sales.records("account")[0]["values"]["primarycontactid"] is not None


async def test_an_incoming_empty_primary_contact_keeps_one_that_is_not_coupled(bench: Bench) -> None:
    customer = a_customer("C1", primary_contact_no="CT1")
    await bench.to_sales("CUSTOMER", customer)
    bench.financials.put("Customer", customer["id"], customer["values"], "C1")
    account = bench.sales.records("account")[0]["id"]
    bench.sales.put("account", account, {"address1_city": "Chicago"})

    done = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    values = bench.financials.table("Customer")[customer["id"]].values
    assert (values["City"], values["Primary Contact No."]) == ("Chicago", "CT1")


async def test_a_primary_contact_of_sales_is_filled_in_financials_when_the_contact_arrives(bench: Bench) -> None:
    contact = a_record(id=an_id("eva"), values={"lastname": "C"})
    account = a_record(id=an_id("account"), values={"name": "Fabrikam", "primarycontactid": an_id("eva")})
    await bench.from_sales("CUSTOMER", account)
    contact["values"]["parentcustomerid"] = f"account:{an_id('account')}"

    done = await bench.from_sales("CONTACT", contact)

    assert counted(done) == {"inserted": 1}
    person = bench.financials.records("Contact")[0]["key"]
    assert bench.financials.records("Customer")[0]["values"]["Primary Contact No."] == person


async def test_a_comparison_knows_a_coupled_primary_contact_and_ignores_one_that_is_not(bench: Bench) -> None:
    await customers_then_contacts(bench)
    first, second = bench.sales.records("account")
    bench.sales.put("account", second["id"], {"primarycontactid": an_id("nobody Tandem knows")})
    bench.sales.tells_versions = False

    done = await bench.to_sales(
        "CUSTOMER", a_customer("C1", primary_contact_no="CT1", city="Boston", version="2"), a_customer("C2")
    )

    assert counted(done) == {"modified": 1, "unchanged": 1}
    assert bench.sales.table("account")[second["id"]].values["primarycontactid"] == an_id("nobody Tandem knows")
    assert bench.sales.performed[-1]["values"] == {"address1_city": "Boston"}
    assert bench.sales.performed[-1]["id"] == first["id"]


async def test_a_row_of_sales_that_becomes_a_record_of_financials_is_stamped_with_the_company(bench: Bench) -> None:
    bench.sales.put("account", an_id("account"), {"name": "Fabrikam", "bcbi_companyid": None})

    first = await bench.from_sales("CUSTOMER", *bench.sales.records("account"))
    back = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), run=RunKind.MODIFIED)

    assert [counted(done) for done in (first, back)] == [{"inserted": 1}, {"unchanged": 1}]
    assert bench.sales.records("account")[0]["values"]["bcbi_companyid"] == a_context().company_row_id
    assert bench.sales.performed[-1]["values"] == {"bcbi_companyid": a_context().company_row_id}


async def test_a_new_contact_of_sales_fills_what_waits_for_it_and_is_stamped_too(bench: Bench) -> None:
    bench.twice = True
    bench.sales.put("account", an_id("account"), {"name": "Fabrikam", "primarycontactid": an_id("eva")})
    bench.sales.put("contact", an_id("eva"), {"lastname": "C", "parentcustomerid": f"account:{an_id('account')}"})
    await bench.from_sales("CUSTOMER", *bench.sales.records("account"))

    done = await bench.from_sales("CONTACT", *bench.sales.records("contact"))

    assert counted(done) == {"inserted": 1}
    person = bench.financials.records("Contact")[0]["key"]
    assert bench.financials.records("Customer")[0]["values"]["Primary Contact No."] == person
    for table in ("account", "contact"):
        assert bench.sales.records(table)[0]["values"]["bcbi_companyid"] == a_context().company_row_id
    for mapping in ("CUSTOMER", "CONTACT"):
        [coupling] = await bench.couplings(mapping)
        assert (await bench.stored(mapping, coupling.financials_key))["in_flight"] is None
