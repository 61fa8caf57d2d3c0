"""The zip with the company's table and columns: format, and that it agrees with what the synchronization writes."""

import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from libs.dynamics.company_columns import TANDEM
from libs.dynamics.sales_tables import SALES_TABLES
from tests.unit.solution.documented_schema import GUID, faults
from tests.unit.solution.packing import SOLUTION, built, roots

FORMS_AND_VIEWS = [
    "{0f66e95d-16d6-5942-8cb9-a9d48cf0b667}",
    "{a666aeb9-635f-56b5-add8-0220d31faef2}",
    "{fac3f940-1587-5920-b846-3a3b6986ca4c}",
    "{46b3ac60-bc0e-5233-87d3-0e78b55435df}",
    "{2c85f977-c517-50af-a8e6-b93cde57b776}",
    "{ccac2d92-a647-5d04-9c55-671c59aa719d}",
    "{6b46b78f-61fb-55a0-9502-662504ffcb9b}",
]
"""Ids by which an update finds what it updates."""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    if not (SOLUTION / "node_modules").is_dir():
        pytest.skip("needs npm ci in deploy/sales-solution (make setup-tests does it)")
    return zipfile.ZipFile(built("TandemCompany", tmp_path_factory.mktemp("solution")))


@pytest.fixture(scope="module")
def customizations(packed: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(packed.read("customizations.xml"))


@pytest.fixture(scope="module")
def manifest(packed: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(packed.read("solution.xml"))


def attributes(customizations: ET.Element, table: str) -> dict[str, ET.Element]:
    """Columns that the solution gives to a table, by name."""
    entity = next(item for item in customizations.iter("Entity") if item.findtext("Name", "").lower() == table)
    return {
        item.findtext("LogicalName", ""): item for item in entity.iterfind("EntityInfo/entity/attributes/attribute")
    }


def system_columns(columns: dict[str, ET.Element]) -> set[str]:
    """Those that every table has."""
    return {
        name
        for name, item in columns.items()
        if item.findtext("IsCustomField") == "0" and item.findtext("Type") != "primarykey"
    }


def test_it_holds_the_manifest_and_the_customizations_alone(packed: zipfile.ZipFile) -> None:
    assert packed.namelist() == ["[Content_Types].xml", "solution.xml", "customizations.xml"]


def test_its_customizations_keep_to_the_documented_schemas(customizations: ET.Element) -> None:
    assert faults(customizations) == []


def test_its_labels_speak_every_language(customizations: ET.Element) -> None:
    for tag in ("displaynames", "Descriptions", "LocalizedNames", "LocalizedCollectionNames"):
        for labels in customizations.iter(tag):
            assert {item.get("languagecode") for item in labels} == {"1033", "1053"}


def test_the_table_is_the_one_that_the_synchronization_knows(customizations: ET.Element, manifest: ET.Element) -> None:
    table = SALES_TABLES[TANDEM.table]
    columns = attributes(customizations, table.name)
    assert columns.keys() - system_columns(columns) == {table.id, *(attribute.name for attribute in table)}
    assert columns[table.id].findtext("Type") == "primarykey"
    assert columns[table.primary_name].findtext("DisplayMask", "").startswith("PrimaryName|")
    for attribute in table:
        assert columns[attribute.name].findtext("MaxLength") == str(attribute.length)
        assert (columns[attribute.name].findtext("RequiredLevel") == "required") == attribute.required
    entity = next(item for item in customizations.iter("entity") if item.get("Name") == table.name)
    assert entity.findtext("EntitySetName") == table.entity_set
    assert (entity.findtext("OwnershipTypeMask") == "OrgOwned") != table.owned
    assert table.name in roots(manifest, 1)


def test_every_table_with_the_company_column_gets_it_and_its_relationship(
    customizations: ET.Element, manifest: ET.Element
) -> None:
    wanted = {table.name for table in SALES_TABLES.values() if TANDEM.column in table}
    relationships = {
        item.findtext("ReferencingEntityName", "").lower(): item
        for item in customizations.iter("EntityRelationship")
        if item.findtext("ReferencedEntityName") == TANDEM.table
    }
    assert relationships.keys() == wanted
    assert set(roots(manifest, 1)) == wanted | {TANDEM.table}
    for name in wanted:
        [(target, navigation)] = SALES_TABLES[name][TANDEM.column].targets
        assert attributes(customizations, name).keys() == {TANDEM.column}
        assert relationships[name].findtext("ReferencedEntityName") == target
        assert relationships[name].findtext("ReferencingAttributeName") == TANDEM.column
        [role] = [
            item
            for item in relationships[name].iter("EntityRelationshipRole")
            if item.findtext("RelationshipRoleType") == "1"
        ]
        assert role.findtext("NavigationPropertyName") == navigation


def test_the_table_has_what_exports_say_of_every_table_of_an_organization(customizations: ET.Element) -> None:
    """Columns and relationships of admin_desktopflowapprovalbpf in Microsoft's CoE starter kit, but for its process."""
    columns = attributes(customizations, TANDEM.table)
    assert system_columns(columns) == {
        "createdby", "createdon", "createdonbehalfby", "importsequencenumber", "modifiedby", "modifiedon",
        "modifiedonbehalfby", "organizationid", "overriddencreatedon", "statecode", "statuscode",
        "timezoneruleversionnumber", "utcconversiontimezonecode",
    }  # fmt: skip
    of_system = {
        item.get("Name"): (item.findtext("ReferencedEntityName"), item.findtext("ReferencingAttributeName"))
        for item in customizations.iter("EntityRelationship")
        if item.findtext("ReferencingEntityName") == TANDEM.table
    }
    assert of_system == {
        f"lk_{TANDEM.table}_createdby": ("SystemUser", "CreatedBy"),
        f"lk_{TANDEM.table}_modifiedby": ("SystemUser", "ModifiedBy"),
        f"organization_{TANDEM.table}": ("Organization", "OrganizationId"),
    }
    states = [(item.get("value"), item.get("defaultstatus")) for item in columns["statecode"].iter("state")]
    statuses = [(item.get("state"), item.get("value")) for item in columns["statuscode"].iter("status")]
    assert states == statuses == [("0", "1"), ("1", "2")]


def test_rows_of_the_table_can_be_listed_found_and_chosen(customizations: ET.Element) -> None:
    entity = next(item for item in customizations.iter("Entity") if item.findtext("Name") == TANDEM.table)
    columns = attributes(customizations, TANDEM.table).keys()
    views = list(entity.iter("savedquery"))
    by_default = sorted(int(item.findtext("querytype", "")) for item in views if item.findtext("isdefault") == "1")
    assert by_default == [0, 1, 2, 4, 64]
    assert len({item.findtext("savedqueryid") for item in views}) == len(views) == 6
    for view in views:
        named = {cell.get("name") for cell in view.iterfind("layoutxml/grid/row/cell")}
        asked = {item.get("name") for item in view.iterfind("fetchxml/fetch/entity/attribute")}
        tested = {item.get("attribute") for tag in ("order", "condition") for item in view.iter(tag)}
        assert named < asked
        assert asked | tested <= columns
        searched = view.find("fetchxml/fetch/entity/filter[@isquickfindfields='1']") is not None
        assert searched == (view.findtext("querytype") == "4") == (view.findtext("isquickfindquery") == "1")
    [form] = entity.iter("systemform")
    assert {item.get("datafieldname") for item in form.iter("control")} == {TANDEM.name, TANDEM.external_id}
    ids = [item.get("id") for tag in ("tab", "section", "cell") for item in form.iter(tag) if item.get("id")]
    assert len(ids) == len(set(ids)) == 4


def test_no_table_that_gets_a_column_is_marked_as_untouched(customizations: ET.Element) -> None:
    assert [item.get("Name") for item in customizations.iter("entity") if item.get("unmodified")] == []


def test_forms_and_views_keep_their_ids(customizations: ET.Element) -> None:
    """With another id an update would add a second form or view, and leave the first to whoever uses it."""
    ids = re.findall(r"<(?:formid|savedqueryid)>(.*?)<", ET.tostring(customizations, encoding="unicode"))
    assert ids == FORMS_AND_VIEWS


def test_it_brings_the_role_that_the_owning_team_is_given(customizations: ET.Element, manifest: ET.Element) -> None:
    roles = {str(item.get("id")): item for item in customizations.iter("Role")}
    assert roots(manifest, 20) == list(roles)
    assert all(GUID.fullmatch(each) for each in roles)
    assert {item.get("isinherited") for item in roles.values()} == {"1"}
    team = roles["{" + TANDEM.team_role + "}"]
    assert team.get("name") == TANDEM.team_role_name
    assert roles["{" + TANDEM.role_id + "}"].get("name") == TANDEM.role
    assert {str(item.get("name")) for item in team.iter("RolePrivilege")} == {
        "prvReadAccount",
        "prvReadContact",
        f"prvRead{TANDEM.table}",
    }


def test_the_application_gets_all_rights_to_the_company_table_but_to_delete(customizations: ET.Element) -> None:
    role = next(item for item in customizations.iter("Role") if item.get("name") == "Tandem Company")
    assert {(item.get("name"), item.get("level")) for item in role.iter("RolePrivilege")} == {
        (f"prv{right}{TANDEM.table}", "Global") for right in ("Create", "Read", "Write", "Append", "AppendTo")
    }
