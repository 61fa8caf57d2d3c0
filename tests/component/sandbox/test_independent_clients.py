"""Microsoft's own Python client for Dataverse and its credential, unmodified, against the sandbox."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from azure.identity import ClientSecretCredential
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError
from PowerPlatform.Dataverse.models.upsert import UpsertItem

from services.sandbox.app import RunningSandbox


@pytest.fixture
def client(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataverseClient]:
    """The client trusts the sandbox as any program on requests is made to: by REQUESTS_CA_BUNDLE."""
    details = sandbox.details
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", details.ca_file)
    credential = ClientSecretCredential(
        details.tenant_id,
        details.client_id,
        details.client_secret,
        authority=details.sales_url,
        disable_instance_discovery=True,
    )
    found = DataverseClient(details.sales_url, credential)
    yield found
    found.close()
    credential.close()


async def _run(work: Any) -> Any:
    """The client blocks, and the sandbox lives in this process."""
    return await asyncio.to_thread(work)


async def test_rows_are_created_read_updated_and_deleted(client: DataverseClient) -> None:
    def work() -> None:
        row_id = client.records.create("account", {"name": "Contoso", "creditlimit": 12.5})
        assert client.records.retrieve("account", row_id, select=["name", "creditlimit"])["creditlimit"] == 12.5
        client.records.update("account", row_id, {"name": "Contoso Ltd"})
        assert client.records.retrieve("account", row_id, select=["name"])["name"] == "Contoso Ltd"
        client.records.delete("account", row_id)
        assert client.records.retrieve("account", row_id) is None

    await _run(work)


async def test_many_rows_are_created_updated_and_paged_through(client: DataverseClient) -> None:
    def work() -> None:
        ids = client.records.create("account", [{"name": f"Bulk {number:03d}"} for number in range(25)])
        assert len(set(ids)) == 25
        client.records.update("account", ids, {"telephone1": "555"})
        pages = list(
            client.records.list_pages(
                "account",
                filter="startswith(name,'Bulk')",
                select=["name", "telephone1"],
                orderby=["name"],
                page_size=10,
            )
        )
        assert [len(page) for page in pages] == [10, 10, 5]
        names = [row["name"] for page in pages for row in page]
        assert names == [f"Bulk {number:03d}" for number in range(25)]
        assert {row["telephone1"] for page in pages for row in page} == {"555"}
        assert client.records.delete("account", ids)
        assert client.records.list("account", filter="startswith(name,'Bulk')").first() is None

    await _run(work)


async def test_labels_of_choices_are_looked_up_in_the_metadata(client: DataverseClient) -> None:
    def work() -> None:
        row_id = client.records.create("account", {"name": "A", "paymenttermscode": "Net 45"})
        assert client.records.retrieve("account", row_id, select=["paymenttermscode"])["paymenttermscode"] == 3

    await _run(work)


async def test_batches_and_change_sets_are_carried_out(client: DataverseClient) -> None:
    def work() -> None:
        batch = client.batch.new()
        with batch.changeset() as changes:
            account = changes.records.create("account", {"name": "Parent"})
            changes.records.create("contact", {"lastname": "X", "parentcustomerid_account@odata.bind": account})
        batch.records.create("account", {"name": "Single"})
        result = batch.execute()
        assert not result.has_errors
        children = client.records.list("contact", filter="lastname eq 'X'", select=["_parentcustomerid_value"])
        assert next(row["_parentcustomerid_value"] for row in children) in result.entity_ids

    await _run(work)


async def test_alternate_keys_are_made_and_used_for_upserts(client: DataverseClient) -> None:
    def work() -> None:
        client.tables.create_alternate_key("account", "new_NumberKey", ["accountnumber"])
        assert [key.key_attributes for key in client.tables.get_alternate_keys("account")] == [["accountnumber"]]
        items = [UpsertItem({"accountnumber": f"N{number}"}, {"name": f"Number {number}"}) for number in range(3)]
        client.records.upsert("account", items)
        client.records.upsert("account", items[:1])
        rows = client.records.list("account", filter="startswith(accountnumber,'N')", select=["name"])
        assert sorted(row["name"] for row in rows) == ["Number 0", "Number 1", "Number 2"]

    await _run(work)


async def test_tables_and_columns_are_described(client: DataverseClient) -> None:
    def work() -> None:
        info = client.tables.get("product")
        assert info is not None
        assert info["entity_set_name"] == "products"
        columns = client.tables.list_columns("product", select=["LogicalName"])
        assert "productnumber" in {column["LogicalName"] for column in columns}

    await _run(work)


async def test_relationships_are_described(client: DataverseClient) -> None:
    def work() -> None:
        of_contact = client.tables.list_table_relationships("contact")
        parents = {(row["ReferencedEntity"], row["ReferencingAttribute"]) for row in of_contact}
        assert {("account", "parentcustomerid"), ("contact", "parentcustomerid")} <= parents
        assert any(row["ReferencingEntity"] == "account" for row in of_contact)
        found = client.tables.get_relationship("account_primary_contact")
        assert found is not None
        assert (found.referenced_entity, found.referencing_entity) == ("contact", "account")
        named = client.tables.list_relationships(filter="SchemaName eq 'account_primary_contact'")
        assert [row["ReferencingEntityNavigationPropertyName"] for row in named] == ["primarycontactid"]

    await _run(work)


async def test_queries_in_other_languages_are_refused_aloud(client: DataverseClient) -> None:
    def work() -> None:
        with pytest.raises(HttpError, match="sql is not supported"):
            client.query.sql("SELECT TOP 2 name FROM account")

    await _run(work)


async def test_refusals_reach_the_caller_with_their_words(client: DataverseClient) -> None:
    def work() -> None:
        with pytest.raises(HttpError, match="exceeded the maximum allowed length"):
            client.records.create("account", {"name": "A" * 161})

    await _run(work)
