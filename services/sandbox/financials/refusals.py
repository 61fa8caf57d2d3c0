"""How Financials says no: its refusals with their codes, statuses and words."""

import uuid

import msgspec

from services.sandbox.refusals import Refused


def error_body(refusal: Refused) -> bytes:
    """The error object, its message ending with a correlation id."""
    text = f"{refusal.message}  CorrelationId:  {uuid.uuid4()}."
    return msgspec.json.encode({"error": {"code": refusal.code, "message": text}})


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def wrong_media_type(kind: str) -> Refused:
    return Refused(415, "BadRequest", f"The media type '{kind}' is not supported: the body must be application/json.")


def bad_url(message: str) -> Refused:
    return Refused(400, "BadRequest_InvalidRequestUrl", message)


def no_such_segment(segment: str) -> Refused:
    return Refused(404, "BadRequest_NotFound", f"Resource not found for the segment '{segment}'.")


def not_published(service: str) -> Refused:
    return Refused(
        404,
        "BadRequest_NotFound",
        f"The web service '{service}' does not exist: no published page or query has this service name.",
    )


def no_such_record(table: str, key: str) -> Refused:
    return Refused(
        404, "Internal_RecordNotFound", f"The {table} does not exist. Identification fields and values: {key}"
    )


def no_such_company(name: str) -> Refused:
    return Refused(404, "Internal_CompanyNotFound", f'The company "{name}" does not exist.')


def method_not_allowed(method: str) -> Refused:
    return Refused(405, "BadRequest_MethodNotAllowed", f"'{method}' requests are not supported for this resource.")


def read_only(name: str) -> Refused:
    return Refused(400, "BadRequest_InvalidOperation", f"The property '{name}' is read-only and cannot be changed.")


def unknown_property(name: str, entity: str) -> Refused:
    return bad_request(
        f"The property '{name}' does not exist on type '{entity}'. "
        "Make sure to only use property names that are defined by the type."
    )


def wrong_type(name: str, type: str) -> Refused:
    return bad_request(f"Cannot convert the value of the property '{name}' to the expected type '{type}'.")


def dialog(message: str) -> Refused:
    """Business logic ended with an error message."""
    return Refused(400, "Application_DialogException", message)


def too_long(table: str, field: str, length: int, limit: int) -> Refused:
    return Refused(
        400,
        "Application_StringExceededLength",
        f"The length of the string is {length}, but it must be less than or equal to {limit} characters. "
        f"Field: {field}, table: {table}.",
    )


def unknown_member(name: str, options: tuple[str, ...]) -> Refused:
    allowed = ",".join(options)
    return Refused(400, "Unknown", f"The value of '{name}' is not an option. The existing options are: {allowed}.")


def not_in_relation(table: str, field: str, value: str, related: str) -> Refused:
    return Refused(
        400,
        "Internal_InvalidTableRelation",
        f"The field {field} of table {table} contains a value ({value}) that cannot be found in the related table "
        f"({related}).",
    )


def same_key(table: str, key: str) -> Refused:
    return Refused(
        400,
        "Internal_EntityWithSameKeyExists",
        f"The record in table {table} already exists. Identification fields and values: {key}",
    )


def blank_key(table: str, field: str) -> Refused:
    return Refused(
        400,
        "Application_FieldValidationException",
        f"{field} must have a value in {table}. It cannot be zero or empty.",
    )


def bad_if_match() -> Refused:
    return Refused(
        400, "BadRequest_InvalidToken", "The request requires an If-Match header with a valid entity tag or '*'."
    )


def entity_changed() -> Refused:
    return Refused(
        409,
        "Request_EntityChanged",
        "Another user has already changed the record. Read the record again and repeat your change.",
    )


def no_permission(table: str, number: int, right: str) -> Refused:
    return Refused(
        403,
        "Authorization_PermissionDenied",
        f"The current permissions prevented the action. (TableData {number} {table} {right})",
    )


def invalid_guid(name: str) -> Refused:
    return Refused(400, "Application_InvalidGUID", f"Invalid format of GUID string in '{name}'.")
