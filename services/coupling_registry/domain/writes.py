"""Builds the writes that a connector is asked for."""

from uuid import UUID, uuid5

from libs.contracts.pages import ChildWrite, SourceData, Value, Values, WriteData
from libs.contracts.vocabulary import Operation
from libs.synch.plan import Plan


def identity_of(plan: Plan, values: Values) -> Values:
    """What an existing partner in Sales would be found by; empty when the mapping names nothing or a part is blank."""
    if not plan.to_sales:
        return {}
    terms = {name: values.get(name) for name in plan.mapping.identity}
    return {} if any(value is None or value == "" for value in terms.values()) else terms


def place_of(plan: Plan, values: Values) -> str | None:
    """The one row that several records may want, as text; null for mappings in which none do."""
    if not plan.mapping.exclusive:
        return None
    terms = identity_of(plan, values)
    return ";".join([plan.mapping.name, *(str(value) for value in terms.values())]) if terms else None


def create(plan: Plan, source: SourceData, *, coupling: str, number: int, id: str, values: Values) -> WriteData:
    write: WriteData = {
        "coupling": coupling,
        "number": number,
        "operation": Operation.CREATE.value,
        "source": source,
        "id": id,
        "version": None,
        "values": values,
    }
    match = identity_of(plan, values)
    if match:
        write["match"] = match
        if plan.mapping.match_first:
            write["match_first"] = True
    if plan.to_sales:
        children = children_of(plan, id, values) if plan.mapping.children else []
        if children:
            write["children"] = children
        final = _final_values(plan)
        if final:
            write["final_values"] = final
    return write


def compare(
    source: SourceData, *, coupling: str, seen: int, id: str, values: Values, settled_at: str = ""
) -> WriteData:
    """``settled_at``: the destination's version at which the coupling learns nothing from an equal record."""
    write: WriteData = {
        "coupling": coupling,
        "number": 0,
        "operation": Operation.COMPARE.value,
        "source": source,
        "id": id,
        "version": None,
        "values": values,
        "seen": seen,
    }
    if settled_at:
        write["settled_at"] = settled_at
    return write


def match(source: SourceData, criteria: list[Values], values: Values) -> WriteData:
    """Look for the first criteria; the others are for later rounds."""
    write: WriteData = {
        "coupling": "",
        "number": 0,
        "operation": Operation.MATCH.value,
        "source": source,
        "id": "",
        "version": None,
        "values": values,
        "match": criteria[0],
        "seen": 0,
    }
    if len(criteria) > 1:
        write["then_match"] = criteria[1:]
    return write


def update(
    plan: Plan,
    source: SourceData,
    coupling: str,
    number: int,
    id: str,
    *,
    version: str | None,
    values: Values,
    wanted: Values,
) -> WriteData:
    """Write ``values``, the changed ones of all ``wanted``."""
    write: WriteData = {
        "coupling": coupling,
        "number": number,
        "operation": Operation.UPDATE.value,
        "source": source,
        "id": id,
        "version": version,
        "values": values,
        "wanted": wanted,
    }
    if plan.to_sales and any(name in values for rule in plan.mapping.children for name in rule.changed_by):
        write["children"] = children_of(plan, id, wanted)
    return write


def children_of(plan: Plan, record_id: str, values: Values) -> list[ChildWrite]:
    """The records that belong to one record; none where the company's context lacks what they need."""
    found: list[ChildWrite] = []
    for rule in plan.mapping.children:
        fields: Values = {**rule.constants, rule.record_attribute: record_id}
        fields |= {name: getattr(plan.context, known) for name, known in rule.context.items()}
        fields |= {name: values.get(attribute) for name, attribute in rule.values.items()}
        match = {name: fields[name] for name in rule.identity}
        if all(match.values()):
            found.append(
                {
                    "table": rule.table,
                    "id": str(uuid5(UUID(record_id), rule.name)),
                    "values": fields,
                    "match": match,
                }
            )
    return found


def _final_values(plan: Plan) -> Values:
    final = plan.mapping.final_values
    if final is None:
        return {}
    known: dict[str, Value] = {name: getattr(plan.context, attribute) for name, attribute in final.context.items()}
    return {**{name: value for name, value in known.items() if value}, **final.constants}


def differing_constants(plan: Plan, current: Values) -> Values:
    """Constants of every transfer that the destination shows another value for."""
    return {name: value for name, value in plan.update_constants.items() if name in current and current[name] != value}
