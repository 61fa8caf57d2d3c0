"""The AsyncAPI documents that are kept in docs/asyncapi say what the catalogue says."""

import json
from typing import Any

import pytest

from libs.contracts.asyncapi import FOLDER, as_text, documents
from libs.contracts.catalogue import MESSAGES
from libs.contracts.message import Kind

DOCUMENTS = documents()


def test_there_is_a_document_for_every_service_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(DOCUMENTS)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == as_text(DOCUMENTS[name]), "run `make asyncapi`"


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_reference_in_a_document_leads_somewhere(name: str) -> None:
    document = DOCUMENTS[name]

    assert [reference for reference in _references(document) if _at(document, reference) is None] == []


def test_every_command_and_request_is_received_by_a_service() -> None:
    received = {name for document in DOCUMENTS.values() for name in document["operations"]}
    expected = {f"receive_{cls.__name__}" for cls in MESSAGES.values() if cls.KIND in (Kind.COMMAND, Kind.REQUEST)}

    assert expected - received == set()


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for value in part.values() for reference in _references(value)]
    return [reference for item in part for reference in _references(item)] if isinstance(part, list) else []


def _at(document: dict[str, Any], reference: str) -> Any:
    part: Any = json.loads(json.dumps(document))
    for step in reference.removeprefix("#/").split("/"):
        part = part.get(step) if isinstance(part, dict) else None
    return part
