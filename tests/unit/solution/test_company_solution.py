"""The zip with the company's table and columns: format, and that it agrees with what the synchronization writes."""

import zipfile
from xml.etree import ElementTree as ET

import pytest

from libs.dynamics.company_columns import TANDEM
from libs.dynamics.sales_tables import SALES_TABLES
from tests.unit.solution.documented_schema import GUID, faults
from tests.unit.solution.packing import SOLUTION, built, roots


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
    return {item.findtext("LogicalName", ""): item for item in entity.iter("attribute")}


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
    assert columns.keys() == {table.id, *(attribute.name for attribute in table)}
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
        item.findtext("ReferencingEntityName", "").lower(): item for item in customizations.iter("EntityRelationship")
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


def test_it_brings_the_role_that_the_owning_team_is_given(customizations: ET.Element, manifest: ET.Element) -> None:
    roles = {str(item.get("id")): item for item in customizations.iter("Role")}
    assert roots(manifest, 20) == list(roles)
    assert all(GUID.fullmatch(each) for each in roles)
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
