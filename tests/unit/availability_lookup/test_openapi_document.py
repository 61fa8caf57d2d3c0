"""The document that describes the API is made from the code, and checked in."""

from services.availability_lookup.openapi import FILE, OPERATIONS, as_text, document


def test_the_document_that_is_checked_in_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == as_text(), "run python -m services.availability_lookup.openapi"


def test_every_operation_is_described() -> None:
    described = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert described >= {(operation.path, operation.method.lower()) for operation in OPERATIONS}
