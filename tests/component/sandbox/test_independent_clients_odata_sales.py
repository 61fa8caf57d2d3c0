"""A client that knows a service by its ``$metadata`` alone, against the Dataverse Web API."""

import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
from odatapy.client import EdmEnabledODataClient, Field, ODataClientError

from services.sandbox.app import RunningSandbox
from tests.component.sandbox.metadata_client import connected, run


@pytest.fixture
def client(sandbox: RunningSandbox) -> Iterator[EdmEnabledODataClient]:
    with connected(sandbox, "sales") as found:
        yield found


async def test_rows_of_sales_are_created_changed_and_deleted(client: EdmEnabledODataClient) -> None:
    def work() -> None:
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


async def test_rows_of_sales_are_filtered_counted_and_paged_through(client: EdmEnabledODataClient) -> None:
    def work() -> None:
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


async def test_lookups_of_sales_are_bound_expanded_followed_and_emptied(client: EdmEnabledODataClient) -> None:
    def work() -> None:
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


async def test_an_owner_is_a_principal_of_the_type_that_the_answer_names(client: EdmEnabledODataClient) -> None:
    def work() -> None:
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


async def test_functions_and_actions_of_sales_are_called_as_the_metadata_describes_them(
    client: EdmEnabledODataClient,
) -> None:
    def work() -> None:
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


async def test_a_batch_of_sales_carries_out_a_change_set_with_references(client: EdmEnabledODataClient) -> None:
    def work() -> None:
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


async def test_refusals_of_sales_reach_the_caller_with_code_and_words(client: EdmEnabledODataClient) -> None:
    def work() -> None:
        with pytest.raises(ODataClientError, match="exceeded the maximum allowed length") as refused:
            client.create_entity("accounts", {"name": "A" * 161})
        assert (refused.value.status_code, refused.value.error_code) == (400, "0x80044331")
        with pytest.raises(ODataClientError, match="Resource not found for the segment 'nothings'"):
            client.get_entity_set(client.entity_set_uri("nothings"))

    await run(work)
