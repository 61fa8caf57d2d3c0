"""The zip with the order line's panel: format, references, and that it carries no secret."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from libs.dynamics.sales_tables import SALES_TABLES
from tests.unit.solution.documented_schema import GUID, faults
from tests.unit.solution.packing import SOLUTION, built, roots

TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
NAME = re.compile(r"tandem_(/?[A-Za-z0-9.]+)+")
"""Letters, digits, dots and single slashes behind the publisher's prefix."""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    if not (SOLUTION / "node_modules").is_dir():
        pytest.skip("needs npm ci in deploy/sales-solution (make setup-tests does it)")
    return zipfile.ZipFile(built("Tandem", tmp_path_factory.mktemp("solution")))


@pytest.fixture(scope="module")
def customizations(packed: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(packed.read("customizations.xml"))


@pytest.fixture(scope="module")
def manifest(packed: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(packed.read("solution.xml"))


def resource_names(customizations: ET.Element) -> list[str]:
    return [item.findtext("Name", "") for item in customizations.iter("WebResource")]


def test_the_same_sources_give_the_same_bytes(packed: zipfile.ZipFile, tmp_path: Path) -> None:
    assert built("Tandem", tmp_path).read_bytes() == Path(str(packed.filename)).read_bytes()


def test_the_solution_is_managed_and_names_version_and_publisher(manifest: ET.Element) -> None:
    solution = manifest.find("SolutionManifest")
    assert solution is not None
    assert solution.findtext("UniqueName") == "Tandem"
    assert solution.findtext("Managed") == "1"
    assert re.fullmatch(r"\d+(\.\d+){3}", solution.findtext("Version", ""))
    assert solution.findtext("Publisher/CustomizationPrefix") == "tandem"
    assert 10_000 <= int(solution.findtext("Publisher/CustomizationOptionValuePrefix", "0")) <= 99_999
    parts = [part.tag for part in solution]
    assert parts == [
        "UniqueName", "LocalizedNames", "Descriptions", "Version", "Managed", "Publisher", "RootComponents",
        "MissingDependencies",
    ]  # fmt: skip


def test_customizations_keep_to_the_documented_schemas(customizations: ET.Element) -> None:
    assert faults(customizations) == []


def test_the_schema_check_sees_faults(customizations: ET.Element) -> None:
    broken = ET.fromstring(ET.tostring(customizations))
    resource = broken.find("WebResources/WebResource")
    assert resource is not None
    resource.append(ET.Element("Name"))
    cell = next(broken.iter("cell"))
    cell.set("id", "not a guid")
    assert len(faults(broken)) == 2


def test_every_file_has_a_content_type_and_every_type_a_file(packed: zipfile.ZipFile) -> None:
    types = ET.fromstring(packed.read("[Content_Types].xml"))
    endings = {item.get("Extension") for item in types.iter(f"{TYPES}Default")}
    overrides = {str(item.get("PartName")).lstrip("/") for item in types.iter(f"{TYPES}Override")}
    files = set(packed.namelist()) - {"[Content_Types].xml"}
    assert overrides <= files
    assert {name for name in files - overrides if name.rsplit(".", 1)[-1] not in endings} == set()
    assert packed.namelist()[0] == "[Content_Types].xml"


def test_web_resources_are_declared_packed_and_rooted_alike(
    packed: zipfile.ZipFile, customizations: ET.Element, manifest: ET.Element
) -> None:
    files = [item.findtext("FileName", "").lstrip("/") for item in customizations.iter("WebResource")]
    assert sorted(files) == sorted(name for name in packed.namelist() if name.startswith("WebResources/"))
    names = resource_names(customizations)
    assert roots(manifest, 61) == names
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert max(len(packed.read(name)) for name in files) < 5 * 1024 * 1024


def test_pages_load_only_web_resources_that_are_there(packed: zipfile.ZipFile, customizations: ET.Element) -> None:
    names = set(resource_names(customizations))
    for item in customizations.iter("WebResource"):
        if item.findtext("WebResourceType") != "1":
            continue
        page = packed.read(item.findtext("FileName", "").lstrip("/")).decode()
        loaded = re.findall(r'(?:src|href)="([^"#]+)"', page)
        assert loaded
        assert {f"tandem_/orderline/{name}" for name in loaded} <= names


def test_ids_are_unique(customizations: ET.Element) -> None:
    ids = [
        *(item.findtext("WebResourceId", "") for item in customizations.iter("WebResource")),
        *(item.findtext("formid", "") for item in customizations.iter("systemform")),
        *(role.get("id", "") for role in customizations.iter("Role")),
        *(item.get("id", "") for tag in ("tab", "section", "cell") for item in customizations.iter(tag)),
        *(item.get("libraryUniqueId", "") for item in customizations.iter("Library")),
        *(item.get("handlerUniqueId", "") for item in customizations.iter("Handler")),
    ]
    assert [each for each in ids if not GUID.fullmatch(each)] == []
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("table", "parent"), [("SalesOrderDetail", "salesorderid"), ("QuoteDetail", "quoteid")])
def test_both_lines_get_columns_and_a_form_of_their_own_with_the_panel(
    customizations: ET.Element, manifest: ET.Element, table: str, parent: str
) -> None:
    entity = next(item for item in customizations.iter("Entity") if item.findtext("Name") == table)
    columns = {item.get("PhysicalName") for item in entity.iter("attribute")}
    assert columns == {
        "tandem_availablequantity",
        "tandem_availablefrom",
        "tandem_pricesource",
        "tandem_lookupasof",
    }
    controls = {item.get("id"): item for item in entity.iter("control")}
    assert columns <= controls.keys()
    assert {"productid", "uomid", "quantity", "ispriceoverridden", "priceperunit", parent} <= controls.keys()
    assert all(controls[str(name)].get("disabled") == "true" for name in columns)
    url = controls["WebResource_tandem_orderline"].findtext("parameters/Url")
    assert url in resource_names(customizations)
    listed = next(item for item in customizations.iter("WebResource") if item.findtext("Name") == url)
    panel = controls["WebResource_tandem_orderline"].findtext("parameters/WebResourceId")
    assert panel == listed.findtext("WebResourceId")
    assert table.lower() in roots(manifest, 1)
    required = [item.get("schemaName") for item in manifest.iter("Required")]
    assert table.lower() in required


def test_forms_call_a_function_of_a_library_that_they_load(packed: zipfile.ZipFile, customizations: ET.Element) -> None:
    resources = {item.findtext("Name"): item.findtext("FileName", "") for item in customizations.iter("WebResource")}
    handlers = list(customizations.iter("Handler"))
    assert len(handlers) == 2
    for form in customizations.iter("form"):
        libraries = {item.get("name") for item in form.iter("Library")}
        for handler in form.iter("Handler"):
            assert handler.get("libraryName") in libraries & resources.keys()
            assert handler.get("passExecutionContext") == "true"
            source = packed.read(resources[handler.get("libraryName")].lstrip("/")).decode()
            namespace, owner, function = str(handler.get("functionName")).split(".")
            assert re.search(rf"\b{namespace}\.{owner} = \{{", source)
            assert re.search(rf"\b{function}\(executionContext\)", source)


def test_cells_that_span_rows_are_followed_by_the_rows_they_cover(customizations: ET.Element) -> None:
    for section in customizations.iter("section"):
        for cell in section.iter("cell"):
            if cell.get("rowspan"):
                assert len(section.findall("rows/row")) == int(cell.get("rowspan", "0"))


def test_tables_that_get_columns_are_not_marked_as_untouched(customizations: ET.Element) -> None:
    """An import passes over what is marked so: the columns would be missing, and the forms with them."""
    for entity in customizations.iter("entity"):
        assert len(entity.findall("attributes/attribute")) == 4
        assert entity.get("unmodified") is None


def test_labels_speak_every_language_of_the_solution(customizations: ET.Element) -> None:
    languages = {item.text for item in customizations.iter("Language")}
    assert languages == {"1033", "1053"}
    for tag in ("labels", "displaynames", "Descriptions", "LocalizedNames"):
        for labels in customizations.iter(tag):
            assert {item.get("languagecode") for item in labels} == languages


def test_the_role_only_reads(customizations: ET.Element, manifest: ET.Element) -> None:
    role = customizations.find("Roles/Role")
    assert role is not None
    assert roots(manifest, 20) == [role.get("id")]
    assert role.get("isinherited") == "1", "who has it through a team alone would have no rows of their own"
    privileges = {str(item.get("name")): item.get("level") for item in role.iter("RolePrivilege")}
    assert all(name.startswith("prvRead") for name in privileges)
    assert {"prvReadSalesOrder", "prvReadQuote", "prvReadEnvironmentVariableDefinition"} <= privileges.keys()
    assert privileges["prvReadSalesOrder"] == "Basic"


def test_the_role_names_no_privilege_that_dataverse_does_not_have(customizations: ET.Element) -> None:
    """Rows that inherit their rights from a parent have no privileges; an import that names one is refused."""
    names = {str(item.get("name")) for item in customizations.iter("RolePrivilege")}
    inheriting = {"EnvironmentVariableValue", "SalesOrderDetail", "QuoteDetail"}
    assert not {f"prvRead{table}" for table in inheriting} & names


def test_environment_variables_are_declared_without_values(packed: zipfile.ZipFile, manifest: ET.Element) -> None:
    files = [name for name in packed.namelist() if name.startswith("environmentvariabledefinitions/")]
    definitions = [ET.fromstring(packed.read(name)) for name in files]
    assert [item.get("schemaname") for item in definitions] == roots(manifest, 380)
    assert [f"environmentvariabledefinitions/{item.get('schemaname')}" for item in definitions] == [
        name.rsplit("/", 1)[0] for name in files
    ]
    for definition in definitions:
        assert definition.find("defaultvalue") is None
        assert definition.findtext("type") == "100000000"
    script = (SOLUTION / "webresources/orderline/lookup.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'"(tandem_Lookup\w+)"', script))
    assert asked == {item.get("schemaname") for item in definitions}


def test_what_others_wrote_carries_its_licence(packed: zipfile.ZipFile) -> None:
    brought = [name for name in packed.namelist() if "msalbrowser" in name or "redirectbridge" in name]
    assert len(brought) == 2
    for name in brought:
        head = packed.read(name)[:400].decode()
        assert head.startswith("/*!\nMIT License\n\nCopyright (c) Microsoft Corporation")


def test_nothing_of_it_is_a_table_that_tandem_synchronizes(customizations: ET.Element) -> None:
    """Columns here never collide with those that the synchronization writes."""
    ours = {item.get("PhysicalName") for item in customizations.iter("attribute")}
    written = {attribute.name for table in SALES_TABLES.values() for attribute in table.attributes}
    assert not ours & written
