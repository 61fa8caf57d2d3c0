"""The price action of the companion extension is published under the name, and speaks the words, of the sandbox's."""

import re
from xml.etree import ElementTree

from services.sandbox.financials.documents.price_action import PRICE_ACTION, PRICE_SERVICE, Price, Question, Questions
from tests.unit.extension.al_objects import EXTENSION, AlObject, all_objects, nodes_of, text_of

_FOLDER = EXTENSION / "src" / "prices"


def _codeunit(name: str) -> AlObject:
    [found] = [found for found in all_objects() if found.kind == "codeunit" and found.name == name]
    return found


def test_the_codeunit_is_published_as_the_web_service_that_the_sandbox_answers() -> None:
    service = ElementTree.parse(_FOLDER / "TandemPricing.WebService.xml").find(".//TenantWebService")
    assert service is not None
    told = {child.tag: child.text for child in service}

    # alc passes over a file whose object type is spelled in any other way.
    assert told == {
        "ObjectType": "CodeUnit",
        "ObjectID": str(_codeunit("Tandem Prices").number),
        "ServiceName": PRICE_SERVICE,
        "Published": "true",
    }


def test_the_action_takes_and_gives_text_by_the_names_of_the_sandbox() -> None:
    codeunit = _codeunit("Tandem Prices")
    procedure = PRICE_ACTION.removeprefix(f"{PRICE_SERVICE}_")

    assert f"    procedure {procedure}(question: Text): Text" in codeunit.text
    assert "Access" not in codeunit.properties
    read = set(re.findall(r"TextOf\(\w+, '(\w+)'\)", codeunit.text)) | {"lines"}
    assert read == {*Questions.__struct_fields__, *Question.__struct_fields__}
    assert set(re.findall(r"Price\.Add\('(\w+)'", codeunit.text)) == set(Price.__struct_encode_fields__)


def test_a_line_is_filled_in_in_the_order_of_the_sandbox() -> None:
    line = _codeunit("Tandem Price Line")
    [run] = nodes_of(line.root, "trigger_declaration")

    validated = re.findall(r"Rec\.Validate\(\"?([\w. ]+?)\"?,", text_of(run))

    assert list(dict.fromkeys(validated)) == ["Type", "No.", "Variant Code", "Unit of Measure Code", "Quantity"]


def test_nothing_is_stored() -> None:
    for name in ("Tandem Prices", "Tandem Price Line"):
        text = _codeunit(name).text
        written = re.findall(r"(\w+)\.(?:Insert|Modify|Delete|Rename)\(", text)
        assert set(written) <= {"TempSalesHeader"}
        assert "Commit" not in text
    assert 'TempSalesHeader: Record "Sales Header" temporary' in _codeunit("Tandem Prices").text
