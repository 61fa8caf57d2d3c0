"""Setup, review and modified runs, asked for as the console would, with scripted connectors and registry."""

from pathlib import Path

from libs.contracts.failures import Failure
from libs.contracts.jobs import CoupleSalespeople, ListSynchJobs, SynchronizeModified
from libs.contracts.pages import Condition, Counters
from libs.contracts.review import (
    ChooseRecommendation,
    GenerateReview,
    ResetReview,
    RestartReviewLine,
    ReviewView,
    StartReview,
)
from libs.contracts.setup import (
    ConfigureRegistry,
    CountRecords,
    EnableConnection,
    GetConnection,
    PrepareCompany,
    TableView,
)
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation, RunKind, System
from libs.testing.eventually import eventually
from tests.component.orchestrator.scripted import COMPANY, Script, at_rest, running, statuses
from tests.unit.orchestrator.builders import a_mapping

MAPPINGS = [
    a_mapping("CONTACT", prerequisites=["CUSTOMER", "VENDOR"]),
    a_mapping("CUSTOMER", Direction.BIDIRECTIONAL, prerequisites=["CURRENCY", "PAYMENT TERMS"]),
    a_mapping("CURRENCY", recommendation_rule="currency"),
    a_mapping("PAYMENT TERMS", kind="option", recommendation_rule="option", can_match=True),
]
RECORDS = {"Contact": 3, "Customer": 5, "Currency": 2, "currency": 1}


def a_script(**changes: object) -> Script:
    return Script(**{"mappings": list(MAPPINGS), "records": dict(RECORDS), **changes})  # type: ignore[arg-type]


async def test_the_connection_is_made_when_both_tenants_can_be_used(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        made = await tandem.client.ask(EnableConnection())
        again = await tandem.client.ask(EnableConnection())
        known = await tandem.client.ask(GetConnection())

    assert made.enabled and made.failures == []
    assert made == again == known
    assert (made.context.base_currency_code, made.context.base_currency_rate) == ("EUR", "0.86")
    [told, _] = [asked.context for asked in script.asked if isinstance(asked, ConfigureRegistry)]
    assert told == made.context
    assert [asked.company for asked in script.asked if isinstance(asked, PrepareCompany)] == [COMPANY, COMPANY]


async def test_another_organization_is_not_used_with_what_was_prepared_in_the_former_one(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        script.prepare_failures = [Failure(code="remote.unavailable", message="away", transient=True)]
        same = await tandem.client.ask(EnableConnection())
        script.organization_id = "another"
        other = await tandem.client.ask(EnableConnection())
        refused = await tandem.client.ask(SynchronizeModified())

    assert (same.enabled, other.enabled) == (True, False)
    assert [failure.code for failure in refused.failures] == ["connection.not_enabled"]


async def test_everything_that_stands_in_the_way_is_told_and_nothing_is_prepared(tmp_path: Path) -> None:
    secret = Failure(code="remote.access_denied", message="no", setting="TANDEM_CLIENT_SECRET")
    company = Failure(code="company.unknown", message="no", setting="TANDEM_FINANCIALS_COMPANY")
    script = a_script(connection_failures={System.SALES: [secret], System.FINANCIALS: [company]})
    async with running(tmp_path, script) as tandem:
        made = await tandem.client.ask(EnableConnection())
        review = await tandem.client.ask(GenerateReview())
        modified = await tandem.client.ask(SynchronizeModified())

    assert not made.enabled
    assert made.failures == [secret, company]
    assert not any(isinstance(asked, PrepareCompany) for asked in script.asked)
    assert [failure.code for failure in review.failures] == ["connection.not_enabled"]
    assert [failure.code for failure in modified.failures] == ["connection.not_enabled"]


async def test_a_connection_that_worked_outlives_an_outage_but_not_a_refusal(tmp_path: Path) -> None:
    away = Failure(code="remote.unavailable", message="away", transient=True)
    refused = Failure(code="remote.access_denied", message="no", setting="TANDEM_CLIENT_SECRET")
    script = a_script()
    async with running(tmp_path, script) as tandem:
        made = await tandem.client.ask(EnableConnection())
        script.connection_failures[System.SALES] = [away]
        during = await tandem.client.ask(EnableConnection())
        script.connection_failures[System.SALES] = [away, refused]
        after = await tandem.client.ask(EnableConnection())

    assert (during.enabled, during.failures, during.context) == (True, [away], made.context)
    assert (after.enabled, after.failures) == (False, [away, refused])


async def test_another_company_starts_from_nothing_and_the_first_one_goes_on_where_it_stood(tmp_path: Path) -> None:
    script = a_script(mappings=[a_mapping("CURRENCY")])
    other = COMPANY.model_copy(update={"id": "other"})
    marks = []

    async def modified_run() -> None:
        script.reads.clear()
        started = await tandem.client.ask(SynchronizeModified())
        await tandem.over(started.job_ids["CURRENCY"])
        marks.append(script.reads[0].read.modified_after)

    async def connected() -> bool:
        """Not while the end of the former company's job is still being noted."""
        return not (await tandem.client.ask(EnableConnection())).failures

    async with running(tmp_path, script) as tandem:
        for company in (COMPANY, other, COMPANY):
            script.company = company
            await eventually(connected)
            await modified_run()
            await modified_run()

    assert marks == ["", "financials-mark", "", "financials-mark", "financials-mark", "financials-mark"]


async def test_another_company_is_not_connected_while_jobs_of_the_first_one_are_under_way(tmp_path: Path) -> None:
    script = a_script(mappings=[a_mapping("CURRENCY")], silent={"CURRENCY"})
    async with running(tmp_path, script) as tandem:
        first = await tandem.client.ask(EnableConnection())
        await tandem.client.ask(SynchronizeModified())
        script.company = COMPANY.model_copy(update={"id": "other"})
        prepared = len(script.asked)
        refused = await tandem.client.ask(EnableConnection())

    assert [failure.code for failure in refused.failures] == ["connection.jobs_under_way"]
    assert refused.enabled and refused.context == first.context, "the first one goes on"
    assert not any(isinstance(asked, PrepareCompany) for asked in script.asked[prepared:])


async def test_a_connection_is_not_kept_for_another_company_that_could_not_be_prepared(tmp_path: Path) -> None:
    away = Failure(code="remote.unavailable", message="away", transient=True)
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        script.company, script.prepare_failures = COMPANY.model_copy(update={"id": "other"}), [away]
        made = await tandem.client.ask(EnableConnection())

    assert (made.enabled, made.failures) == (False, [away])


async def test_the_review_counts_both_sides_and_recommends(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        view = await tandem.client.ask(GenerateReview())

    advice = {line.name: (line.financials_count, line.sales_count, line.recommendation) for line in view.lines}
    assert advice == {
        "CONTACT": (3, 0, Recommendation.FULL_SYNCHRONIZATION),
        "CUSTOMER": (5, 0, Recommendation.FULL_SYNCHRONIZATION),
        "CURRENCY": (2, 1, Recommendation.FULL_SYNCHRONIZATION),
        "PAYMENT TERMS": (0, 0, Recommendation.NO_RECORDS_FOUND),
    }
    assert set(statuses(view).values()) == {None}


async def test_sales_is_counted_inside_the_filter_and_without_the_price_list_that_setup_made(tmp_path: Path) -> None:
    mine = Condition(field="bcbi_companyid", operator="in", value=[None, "row"])
    script = a_script(
        mappings=[a_mapping("PRICES", sales=TableView(table="pricelevel", fields=["name"], filter=[mine]))]
    )
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())

    counts = {asked.system: asked.filter for asked in script.asked if isinstance(asked, CountRecords)}
    assert counts == {
        System.FINANCIALS: [],
        System.SALES: [mine, Condition(field="pricelevelid", operator="ne", value="list")],
    }


async def test_what_cannot_be_counted_is_told_once(tmp_path: Path) -> None:
    outage = Failure(code="remote.unavailable", message="away")
    async with running(tmp_path, a_script(count_failures=[outage])) as tandem:
        await tandem.client.ask(EnableConnection())
        view = await tandem.client.ask(GenerateReview())

    assert (view.lines, view.failures) == ([], [outage])


async def test_a_full_synchronization_runs_in_dependency_order(tmp_path: Path) -> None:
    script = a_script(records={**RECORDS, "Payment Terms": 2})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        view = await at_rest(tandem)
        listed = await tandem.client.ask(ListSynchJobs())

    assert set(statuses(view).values()) == {JobStatus.FINISHED}
    order = [read.page.mapping for read in script.reads]
    assert sorted(order[:2]) == ["CURRENCY", "PAYMENT TERMS"]
    assert order[2:] == ["CUSTOMER", "CUSTOMER", "CONTACT"]
    customer = next(line for line in view.lines if line.name == "CUSTOMER")
    assert customer.counters[Direction.TO_SALES] == Counters(inserted=5)
    assert (customer.to_sales_status, customer.from_sales_status) == ("success", "success")
    assert {job.mapping: job.run for job in listed.jobs} == {
        "CURRENCY": RunKind.FULL,
        "PAYMENT TERMS": RunKind.COUPLING,
        "CUSTOMER": RunKind.FULL,
        "CONTACT": RunKind.FULL,
    }


async def test_an_error_holds_its_dependants_until_the_line_is_restarted(tmp_path: Path) -> None:
    script = a_script(unreadable={"CUSTOMER"})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        held = await at_rest(tandem)
        script.unreadable.clear()
        await tandem.client.ask(RestartReviewLine(mapping="CUSTOMER"))
        view = await at_rest(tandem)

    assert (statuses(held)["CUSTOMER"], statuses(held)["CONTACT"]) == (JobStatus.ERROR, None)
    assert next(line for line in held.lines if line.name == "CUSTOMER").failure is not None
    assert (statuses(view)["CUSTOMER"], statuses(view)["CONTACT"]) == (JobStatus.FINISHED, JobStatus.FINISHED)


async def test_a_line_that_nothing_could_be_coupled_by_is_in_error_and_reads_nothing(tmp_path: Path) -> None:
    script = a_script(records={**RECORDS, "customer": 4})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        view = await at_rest(tandem)

    customer = next(line for line in view.lines if line.name == "CUSTOMER")
    assert (customer.recommendation, customer.job_status) == (Recommendation.COUPLE_RECORDS, JobStatus.ERROR)
    assert customer.failure is not None
    assert "CUSTOMER" in customer.failure.message and "full synchronization" in customer.failure.message
    assert statuses(view)["CONTACT"] is None
    assert "CUSTOMER" not in {read.page.mapping for read in script.reads}


async def test_what_a_review_has_written_does_not_change_its_advice_when_a_line_is_restarted(tmp_path: Path) -> None:
    script = a_script(unreadable={"CUSTOMER"})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        await at_rest(tandem)
        script.records["contact"] = 3
        script.unreadable.clear()
        await tandem.client.ask(RestartReviewLine(mapping="CUSTOMER"))
        view = await at_rest(tandem)

    contact = next(line for line in view.lines if line.name == "CONTACT")
    assert (contact.recommendation, contact.sales_count) == (Recommendation.FULL_SYNCHRONIZATION, 0)
    assert contact.job_status is JobStatus.FINISHED


async def test_a_line_with_failed_records_lets_its_dependants_go_on(tmp_path: Path) -> None:
    async with running(tmp_path, a_script(failing={"CURRENCY"})) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        view = await at_rest(tandem)

    currency = next(line for line in view.lines if line.name == "CURRENCY")
    assert (currency.job_status, currency.to_sales_status) == (JobStatus.FINISHED, "error")
    assert statuses(view)["CUSTOMER"] is JobStatus.FINISHED


async def test_a_reset_recommends_anew_and_a_choice_overrides_it(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        first = await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        await at_rest(tandem)
        script.records["customer"] = 5
        reset = await tandem.client.ask(ResetReview())
        chosen = await tandem.client.ask(
            ChooseRecommendation(mapping="CUSTOMER", recommendation=Recommendation.FULL_SYNCHRONIZATION)
        )

    def advice(view: ReviewView) -> Recommendation:
        return next(line for line in view.lines if line.name == "CUSTOMER").recommendation

    assert reset.id != first.id
    assert set(statuses(reset).values()) == {None}
    assert advice(reset) is Recommendation.COUPLE_RECORDS
    assert advice(chosen) is Recommendation.FULL_SYNCHRONIZATION


async def test_modified_runs_after_a_full_one_read_only_what_changed_since(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        await tandem.client.ask(StartReview())
        await at_rest(tandem)
        script.reads.clear()
        started = await tandem.client.ask(SynchronizeModified(mappings=["CONTACT", "CUSTOMER"]))
        for job_id in started.job_ids.values():
            await tandem.over(job_id)

    assert [(read.page.mapping, read.run, read.read.modified_after) for read in script.reads] == [
        ("CUSTOMER", RunKind.MODIFIED, "financials-mark"),
        ("CUSTOMER", RunKind.MODIFIED, "sales-mark"),
        ("CONTACT", RunKind.MODIFIED, "financials-mark"),
    ]


async def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with running(tmp_path, a_script()) as tandem:
        await tandem.client.ask(EnableConnection())
        started = await tandem.client.ask(SynchronizeModified(mappings=["VENDOR"]))

    assert [failure.message for failure in started.failures] == ["There is no enabled mapping VENDOR."]


async def test_salespeople_are_coupled_by_their_email_address(tmp_path: Path) -> None:
    script = a_script(mappings=[a_mapping("SALESPEOPLE", Direction.FROM_SALES)], records={"Salespeople": 4})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        started = await tandem.client.ask(CoupleSalespeople())
        job = await tandem.over(started.job_ids["SALESPEOPLE"])

    assert (job.run, job.status) == (RunKind.COUPLING, JobStatus.FINISHED)
    assert [(read.system, read.match_by) for read in script.reads] == [(System.FINANCIALS, "email")]
