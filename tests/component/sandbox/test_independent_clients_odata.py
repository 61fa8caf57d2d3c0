"""A client for any OData v4 service, which knows a service by its ``$metadata`` alone, against Sales and Financials."""

import asyncio
import ssl
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from odatapy.client import (
    EdmEnabledODataClient,
    Field,
    HttpxTransport,
    OAuth2ClientCredentialsAuth,
    ODataClientError,
    URIBuilder,
)

from libs.dynamics.financials_tables import COMPANION_GROUP, COMPANION_PUBLISHER, COMPANION_VERSION
from services.sandbox.app import RunningSandbox
from services.sandbox.entra import FINANCIALS_RESOURCE

FINANCIALS = ("api_v2", "companion", "page_services")
CUSTOMERS = {
    "api_v2": ("customers", "id", "number", "displayName"),
    "companion": ("customers", "id", "number", "name"),
    "page_services": ("CustomerCard", "No", "No", "Name"),
}
"""Surface -> entity set of the customers, key, number, name."""

Connect = Callable[[str], EdmEnabledODataClient]


@pytest.fixture
def connect(sandbox: RunningSandbox) -> Iterator[Connect]:
    """A client of ``sales`` or of one surface of Financials, signed in with the client's own means."""
    details = sandbox.details
    trusted = ssl.create_default_context(cafile=details.ca_file)
    companion = f"/api/{COMPANION_PUBLISHER}/{COMPANION_GROUP}/{COMPANION_VERSION}"
    roots = {
        "sales": f"{details.sales_url}/api/data/v9.2",
        "api_v2": details.financials_url,
        "companion": details.odata_url.removesuffix("/ODataV4") + companion,
        "page_services": details.odata_url,
    }
    with ExitStack() as stack:

        def connected(service: str) -> EdmEnabledODataClient:
            resource = details.sales_url if service == "sales" else FINANCIALS_RESOURCE
            auth = OAuth2ClientCredentialsAuth(
                details.token_url,
                details.client_id,
                details.client_secret,
                f"{resource}/.default",
                httpx_kwargs={"verify": trusted},
            )
            transport = stack.enter_context(HttpxTransport(auth=auth, verify=trusted))
            return EdmEnabledODataClient(roots[service], transport, odata_version="4.0")

        yield connected


async def run(work: Callable[[], None]) -> None:
    """The client blocks, and the sandbox lives in this process."""
    await asyncio.to_thread(work)


class InCompany:
    """The customers of the generated company on one surface of Financials."""

    def __init__(self, client: EdmEnabledODataClient, running: RunningSandbox, surface: str) -> None:
        self.client = client
        self.set_name, self.key, self.number, self.name = CUSTOMERS[surface]
        details = running.details
        if surface == "page_services":
            self._company = client.entity_uri("Company", details.company_name)
        else:
            self._company = client.entity_uri("companies", uuid.UUID(details.company_id))

    def all(self, set_name: str = "") -> URIBuilder:
        return self._company.copy().append_navigation_segment(set_name or self.set_name)

    def one(self, key: Any, set_name: str = "") -> URIBuilder:
        return self.all(set_name).append_key_segment(key)


# --- both -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["sales", *FINANCIALS])
async def test_every_set_of_the_service_document_is_described_and_can_be_read(connect: Connect, service: str) -> None:
    def work() -> None:
        client = connect(service)
        listed = {entry.name for entry in client.get_service_document().entries}
        described = {item.name: item.entity_type for item in client.get_edm().entity_container.entity_sets}
        assert listed == set(described)
        for name, kind in described.items():
            rows = client.get_entity_set(client.entity_set_uri(name).top(2)).entities
            for row in rows:
                untyped = [item.name for item in row.properties if item.type is None]
                assert not untyped, (name, untyped)
                assert all(row.get_value(key) is not None for key in kind.key_predicate_names)

    await run(work)


# --- Sales ----------------------------------------------------------------------------------------------------------


async def test_rows_of_sales_are_created_changed_and_deleted(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        row = client.create_entity("accounts", {"name": "Contoso", "creditlimit": 12.5})
        place = client.entity_uri("accounts", row.get_value("accountid"))
        first = client.get_entity(place)
        assert (first.get_value("name"), first.get_value("creditlimit")) == ("Contoso", Decimal("12.50"))
        assert isinstance(first.get_value("_ownerid_value"), uuid.UUID)
        assert client.update_entity(place, {"name": "Contoso Ltd"}, etag=first.etag).status_code == 204
        with pytest.raises(ODataClientError) as refused:
            client.update_entity(place, {"name": "Late"}, etag=first.etag)
        assert (refused.value.status_code, refused.value.error_code) == (412, "0x80060882")
        client.update_property(place.copy().append_property_segment("telephone1"), "555")
        assert client.get_property_value(place.copy().append_property_segment("telephone1")) == "555"
        assert client.get_property(place.copy().append_property_segment("name")).value == "Contoso Ltd"
        client.delete_entity(place)
        with pytest.raises(ODataClientError) as gone:
            client.get_entity(place)
        assert (gone.value.status_code, gone.value.error_code) == (404, "0x80040217")

    await run(work)


async def test_rows_of_sales_are_filtered_counted_and_paged_through(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        for number in range(7):
            client.create_entity("accounts", {"name": f"Page {number}"}, return_representation=False)
        wanted = client.entity_set_uri("accounts").filter(Field("name").startswith("Page")).select("name")
        wanted.orderby(Field("name").desc())
        pages = list(client.iter_pages(wanted, max_page_size=3))
        assert [len(page.entities) for page in pages] == [3, 3, 1]
        assert [row.get_value("name") for page in pages for row in page.entities] == [
            f"Page {number}" for number in reversed(range(7))
        ]
        assert client.get_count(client.entity_set_uri("accounts").filter(Field("name").startswith("Page"))) == 7
        assert client.get_entity_set(wanted.copy().count().top(1)).count == 7

    await run(work)


async def test_lookups_of_sales_are_bound_expanded_followed_and_emptied(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        account = client.create_entity("accounts", {"name": "Parent"}).get_value("accountid")
        bind = {"lastname": "X", "parentcustomerid_account@odata.bind": f"/accounts({account})"}
        contact = client.create_entity("contacts", bind).get_value("contactid")
        above = client.entity_uri("contacts", contact).append_navigation_segment("parentcustomerid_account")
        below = client.entity_uri("accounts", account).append_navigation_segment("contact_customer_accounts")
        first = client.entity_uri("accounts", account).append_navigation_segment("primarycontactid")
        assert client.get_entity(above).get_value("accountid") == account
        assert [row.get_value("contactid") for row in client.get_entity_set(below).entities] == [contact]
        assert client.get_count(below) == 1
        client.set_reference(first, f"contacts({contact})")
        [shown] = client.get_entity(client.entity_uri("accounts", account).expand("primarycontactid")).navigation_links
        assert (shown.title, shown.inline_entity.get_value("contactid")) == ("primarycontactid", contact)
        client.remove_reference(first)
        assert client.get_entity(first) is None

    await run(work)


async def test_an_owner_is_a_principal_of_the_type_that_the_answer_names(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        edm = client.get_edm()
        account = client.create_entity("accounts", {"name": "Owned"}).get_value("accountid")
        owner = client.entity_uri("accounts", account).append_navigation_segment("ownerid")
        team = client.get_entity_set(client.entity_set_uri("teams").top(1)).entities[0].get_value("teamid")
        assert edm.get_entity_set("accounts").entity_type.get_navigation_property("ownerid").type.name == "principal"
        person = client.get_entity(owner)
        assert person.type == "Microsoft.Dynamics.CRM.systemuser"
        assert person.get_value("ownerid") == person.get_value("systemuserid")
        client.set_reference(owner, f"teams({team})")
        [shown] = client.get_entity(client.entity_uri("accounts", account).expand("ownerid")).navigation_links
        assert (shown.inline_entity.type, shown.inline_entity.get_value("ownerid")) == (
            "Microsoft.Dynamics.CRM.team",
            team,
        )

    await run(work)


async def test_functions_and_actions_of_sales_are_called_as_the_metadata_describes_them(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        container = client.get_edm().entity_container
        assert container.get_function_import("WhoAmI")
        assert container.get_action_import("InsertOptionValue")
        me = client.invoke_function(client.uri().append_function_call_segment("WhoAmI")).json()
        assert client.get_entity(client.entity_uri("systemusers", uuid.UUID(me["UserId"]))).get_value("fullname")
        currency = client.get_entity_set(client.entity_set_uri("transactioncurrencies").top(1)).entities[0]
        rate = client.uri().append_function_call_segment(
            "RetrieveExchangeRate", {"TransactionCurrencyId": currency.get_value("transactioncurrencyid")}
        )
        assert Decimal(str(client.invoke_function(rate).json()["ExchangeRate"])) == currency.get_value("exchangerate")
        added = client.invoke_action(
            client.uri().append_action_call_segment("InsertOptionValue"),
            {
                "EntityLogicalName": "account",
                "AttributeLogicalName": "paymenttermscode",
                "Label": {"LocalizedLabels": [{"Label": "Net 10", "LanguageCode": 1033}]},
            },
        )
        assert added.json()["NewOptionValue"]
        bulk = client.entity_set_uri("accounts").append_action_call_segment("Microsoft.Dynamics.CRM.CreateMultiple")
        target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "Bulk"}
        [created] = client.invoke_action(bulk, {"Targets": [target]}).json()["Ids"]
        assert client.get_entity(client.entity_uri("accounts", uuid.UUID(created))).get_value("name") == "Bulk"

    await run(work)


async def test_a_batch_of_sales_carries_out_a_change_set_with_references(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        batch = client.batch()
        batch.add_retrieve(client.entity_set_uri("transactioncurrencies").top(1))
        changes = batch.add_changeset()
        parent = changes.create("accounts", {"name": "Parent"})
        changes.create("contacts", {"lastname": "Child", "parentcustomerid_account@odata.bind": parent.ref})
        answered = client.execute_batch(batch)
        answered.raise_for_status()
        assert [part.status_code for part in answered] == [200, 204, 204]
        children = client.entity_set_uri("contacts").filter(Field("lastname").eq("Child"))
        [child] = client.get_entity_set(children.expand("parentcustomerid_account")).entities
        assert child.navigation_links[0].inline_entity.get_value("name") == "Parent"

    await run(work)


async def test_refusals_of_sales_reach_the_caller_with_code_and_words(connect: Connect) -> None:
    def work() -> None:
        client = connect("sales")
        with pytest.raises(ODataClientError, match="exceeded the maximum allowed length") as refused:
            client.create_entity("accounts", {"name": "A" * 161})
        assert (refused.value.status_code, refused.value.error_code) == (400, "0x80044331")
        with pytest.raises(ODataClientError, match="Resource not found for the segment 'nothings'"):
            client.get_entity_set(client.entity_set_uri("nothings"))

    await run(work)


# --- Financials -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("surface", FINANCIALS)
async def test_records_are_created_changed_and_deleted(connect: Connect, sandbox: RunningSandbox, surface: str) -> None:
    def work() -> None:
        client = connect(surface)
        there = InCompany(client, sandbox, surface)
        made = client.create_entity_result(there.all(), {there.number: "OD1", there.name: "O'Hara & Söhne"})
        assert made.status_code == 201
        place = there.one(made.entity.get_value(there.key))
        first = client.get_entity(place)
        assert first.get_value(there.name) == "O'Hara & Söhne"
        assert client.get_entity(made.location).get_value(there.number) == "OD1"
        changed = client.update_entity(place, {there.name: "Other"}, etag=first.etag)
        assert (changed.status_code, changed.entity.get_value(there.name)) == (200, "Other")
        with pytest.raises(ODataClientError) as stale:
            client.update_entity(place, {there.name: "Late"}, etag=first.etag)
        assert (stale.value.status_code, stale.value.error_code) == (409, "Request_EntityChanged")
        with pytest.raises(ODataClientError) as unconditional:
            client.update_entity(place, {there.name: "Late"})
        assert (unconditional.value.status_code, unconditional.value.error_code) == (400, "BadRequest_InvalidToken")
        client.delete_entity(place, etag=changed.entity.etag)
        with pytest.raises(ODataClientError) as gone:
            client.get_entity(place)
        assert (gone.value.status_code, gone.value.error_code) == (404, "Internal_RecordNotFound")

    await run(work)


@pytest.mark.parametrize("surface", FINANCIALS)
async def test_records_are_filtered_counted_and_paged_through(
    connect: Connect, sandbox: RunningSandbox, surface: str
) -> None:
    def work() -> None:
        client = connect(surface)
        there = InCompany(client, sandbox, surface)
        for number in range(7):
            client.create_entity(there.all(), {there.number: f"ZZ{number}", there.name: f"Page {number}"})
        wanted = there.all().filter(Field(there.name).startswith("Page")).select(there.number, there.name)
        wanted.orderby(Field(there.name).desc())
        pages = list(client.iter_pages(wanted, max_page_size=3))
        assert [len(page.entities) for page in pages] == [3, 3, 1]
        assert [row.get_value(there.number) for page in pages for row in page.entities] == [
            f"ZZ{number}" for number in reversed(range(7))
        ]
        assert client.get_entity_set(there.all().count().top(1)).count == client.get_count(there.all())
        everyone = list(client.iter_entities(there.all().select(there.number), max_page_size=5))
        assert len(everyone) == client.get_count(there.all())

    await run(work)


@pytest.mark.parametrize("surface", FINANCIALS)
async def test_a_company_contains_every_set_and_its_records_have_their_types(
    connect: Connect, sandbox: RunningSandbox, surface: str
) -> None:
    def work() -> None:
        client = connect(surface)
        there = InCompany(client, sandbox, surface)
        companies = "Company" if surface == "page_services" else "companies"
        assert client.get_count(client.entity_set_uri(companies)) == 2
        contained = client.get_edm().get_entity_set(companies).entity_type.navigation_property_names
        assert {there.set_name} < set(contained)
        for name in contained:
            for row in client.get_entity_set(there.all(name).top(1)).entities:
                assert all(item.type is not None for item in row.properties), name

    await run(work)


@pytest.mark.parametrize("surface", FINANCIALS)
async def test_refusals_of_financials_reach_the_caller_with_code_and_words(
    connect: Connect, sandbox: RunningSandbox, surface: str
) -> None:
    namespace = "NAV" if surface == "page_services" else "Microsoft.NAV"

    def work() -> None:
        client = connect(surface)
        there = InCompany(client, sandbox, surface)
        with pytest.raises(ODataClientError, match=rf"named 'nothing' on type '{namespace}\.") as refused:
            client.get_entity_set(there.all().select("nothing"))
        assert refused.value.status_code == 400
        with pytest.raises(ODataClientError, match=r"length of the string is 101.*CorrelationId") as long:
            client.create_entity(there.all(), {there.number: "OD1", there.name: "A" * 101})
        assert long.value.error_code == "Application_StringExceededLength"
        with pytest.raises(ODataClientError) as unknown:
            client.get_entity_set(there.all("nothings"))
        assert unknown.value.status_code == 404

    await run(work)


async def test_related_records_are_expanded_and_followed(connect: Connect, sandbox: RunningSandbox) -> None:
    def work() -> None:
        client = connect("api_v2")
        there = InCompany(client, sandbox, "api_v2")
        terms = client.get_entity_set(there.all("paymentTerms").top(1)).entities[0]
        values = {"displayName": "Related", "paymentTermsId": str(terms.get_value("id"))}
        customer = client.create_entity(there.all(), values).get_value("id")
        read = client.get_entity(there.one(customer).expand("paymentTerm", "shipmentMethod"))
        related = {link.title: link.inline_entity for link in read.navigation_links}
        assert related["paymentTerm"].get_value("code") == terms.get_value("code")
        assert related["paymentTerm"].get_value("id") == terms.get_value("id")
        assert related.get("shipmentMethod") is None
        followed = client.get_entity(there.one(customer).append_navigation_segment("paymentTerm"))
        assert followed.get_value("id") == terms.get_value("id")
        assert client.get_entity(there.one(customer).append_navigation_segment("shipmentMethod")) is None

    await run(work)


async def test_records_of_pages_are_addressed_by_every_part_of_their_key(
    connect: Connect, sandbox: RunningSandbox
) -> None:
    def work() -> None:
        client = connect("page_services")
        there = InCompany(client, sandbox, "page_services")
        names = client.get_edm().get_entity_set("SalesPrices").entity_type.key_predicate_names
        price = client.get_entity_set(there.all("SalesPrices").top(1)).entities[0]
        key = {name: price.get_value(name) for name in names}
        key |= {"Starting_Date": date(2031, 12, 24), "Minimum_Quantity": Decimal("2.5")}
        client.create_entity(there.all("SalesPrices"), {**key, "Unit_Price": Decimal("7.125")})
        found = client.get_entity(there.one(key, "SalesPrices"))
        assert {name: found.get_value(name) for name in names} == key
        assert found.get_value("Unit_Price") == Decimal("7.125")
        client.delete_entity(there.one(key, "SalesPrices"), etag=found.etag)
        with pytest.raises(ODataClientError, match="does not exist"):
            client.get_entity(there.one(key, "SalesPrices"))

    await run(work)


@pytest.mark.parametrize("surface", FINANCIALS)
async def test_a_json_batch_of_financials_is_carried_out_in_order(
    connect: Connect, sandbox: RunningSandbox, surface: str
) -> None:
    def work() -> None:
        client = connect(surface)
        there = InCompany(client, sandbox, surface)
        batch = client.batch(format="json")
        batch.add_retrieve(there.all().top(1).select(there.number))
        batch.add_retrieve(there.all("nothings"))
        batch.add_retrieve(there.all().top(1))
        answered = client.execute_batch(batch)
        assert [part.status_code for part in answered] == [200, 404]
        assert len(next(iter(answered)).entity_collection().entities) == 1

    await run(work)
