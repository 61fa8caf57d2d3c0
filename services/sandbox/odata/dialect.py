"""What a query may say in either product, and the error for what it may not."""

from dataclasses import dataclass


class ODataError(Exception):
    """A query that is refused; ``reason`` is syntax, unknown_property, unsupported, type or or_on_distinct_fields."""

    def __init__(self, message: str, reason: str = "syntax", name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.name = name


@dataclass(frozen=True)
class Dialect:
    """What differs between the two products."""

    ignore_case: bool = False
    """Compare text without regard to case, in operators, functions and sorting."""
    functions: frozenset[str] = frozenset({"contains", "startswith", "endswith"})
    """Allowed besides the operators; the value functions are tolower, toupper, trim, length and substring."""
    or_on_one_field: bool = False
    """Refuse ``or`` between conditions on distinct fields, as Business Central does."""
    query_functions: bool = False
    """Whether Microsoft.Dynamics.CRM.In and its like, and conditions on collections, are understood."""
    moment_digits: int = 0
    """Digits after the second in stored moments; literals are brought to the same."""


DATAVERSE = Dialect(ignore_case=True, query_functions=True)
BUSINESS_CENTRAL = Dialect(
    functions=frozenset({"contains", "startswith", "endswith", "tolower", "toupper", "trim", "substring"}),
    or_on_one_field=True,
    moment_digits=3,
)
