"""Dataverse's refusals by name: status, code and words of each."""

from services.sandbox.refusals import Refused

_HELP = (
    "For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293"
)


def not_found(table: str, id: str) -> Refused:
    return Refused(404, "0x80040217", f"{table} With Id = {id} Does Not Exist")


def no_segment(segment: str) -> Refused:
    return Refused(404, "0x80060888", f"Resource not found for the segment '{segment}'.")


def bad_uri(message: str) -> Refused:
    return Refused(400, "0x80060888", message)


def bad_payload(table: str, inner: str) -> Refused:
    return Refused(
        400,
        "0x80048d19",
        f"Error identified in Payload provided by the user for Entity :'{table}', {_HELP}  ---->  "
        f"InnerException : Microsoft.OData.ODataException: {inner}",
    )


def unknown_property(table: str, name: str) -> Refused:
    return bad_payload(
        table,
        f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{table}'. "
        "Make sure to only use property names that are defined by the type.",
    )


def wrong_type(table: str, name: str, expected: str) -> Refused:
    return bad_payload(table, f"Cannot convert the value of property '{name}' to the expected type 'Edm.{expected}'.")


def too_long(table: str, name: str, length: int) -> Refused:
    return Refused(
        400,
        "0x80044331",
        f"A validation error occurred. The length of the '{name}' attribute of the '{table}' entity exceeded the "
        f"maximum allowed length of '{length}'.",
    )


def not_an_option(table: str, name: str, value: int) -> Refused:
    return Refused(
        400,
        "0x8004431A",
        f"A validation error occurred. The value {value} of '{name}' on record of type '{table}' is outside the valid "
        "range.",
    )


def out_of_range(table: str, name: str, code: str = "0x80044330") -> Refused:
    return Refused(
        400,
        code,
        f"A validation error occurred. The value of '{name}' on record of type '{table}' is outside the valid range.",
    )


def required(table: str, name: str) -> Refused:
    return Refused(400, "0x80040200", f"The required field '{name}' is missing for entity '{table}'.")


def duplicate(table: str) -> Refused:
    del table
    return Refused(412, "0x80040237", "A record with matching key values already exists.")


def version_mismatch(table: str) -> Refused:
    return Refused(
        412,
        "0x80060882",
        f"The version of the existing record doesn't match the RowVersion property provided: {table}.",
    )


def no_privilege(user: str, right: str, table: str) -> Refused:
    privilege = f"prv{right.capitalize()}{table.capitalize()}"
    return Refused(
        403,
        "0x80040220",
        f"Principal user (Id={user}, type=8) is missing {privilege} privilege on OTC for entity '{table}'.",
    )


def unexpected(status: int) -> Refused:
    return Refused(status, "0x80040216", "An unexpected error occurred.")


def invalid(message: str, code: str = "0x80040203") -> Refused:
    return Refused(400, code, message)


def invalid_key(table: str) -> Refused:
    return Refused(404, "0x80060891", f"A record with the specified key values does not exist in {table} entity")


def unsupported(message: str, table: str) -> Refused:
    return Refused(
        400,
        "0x80040800",
        f"The '{message.capitalize()}' method does not support entities of type '{table}'. "
        "MessageProcessorCache returned MessageProcessor.Empty.",
    )


def not_allowed(method: str) -> Refused:
    return Refused(405, "0x80060888", f"The HTTP method '{method}' is not supported for this resource.")


def wrong_media_type(given: str) -> Refused:
    return Refused(415, "0x80060888", f"The request entity's media type '{given}' is not supported for this resource.")


def not_implemented(message: str) -> Refused:
    return Refused(501, "0x80060890", message)


def too_large() -> Refused:
    return Refused(413, "0x8004418A", "The request exceeds the maximum allowed length.")
