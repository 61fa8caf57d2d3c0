"""A Business Central client that was generated from Microsoft's OpenAPI description of API v2.0, and checks answers."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import msal
import msgspec
import pytest
import requests
from pybusinesscentral import ApiClient, Configuration
from pybusinesscentral.api.company_api import CompanyApi
from pybusinesscentral.api.customer_api import CustomerApi
from pybusinesscentral.api.default_api import DefaultApi
from pybusinesscentral.api.payment_term_api import PaymentTermApi
from pybusinesscentral.exceptions import ApiException, ConflictException, NotFoundException
from pybusinesscentral.model.post_customer_request import PostCustomerRequest
from pybusinesscentral.model.post_payment_term_request import PostPaymentTermRequest

from services.sandbox.app import RunningSandbox
from services.sandbox.entra import FINANCIALS_RESOURCE

JSON = "application/json"
EVERYTHING_BUT_WEBSITE = [
    "id", "number", "displayName", "type", "addressLine1", "addressLine2", "city", "state", "country", "postalCode",
    "phoneNumber", "email", "taxLiable", "taxRegistrationNumber", "currencyId", "currencyCode", "paymentTermsId",
    "shipmentMethodId", "blocked", "lastModifiedDateTime",
]  # fmt: skip
"""The client still holds that a website has 80 characters at most; the hostile records have longer ones."""


@pytest.fixture
def client(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiClient]:
    """Given the address and the certificate authority, not yet signed in."""
    details = sandbox.details
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", details.ca_file)  # what MSAL trusts
    with ApiClient(Configuration(host=details.financials_url, ssl_ca_cert=details.ca_file)) as found:
        yield found
        found.rest_client.pool_manager.clear()


async def run(sandbox: RunningSandbox, client: ApiClient, work: Callable[[str], None]) -> None:
    """Signs in by MSAL, then works in a thread: the client blocks, and the sandbox lives in this process."""

    def signed_in() -> None:
        details = sandbox.details
        with requests.Session() as session:
            application = msal.ConfidentialClientApplication(
                details.client_id,
                client_credential=details.client_secret,
                authority=f"{details.sales_url}/{details.tenant_id}",
                instance_discovery=False,
                http_client=session,
            )
            answer = application.acquire_token_for_client([f"{FINANCIALS_RESOURCE}/.default"])
        client.configuration.access_token = answer["access_token"]
        work(details.company_id)

    await asyncio.to_thread(signed_in)


def tag_of(answer: Any) -> str:
    return str(msgspec.json.decode(answer.raw_data)["@odata.etag"])


async def test_companies_and_setup_are_as_microsoft_describes_them(client: ApiClient, sandbox: RunningSandbox) -> None:
    def work(company: str) -> None:
        listed = CompanyApi(client).list_companies(filter="name eq 'CRONUS International Ltd.'").value
        assert [item.id for item in listed] == [company]
        assert CompanyApi(client).get_company(company).display_name == "CRONUS International Ltd."
        [setup] = DefaultApi(client).get_general_ledger_setup(company).value
        assert setup.local_currency_code == "GBP"

    await run(sandbox, client, work)


async def test_every_customer_passes_the_clients_own_checks(client: ApiClient, sandbox: RunningSandbox) -> None:
    def work(company: str) -> None:
        customers = CustomerApi(client).list_customers(company, select=EVERYTHING_BUT_WEBSITE).value
        assert len(customers) == sandbox.tenants.financials.count("Customer")
        assert all(uuid.UUID(item.id) and item.last_modified_date_time is not None for item in customers)
        assert {item.type for item in customers} <= {"Company", "Person"}

    await run(sandbox, client, work)


async def test_customers_are_filtered_skipped_and_expanded(client: ApiClient, sandbox: RunningSandbox) -> None:
    def work(company: str) -> None:
        customers = CustomerApi(client)
        terms = PaymentTermApi(client).list_payment_terms(company, top=1).value[0]
        for number in range(4):
            values = PostCustomerRequest(display_name=f"Page {number}", payment_terms_id=terms.id, currency_code="EUR")
            customers.post_customer(company, JSON, values)
        rest = customers.list_customers(company, filter="startswith(displayName,'Page')", skip=1, top=2).value
        assert [item.display_name for item in rest] == ["Page 1", "Page 2"]
        related = customers.list_customers(
            company, filter="displayName eq 'Page 3'", expand=["paymentTerm", "currency", "shipmentMethod"]
        ).value[0]
        assert (related.payment_term.code, related.payment_term.id) == (terms.code, terms.id)
        assert (related.currency.code, related.currency.id) == ("EUR", related.currency_id)
        assert related.shipment_method is None

    await run(sandbox, client, work)


async def test_a_customer_is_created_changed_and_deleted(client: ApiClient, sandbox: RunningSandbox) -> None:
    def work(company: str) -> None:
        customers = CustomerApi(client)
        made = customers.post_customer(company, JSON, PostCustomerRequest(display_name="New", number="PBC1"))
        assert (made.number, made.display_name, made.blocked) == ("PBC1", "New", "_x0020_")
        tag = tag_of(customers.get_customer_with_http_info(company, made.id))
        changed = customers.patch_customer(company, made.id, JSON, tag, PostCustomerRequest(display_name="Other"))
        assert changed.display_name == "Other"
        with pytest.raises(ConflictException, match="Request_EntityChanged"):
            customers.patch_customer(company, made.id, JSON, tag, PostCustomerRequest(display_name="Late"))
        with pytest.raises(ApiException, match="BadRequest_InvalidToken"):
            customers.delete_customer(company, made.id)
        customers.delete_customer(company, made.id, _headers={"If-Match": "*"})
        with pytest.raises(NotFoundException, match="Internal_RecordNotFound"):
            customers.get_customer(company, made.id)

    await run(sandbox, client, work)


async def test_payment_terms_are_created_and_refused_when_they_are_there(
    client: ApiClient, sandbox: RunningSandbox
) -> None:
    def work(company: str) -> None:
        terms = PaymentTermApi(client)
        values = PostPaymentTermRequest(code="77 days", display_name="Net 77 days", due_date_calculation="77D")
        made = terms.post_payment_term(company, JSON, values)
        assert (made.code, made.due_date_calculation) == ("77 DAYS", "77D")
        with pytest.raises(ApiException, match="Internal_EntityWithSameKeyExists") as refused:
            terms.post_payment_term(company, JSON, values)
        assert refused.value.status == 400

    await run(sandbox, client, work)
