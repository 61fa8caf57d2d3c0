"""A client that knows a service by its ``$metadata`` alone, against every surface of Financials."""

import uuid
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from odatapy.client import EdmEnabledODataClient, Field, ODataClientError, URIBuilder

from services.sandbox.app import RunningSandbox
from tests.component.sandbox.metadata_client import OF_NAMED_DOCUMENTS, connected, run

CUSTOMERS = {
    "api_v2": ("customers", "id", "number", "displayName"),
    "companion": ("customers", "id", "number", "name"),
    "page_services": ("CustomerCard", "No", "No", "Name"),
}
"""Surface -> entity set of the customers, key, number, name."""


class InCompany:
    """The customers of the generated company on one surface of Financials."""

    def __init__(self, client: EdmEnabledODataClient, running: RunningSandbox, surface: str) -> None:
        self.client = client
        self.surface = surface
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


@pytest.fixture(params=list(CUSTOMERS))
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def there(sandbox: RunningSandbox, surface: str) -> Iterator[InCompany]:
    with connected(sandbox, surface) as client:
        yield InCompany(client, sandbox, surface)


async def test_records_are_created_changed_and_deleted(there: InCompany) -> None:
    def work() -> None:
        made = there.client.create_entity_result(there.all(), {there.number: "OD1", there.name: "O'Hara & Söhne"})
        assert made.status_code == 201
        place = there.one(made.entity.get_value(there.key))
        first = there.client.get_entity(place)
        assert first.get_value(there.name) == "O'Hara & Söhne"
        assert there.client.get_entity(made.location).get_value(there.number) == "OD1"
        changed = there.client.update_entity(place, {there.name: "Other"}, etag=first.etag)
        assert (changed.status_code, changed.entity.get_value(there.name)) == (200, "Other")
        with pytest.raises(ODataClientError) as stale:
            there.client.update_entity(place, {there.name: "Late"}, etag=first.etag)
        assert (stale.value.status_code, stale.value.error_code) == (409, "Request_EntityChanged")
        with pytest.raises(ODataClientError) as unconditional:
            there.client.update_entity(place, {there.name: "Late"})
        assert (unconditional.value.status_code, unconditional.value.error_code) == (400, "BadRequest_InvalidToken")
        there.client.delete_entity(place, etag=changed.entity.etag)
        with pytest.raises(ODataClientError) as gone:
            there.client.get_entity(place)
        assert (gone.value.status_code, gone.value.error_code) == (404, "Internal_RecordNotFound")

    await run(work)


async def test_records_are_filtered_counted_and_paged_through(there: InCompany) -> None:
    def work() -> None:
        for number in range(7):
            there.client.create_entity(there.all(), {there.number: f"ZZ{number}", there.name: f"Page {number}"})
        wanted = there.all().filter(Field(there.name).startswith("Page")).select(there.number, there.name)
        wanted.orderby(Field(there.name).desc())
        pages = list(there.client.iter_pages(wanted, max_page_size=3))
        assert [len(page.entities) for page in pages] == [3, 3, 1]
        assert [row.get_value(there.number) for page in pages for row in page.entities] == [
            f"ZZ{number}" for number in reversed(range(7))
        ]
        assert there.client.get_entity_set(there.all().count().top(1)).count == there.client.get_count(there.all())
        everyone = list(there.client.iter_entities(there.all().select(there.number), max_page_size=5))
        assert len(everyone) == there.client.get_count(there.all())

    await run(work)


async def test_a_company_contains_every_set_and_its_records_have_their_types(there: InCompany) -> None:
    def work() -> None:
        companies = "Company" if there.surface == "page_services" else "companies"
        assert there.client.get_count(there.client.entity_set_uri(companies)) == 2
        contained = there.client.get_edm().get_entity_set(companies).entity_type.navigation_property_names
        assert {there.set_name} < set(contained)
        for name in set(contained) - set(OF_NAMED_DOCUMENTS):
            for row in there.client.get_entity_set(there.all(name).top(1)).entities:
                assert all(item.type is not None for item in row.properties), name

    await run(work)


async def test_refusals_of_financials_reach_the_caller_with_code_and_words(there: InCompany) -> None:
    namespace = "NAV" if there.surface == "page_services" else "Microsoft.NAV"

    def work() -> None:
        with pytest.raises(ODataClientError, match=rf"named 'nothing' on type '{namespace}\.") as refused:
            there.client.get_entity_set(there.all().select("nothing"))
        assert refused.value.status_code == 400
        with pytest.raises(ODataClientError, match=r"length of the string is 101.*CorrelationId") as long:
            there.client.create_entity(there.all(), {there.number: "OD1", there.name: "A" * 101})
        assert long.value.error_code == "Application_StringExceededLength"
        with pytest.raises(ODataClientError) as unknown:
            there.client.get_entity_set(there.all("nothings"))
        assert unknown.value.status_code == 404

    await run(work)


@pytest.mark.parametrize("surface", ["api_v2"])
async def test_related_records_are_expanded_and_followed(there: InCompany) -> None:
    def work() -> None:
        terms = there.client.get_entity_set(there.all("paymentTerms").top(1)).entities[0]
        values = {"displayName": "Related", "paymentTermsId": str(terms.get_value("id"))}
        customer = there.client.create_entity(there.all(), values).get_value("id")
        read = there.client.get_entity(there.one(customer).expand("paymentTerm", "shipmentMethod"))
        related = {link.title: link.inline_entity for link in read.navigation_links}
        assert related["paymentTerm"].get_value("code") == terms.get_value("code")
        assert related["paymentTerm"].get_value("id") == terms.get_value("id")
        assert related.get("shipmentMethod") is None
        followed = there.client.get_entity(there.one(customer).append_navigation_segment("paymentTerm"))
        assert followed.get_value("id") == terms.get_value("id")
        assert there.client.get_entity(there.one(customer).append_navigation_segment("shipmentMethod")) is None

    await run(work)


@pytest.mark.parametrize("surface", ["page_services"])
async def test_records_of_pages_are_addressed_by_every_part_of_their_key(there: InCompany) -> None:
    def work() -> None:
        names = there.client.get_edm().get_entity_set("SalesPrices").entity_type.key_predicate_names
        price = there.client.get_entity_set(there.all("SalesPrices").top(1)).entities[0]
        key = {name: price.get_value(name) for name in names}
        key |= {"Starting_Date": date(2031, 12, 24), "Minimum_Quantity": Decimal("2.5")}
        there.client.create_entity(there.all("SalesPrices"), {**key, "Unit_Price": Decimal("7.125")})
        found = there.client.get_entity(there.one(key, "SalesPrices"))
        assert {name: found.get_value(name) for name in names} == key
        assert found.get_value("Unit_Price") == Decimal("7.125")
        there.client.delete_entity(there.one(key, "SalesPrices"), etag=found.etag)
        with pytest.raises(ODataClientError, match="does not exist"):
            there.client.get_entity(there.one(key, "SalesPrices"))

    await run(work)


async def test_a_json_batch_of_financials_is_carried_out_in_order(there: InCompany) -> None:
    def work() -> None:
        batch = there.client.batch(format="json")
        batch.add_retrieve(there.all().top(1).select(there.number))
        batch.add_retrieve(there.all("nothings"))
        batch.add_retrieve(there.all().top(1))
        answered = there.client.execute_batch(batch)
        assert [part.status_code for part in answered] == [200, 404]
        assert len(next(iter(answered)).entity_collection().entities) == 1

    await run(work)


@pytest.mark.parametrize("surface", ["api_v2"])
async def test_lines_of_orders_are_refused_as_a_whole_and_listed_for_their_document(there: InCompany) -> None:
    def work() -> None:
        with pytest.raises(ODataClientError, match="Document Id") as refused:
            there.client.get_entity_set(there.all("salesOrderLines"))
        assert refused.value.error_code == "Application_DialogException"
        order = there.client.create_entity(there.all("salesOrders"), {"customerNumber": "C00002"})
        document = order.get_value("id")
        line = {"documentId": document, "lineType": "Item", "lineObjectNumber": "1000", "quantity": 2}
        there.client.create_entity(there.all("salesOrderLines"), line)
        lines = there.client.get_entity_set(there.all("salesOrderLines").filter(f"documentId eq {document}")).entities
        assert [found.get_value("sequence") for found in lines] == [10000]

    await run(work)
