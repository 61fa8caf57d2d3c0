"""Dataverse in the sandbox: service document, $metadata, definitions, choices, functions."""

from xml.etree import ElementTree

from services.sandbox.dataverse.roles import TABLES_BETWEEN
from services.sandbox.dataverse.solutions import tables_of
from tests.component.sandbox.conftest import SalesClient

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
TERMS = "account", "paymenttermscode"


def option(label: str, **more: object) -> dict[str, object]:
    table, column = TERMS
    return {
        "EntityLogicalName": table,
        "AttributeLogicalName": column,
        "Label": {"LocalizedLabels": [{"Label": label, "LanguageCode": 1033}]},
        **more,
    }


PUBLISH = {"ParameterXml": "<importexportxml><entities><entity>account</entity></entities></importexportxml>"}


async def _options(sales: SalesClient) -> dict[int, str]:
    place = (
        "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='paymenttermscode')"
        "/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet"
    )
    document = (await sales.get(place)).json()
    return {item["Value"]: item["Label"]["UserLocalizedLabel"]["Label"] for item in document["OptionSet"]["Options"]}


async def test_the_service_document_lists_every_set(sales: SalesClient) -> None:
    document = (await sales.get("")).json()

    assert {item["url"] for item in document["value"]} == {table.entity_set for table in tables_of().values()}
    assert all(item["kind"] == "EntitySet" for item in document["value"])


async def test_metadata_describes_every_table_with_targets_that_exist(sales: SalesClient) -> None:
    reply = await sales.get("$metadata")
    root = ElementTree.fromstring(reply.body)

    types = {item.get("Name"): item for item in root.iter(f"{EDM}EntityType")}
    sets = {item.get("Name") for item in root.iter(f"{EDM}EntitySet")}
    assert reply.headers["Content-Type"] == "application/xml"
    assert set(tables_of()) <= set(types)
    assert {item.get("Target") for item in root.iter(f"{EDM}NavigationPropertyBinding")} <= sets
    account = {item.get("Name"): item.get("Type") for item in types["account"].iter(f"{EDM}Property")}
    assert account["creditlimit"] == "Edm.Decimal"
    assert account["_ownerid_value"] == "Edm.Guid"
    navigations = {item.get("Name") for item in types["contact"].iter(f"{EDM}NavigationProperty")}
    assert {"parentcustomerid_account", "parentcustomerid_contact", "ownerid"} <= navigations


async def test_a_user_holds_the_privileges_of_the_definitions_but_those_that_were_denied(sales: SalesClient) -> None:
    place = "EntityDefinitions(LogicalName='account')?$select=Privileges"
    defined = {item["PrivilegeId"]: item for item in (await sales.get(place)).json()["Privileges"]}
    sales.running.control.deny("sales", ("account", "write"))
    me = (await sales.get("WhoAmI")).json()["UserId"]
    function = "Microsoft.Dynamics.CRM.RetrieveUserPrivileges"

    for form in (function, f"{function}()"):
        held = {item["PrivilegeId"] for item in (await sales.get(f"systemusers({me})/{form}")).json()["RolePrivileges"]}
        lacking = [item["Name"] for key, item in defined.items() if key not in held]
        assert lacking == ["prvWriteAccount"]

    assert {item["PrivilegeType"] for item in defined.values()} >= {"Create", "Write", "Assign"}
    assert (await sales.get(f"contacts({me})/{function}")).status == 404


async def test_definitions_tell_set_names_keys_and_change_tracking(sales: SalesClient) -> None:
    one = (await sales.get("EntityDefinitions(LogicalName='account')?$select=EntitySetName")).json()
    tracked = (await sales.get("EntityDefinitions?$select=LogicalName&$filter=ChangeTrackingEnabled eq true")).json()[
        "value"
    ]

    assert one["EntitySetName"] == "accounts"
    assert "PrimaryIdAttribute" not in one
    assert {row["LogicalName"] for row in tracked} == set(tables_of()) - {"organization", *TABLES_BETWEEN}


async def test_a_relationship_of_many_to_many_names_both_ends_and_the_table_between(sales: SalesClient) -> None:
    below = (await sales.get("EntityDefinitions(LogicalName='team')/ManyToManyRelationships")).json()["value"]
    kind = "Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata"
    all_of_them = (await sales.get(f"RelationshipDefinitions/{kind}?$select=SchemaName")).json()["value"]
    one = (await sales.get("RelationshipDefinitions(SchemaName='teamroles_association')")).json()

    assert {row["SchemaName"] for row in below} == {"teamroles_association", "teammembership_association"}
    assert {row["SchemaName"] for row in all_of_them} == {
        "systemuserroles_association",
        "teamroles_association",
        "teammembership_association",
    }
    assert {one["Entity1LogicalName"], one["Entity2LogicalName"]} == {"team", "role"}
    assert one["IntersectEntityName"] == "teamroles"


async def test_columns_are_described_with_length_and_targets(sales: SalesClient) -> None:
    place = "EntityDefinitions(LogicalName='account')/Attributes"
    name = (await sales.get(f"{place}(LogicalName='name')")).json()
    rows = (await sales.get(f"{place}?$filter=AttributeType eq 'Lookup'&$select=LogicalName")).json()["value"]

    assert (name["MaxLength"], name["AttributeType"]) == (160, "String")
    assert {"primarycontactid", "defaultpricelevelid"} <= {row["LogicalName"] for row in rows}
    assert (await sales.get("EntityDefinitions(LogicalName='nothing')")).status == 404


async def test_an_option_can_be_used_once_it_is_inserted_and_published(sales: SalesClient) -> None:
    added = await sales.post("InsertOptionValue", option("Net 10"))
    value = added.json()["NewOptionValue"]
    early = await sales.post("accounts", {"name": "A", "paymenttermscode": value})
    assert (await sales.post("PublishXml", PUBLISH)).status == 204
    late = await sales.post("accounts", {"name": "A", "paymenttermscode": value})

    assert (early.status, early.code) == (400, "0x8004431A")
    assert late.status == 204
    assert (await _options(sales))[value] == "Net 10"
    assert sales.running.tenants.sales.dump("account.paymenttermscode")[-1] == {"id": str(value), "label": "Net 10"}


async def test_an_option_can_be_given_its_value_once_and_be_renamed(sales: SalesClient) -> None:
    given = await sales.post("InsertOptionValue", option("Net 90", Value=90))
    again = await sales.post("InsertOptionValue", option("Net 91", Value=90))
    renamed = await sales.post("UpdateOptionValue", option("Net ninety", Value=90, MergeLabels=True))
    unknown = await sales.post("UpdateOptionValue", option("?", Value=91))
    await sales.post("PublishAllXml", {})

    assert given.json()["NewOptionValue"] == 90
    assert (again.status, renamed.status, unknown.status) == (400, 204, 400)
    assert (await _options(sales))[90] == "Net ninety"


async def test_functions_answer(sales: SalesClient) -> None:
    me = await sales.get("WhoAmI")
    identity = sales.running.tenants.sales.world.identity

    assert me.json()["UserId"] == identity.application_user
    assert me.json()["OrganizationId"] == identity.organization
    assert me.headers["x-ms-dop-hint"]
    assert (await sales.get("RetrieveVersion()")).json()["Version"].startswith("9.2.")
    counts = (await sales.get("RetrieveTotalRecordCount(EntityNames=['account','team'])")).json()
    assert counts["EntityRecordCountCollection"]["Keys"] == ["account", "team"]
    assert counts["EntityRecordCountCollection"]["Values"][0] == sales.running.tenants.sales.count("account")
    assert (await sales.post("WhoAmI", {})).status == 405


async def test_the_application_user_carries_the_client_id(sales: SalesClient) -> None:
    identity = sales.running.tenants.sales.world.identity

    row = (await sales.get(f"systemusers({identity.application_user})?$select=applicationid,isintegrationuser")).json()

    assert row["applicationid"] == sales.running.details.client_id
