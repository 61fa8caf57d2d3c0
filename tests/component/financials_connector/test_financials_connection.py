"""Before any data moves, whatever is wrong is said in terms of the setting to change."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from libs.contracts.setup import CheckConnection, ConnectionReport, CountRecords, GetExchangeRates
from libs.contracts.vocabulary import System
from libs.dynamics.session import Request, Response
from libs.messaging.handling import Handling
from libs.runtime.errors import Unavailable
from libs.testing.scripted_session import ScriptedSession, a_refusal, an_answer
from services.financials_connector.addresses import Addresses
from services.financials_connector.discovery import Tenants
from services.financials_connector.handlers import answers
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import TenantSettings
from services.sandbox.financials.shapes import API_V2, COMPANION, PAGE
from tests.component.financials_connector.in_process import COMPANY_ID, COMPANY_NAME, Setting

ADDRESSES = Addresses.of("https://bc.example/v2.0/contoso.com/Production/api/v2.0")


def a_handling() -> Handling:
    return Handling(uuid4(), "", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


async def check(setting: Setting, **settings: object) -> ConnectionReport:
    tenants = Tenants(
        setting.remote, TenantSettings(setting.session.addresses, **{"company": COMPANY_NAME, **settings})
    )  # type: ignore[arg-type]
    answer = answers(setting.remote, tenants)[CheckConnection]
    report = await answer(CheckConnection(system=System.FINANCIALS), a_handling())
    assert isinstance(report, ConnectionReport)
    return report


async def check_scripted(*steps: Response | Exception, authentication: str = "entra") -> ConnectionReport:
    remote = Remote(ScriptedSession(*steps), ADDRESSES)
    settings = TenantSettings(ADDRESSES, COMPANY_NAME, authentication)  # type: ignore[arg-type]
    answer = answers(remote, Tenants(remote, settings))[CheckConnection]
    report = await answer(CheckConnection(system=System.FINANCIALS), a_handling())
    assert isinstance(report, ConnectionReport)
    return report


async def test_with_the_companion_all_is_well_and_nothing_is_missing() -> None:
    report = await check(Setting())
    assert report.ok
    assert report.missing == []
    assert report.company is not None
    assert (report.company.id, report.company.surface) == (COMPANY_ID, "companion")
    assert (report.company.local_currency_code, report.company.local_currency_symbol) == ("GBP", "£")
    assert report.version


@pytest.mark.parametrize("name", [COMPANY_NAME, COMPANY_NAME.upper(), COMPANY_ID, COMPANY_ID.upper(), ""])
async def test_the_company_is_found_by_name_by_id_or_because_it_is_the_only_one(name: str) -> None:
    report = await check(Setting(), company=name)
    assert report.company is not None
    assert report.company.id == COMPANY_ID


async def test_an_unknown_company_names_the_setting_and_the_companies_there_are() -> None:
    [failure] = (await check(Setting(), company="Contoso")).failures
    assert (failure.code, failure.setting) == ("financials.company_unknown", "TANDEM_FINANCIALS_COMPANY")
    assert COMPANY_NAME in failure.message


async def test_without_a_name_several_companies_are_no_choice() -> None:
    setting = Setting()
    setting.world.add_company("c0000000-0000-4000-8000-0000000000bb", "Second")
    [failure] = (await check(setting, company="")).failures
    assert failure.code == "financials.company_unknown"


async def test_without_the_companion_the_connection_works_and_says_what_is_missing() -> None:
    report = await check(Setting(API_V2))
    assert report.ok
    assert report.company is not None
    assert report.company.surface == "api_v2"
    missing = {(part.table, part.field) for part in report.missing}
    assert ("Customer", "Fax No.") in missing
    assert ("Customer", "Name") not in missing


async def test_the_companion_can_be_left_unused_although_it_is_there() -> None:
    setting = Setting()
    report = await check(setting, companion=False)
    assert report.company is not None
    assert report.company.surface == "api_v2"
    assert not any("tandem" in request.url for request in setting.session.requests)


async def test_a_page_that_is_not_published_is_named_with_its_number_and_usual_service_name() -> None:
    setting = Setting(API_V2)
    setting.session.unpublished.add("ShippingAgents")
    [failure] = (await check(setting)).failures
    assert (failure.code, failure.setting) == ("financials.service_not_published", "TANDEM_FINANCIALS_SERVICES")
    assert "page 428" in failure.message
    assert "ShippingAgents" in failure.message


async def test_a_page_under_another_name_is_found_by_the_setting() -> None:
    setting = Setting(API_V2)
    [failure] = (await check(setting, services={"Shipping Agent": "Agents"})).failures
    assert "Agents" in failure.message
    assert (await check(setting, services={"Customer Price Group": "CustomerPriceGroups"})).ok


async def test_an_auxiliary_page_that_is_not_published_only_takes_its_fields_away() -> None:
    setting = Setting(API_V2)
    setting.session.unpublished.add("ContactBusinessRelations")
    report = await check(setting)
    assert report.ok
    assert ("Contact", "Customer No.") in {(part.table, part.field) for part in report.missing}


async def test_with_no_published_page_at_all_every_table_that_needs_one_is_a_failure() -> None:
    setting = Setting(API_V2)
    setting.session.off.add(PAGE)
    failures = (await check(setting)).failures
    assert {failure.code for failure in failures} == {"financials.service_not_published"}
    assert len(failures) == 4


@pytest.mark.parametrize("surface", [COMPANION, API_V2])
async def test_a_missing_permission_names_the_table_and_the_permission_set(surface: str) -> None:
    setting = Setting(surface)
    setting.session.denied.add(("Customer", "read"))
    [failure] = (await check(setting)).failures
    assert failure.code == "remote.privilege_missing"
    assert "Customer" in failure.message
    assert "Tandem Integration" in failure.message
    assert failure.remote_message


@pytest.mark.parametrize(
    ("answer", "authentication", "setting", "said"),
    [
        (
            a_refusal(401, "Authentication_InvalidCredentials"),
            "entra",
            "TANDEM_CLIENT_ID",
            "Microsoft Entra Applications",
        ),
        (a_refusal(401, "Authentication_InvalidCredentials"), "basic", "TANDEM_FINANCIALS_ACCESS_KEY", "access key"),
        (a_refusal(403, "Authorization_Denied"), "entra", "TANDEM_CLIENT_ID", "permission"),
        (a_refusal(403, "Authorization_Denied"), "basic", "TANDEM_FINANCIALS_USER", "permission"),
        (a_refusal(405, "BadRequest_MethodNotAllowed"), "basic", "TANDEM_FINANCIALS_URL", "ApiServicesEnabled"),
        (a_refusal(404, "NoEnvironment"), "entra", "TANDEM_FINANCIALS_URL", "environment"),
        (a_refusal(404, "Internal_TenantNotFound"), "entra", "TANDEM_FINANCIALS_URL", "tenant"),
    ],
)
async def test_a_refused_sign_in_names_the_setting(
    answer: Response, authentication: str, setting: str, said: str
) -> None:
    [failure] = (await check_scripted(answer, authentication=authentication)).failures
    assert failure.setting == setting
    assert said in failure.message
    assert not failure.transient


async def test_an_unreachable_service_is_told_in_the_sessions_own_words() -> None:
    error = Unavailable("The certificate is not trusted: set TANDEM_CA_FILE.", setting="TANDEM_CA_FILE")
    [failure] = (await check_scripted(error)).failures
    assert failure.setting == "TANDEM_CA_FILE"


async def test_a_local_currency_that_cannot_be_read_is_a_missing_permission() -> None:
    companies = an_answer({"value": [{"id": COMPANY_ID, "name": COMPANY_NAME}]})
    denied = a_refusal(403, "Authorization_Denied")
    [failure] = (await check_scripted(companies, denied, denied)).failures
    assert "General Ledger Setup" in failure.message


async def test_checking_again_notices_what_was_installed_meanwhile() -> None:
    setting = Setting(API_V2)
    tenants = Tenants(setting.remote, TenantSettings(setting.session.addresses, COMPANY_NAME))
    answer = answers(setting.remote, tenants)[CheckConnection]
    await answer(CheckConnection(system=System.FINANCIALS), a_handling())
    assert (await tenants.current()).plan("Customer").surface == "api_v2"
    setting.session.off.clear()
    await answer(CheckConnection(system=System.FINANCIALS), a_handling())
    assert (await tenants.current()).plan("Customer").surface == "companion"


async def test_what_a_table_lacks_is_said_again_when_it_is_used() -> None:
    setting = Setting(API_V2)
    setting.session.unpublished.add("ShippingAgents")
    desk = answers(setting.remote, setting.tenants)
    reply = await desk[CountRecords](CountRecords(system=System.FINANCIALS, table="Shipping Agent"), a_handling())
    assert [failure.code for failure in reply.failures] == ["financials.service_not_published"]


async def test_exchange_rates_are_answered_with_the_local_currency_as_one() -> None:
    setting = Setting()
    setting.put("Currency", code="EUR", description="Euro")
    setting.put(
        "Currency Exchange Rate",
        currencycode="EUR",
        startingdate="2026-01-01",
        exchangerateamount="100",
        relationalexchrateamount="85.5",
    )
    desk = answers(setting.remote, setting.tenants)
    reply = await desk[GetExchangeRates](GetExchangeRates(), a_handling())
    assert reply.rates == {"GBP": "1", "EUR": "0.855"}
    reply = await desk[CountRecords](CountRecords(system=System.FINANCIALS, table="Currency"), a_handling())
    assert (reply.count, reply.failures) == (1, [])


async def test_a_question_that_the_service_refuses_is_answered_with_the_failure() -> None:
    setting = Setting()
    await setting.tenant()

    def down(request: Request, response: Response) -> Response:
        return a_refusal(503, "Internal_TenantUnavailable")

    setting.session.spoil = down
    desk = answers(setting.remote, setting.tenants)
    for question in (GetExchangeRates(), CountRecords(system=System.FINANCIALS, table="Currency")):
        reply = await desk[type(question)](question, a_handling())
        assert [failure.transient for failure in reply.failures] == [True]
