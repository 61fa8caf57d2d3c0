"""Match-based coupling: which criteria a record is looked up by.

Fields of one priority are combined with *and*; priorities are tried in ascending order and each stands on its own:
criteria do not accumulate (docs/decisions/0006-match-priorities-stand-alone.md). Blank text is no criterion.
"""

from collections.abc import Mapping

from libs.contracts.pages import Value, Values
from libs.synch.mapping import FieldMapping, IntegrationTableMapping
from libs.synch.plan import SWITCHES
from libs.synch.values import code


def criteria_fields(mapping: IntegrationTableMapping, match_by: str = "") -> list[list[FieldMapping]]:
    """Fields used for matching, by ascending priority; ``match_by`` names another set than the mapping's own."""
    by_priority: dict[int, list[FieldMapping]] = {}
    for field in mapping.active_fields(SWITCHES):
        if field.match is not None and field.match.name == match_by and field.financials and field.sales:
            by_priority.setdefault(field.match.priority, []).append(field)
    return [by_priority[priority] for priority in sorted(by_priority)]


def criteria(mapping: IntegrationTableMapping, record: Mapping[str, Value], match_by: str = "") -> list[Values]:
    """What to look for in Sales for one record of Financials; priorities with only blank values are left out."""
    found: list[Values] = []
    for fields in criteria_fields(mapping, match_by):
        terms: Values = {}
        for field in fields:
            value = record.get(field.financials)
            if isinstance(value, str):
                value = code(value) if field.is_code else value.strip()
            if value is not None and value != "":
                terms[field.attribute] = value
        if terms:
            found.append(terms)
    return found


def can_match(mapping: IntegrationTableMapping, match_by: str = "") -> bool:
    """Whether records can be coupled by matching: by criteria, or else as a full run finds what is there already."""
    return bool(criteria_fields(mapping, match_by)) or (not match_by and finds_by_identity(mapping))


def finds_by_identity(mapping: IntegrationTableMapping) -> bool:
    """Whether a partner is looked for by its identity before one is created."""
    return mapping.match_first and bool(mapping.identity)


def fits(mapping: IntegrationTableMapping, terms: Mapping[str, Value], current: Mapping[str, Value]) -> bool:
    """Whether a record that was found fits the case-sensitive criteria too; searches ignore case."""
    exact = {field.attribute for field in mapping.fields if field.match is not None and field.match.case_sensitive}
    return all(name not in exact or name not in current or current[name] == value for name, value in terms.items())
