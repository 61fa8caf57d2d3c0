"""Compares what the synchronization says with what both tenants hold: nothing missing, nothing twice, every field
equal, and exactly those records left behind that cannot be carried over.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from libs.contracts.failures import SynchJobError
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.demo.keyboard import Row
from services.demo.snapshot import Snapshot, new_rows
from services.demo.tables import fits
from services.demo.values import agree

SHOWN = 5
"""Examples per kind of problem."""

LeftBehind = Mapping[str, Mapping[str, set[str]]]
"""``fail`` or ``skip`` -> mapping -> keys in Financials."""


def left_behind(expected: Iterable[Mapping[str, str]], missing_fields: Collection[str] = ()) -> LeftBehind:
    """The sandbox's list of records that cannot be carried over, without those whose reason lies in a field that is
    missing, and therefore left out."""
    found: dict[str, dict[str, set[str]]] = {"fail": {}, "skip": {}}
    for item in expected:
        if item.get("field") not in missing_fields:
            found[item["action"]].setdefault(item["mapping"], set()).add(item["key"])
    return found


def audit(before: Snapshot, after: Snapshot, left_behind: LeftBehind) -> list[str]:
    """Problems in what both tenants hold now; ``before`` was taken before the first synchronization."""
    problems: list[str] = []
    for mapping in after.mappings:
        absent = left_behind.get("fail", {}).get(mapping.name, set()) | left_behind.get("skip", {}).get(
            mapping.name, set()
        )
        problems += _pairs(after, mapping)
        problems += _missing(after, mapping, absent)
        problems += _twice(before, after, mapping)
        problems += _differing(after, mapping)
    return [*problems, *_rates(after), *_parents(after), *_default_prices(after)]


def audit_errors(errors: Iterable[SynchJobError], left_behind: LeftBehind, *, repeated: bool = False) -> list[str]:
    """Whether exactly those records failed or were skipped that had to.

    When everything is ``repeated``, a record that failed the same way before may be skipped from now on.
    """
    found: dict[str, set[tuple[str, str]]] = {"fail": set(), "skip": set()}
    for error in errors:
        found[error.action].add((error.mapping, error.source_key or error.source_id))
    wanted = {
        action: {(mapping, key) for mapping, keys in left_behind.get(action, {}).items() for key in keys}
        for action in found
    }
    if repeated:
        found = {"fail or skip": found["fail"] | found["skip"]}
        wanted = {"fail or skip": wanted["fail"] | wanted["skip"]}
    problems = []
    for action, keys in found.items():
        problems += _named(f"did not {action}, but should have", wanted[action] - keys)
        problems += _named(f"did {action}, but should not have", keys - wanted[action])
    return problems


def _pairs(after: Snapshot, mapping: MappingView) -> list[str]:
    """Every coupling has both its records, and no record has two couplings."""
    coupled = [item for item in after.couplings[mapping.name] if item.state == "coupled"]
    financials, sales = after.financials[mapping.financials.table], after.sales[mapping.sales.table]
    gone = [
        item.financials_key for item in coupled if item.financials_id not in financials or item.sales_id not in sales
    ]
    many = Counter([*(item.financials_id for item in coupled), *(item.sales_id for item in coupled)])
    return [
        *_named(f"{mapping.name}: coupled with a record that is not there", gone),
        *_named(f"{mapping.name}: coupled twice", (record for record, number in many.items() if number > 1)),
    ]


def _missing(after: Snapshot, mapping: MappingView, absent: set[str]) -> list[str]:
    """Every record inside the filter is coupled, except those that cannot be."""
    coupled = [item for item in after.couplings[mapping.name] if item.state == "coupled"]
    problems: list[str] = []
    if mapping.direction.allows(Direction.TO_SALES):
        there = {item.financials_id for item in coupled}
        known = {item.financials_id: item.financials_key for item in after.couplings[mapping.name]}
        rows = after.financials[mapping.financials.table]
        missing = [
            record for record, row in rows.items() if record not in there and fits(row, mapping.financials.filter)
        ]
        named = {known.get(record) or key_of(rows[record], mapping) for record in missing}
        problems += _named(f"{mapping.name}: in Financials and not coupled", named - absent)
        problems += _named(
            f"{mapping.name}: coupled, though it cannot be", absent & {i.financials_key for i in coupled}
        )
    if mapping.direction.allows(Direction.FROM_SALES):
        there = {item.sales_id for item in coupled}
        rows = after.sales[mapping.sales.table]
        missing = [record for record, row in rows.items() if record not in there and fits(row, mapping.sales.filter)]
        problems += _named(f"{mapping.name}: in Sales and not coupled", missing)
    return problems


def key_of(row: Row, mapping: MappingView) -> str:
    """A record's key in Financials as a coupling shows it."""
    return ";".join(
        str(row[name] if row[name] is not None else "") for name in FINANCIALS_TABLES[mapping.financials.table].key
    )


def _twice(before: Snapshot, after: Snapshot, mapping: MappingView) -> list[str]:
    """A row that came into being in Sales belongs to a coupling, or to a product as its default price."""
    table = mapping.sales.table
    owned = {
        item.sales_id for name in after.mappings if name.sales.table == table for item in after.couplings[name.name]
    }
    strangers = new_rows(before, after, table) - owned
    if table == "productpricelevel":
        default = after.context.default_price_list_id
        strangers = {record for record in strangers if after.sales[table][record]["pricelevelid"] != default}
    return _named(f"{mapping.name}: new in Sales and nobody's", strangers)


def _differing(after: Snapshot, mapping: MappingView) -> list[str]:
    """Both sides of every coupling hold the same in every mapped field."""
    fields = [item for item in mapping.fields if item.enabled and item.financials_field and item.sales_attribute]
    financials, sales = after.financials[mapping.financials.table], after.sales[mapping.sales.table]
    missing = set(after.context.missing_fields)
    different: list[str] = []
    for coupling in after.couplings[mapping.name]:
        ours, theirs = financials.get(coupling.financials_id), sales.get(coupling.sales_id)
        if coupling.state != "coupled" or ours is None or theirs is None:
            continue
        if mapping.kind == "option":
            if ours["Code"].upper() != str(theirs["label"]).upper():
                different.append(f"{coupling.financials_key}, label")
            continue
        different += [
            f"{coupling.financials_key}, {item.financials_field}"
            for item in fields
            if f"{mapping.financials.table}.{item.financials_field}" not in missing
            and not agree(after, mapping, item, ours, theirs)
        ]
    return _named(f"{mapping.name}: differs", different)


def _rates(after: Snapshot) -> list[str]:
    """Sales holds the units of each currency for one of its base currency."""
    rows = {row["Code"]: row for row in after.financials["Currency"].values()}
    base = Decimal(after.context.base_currency_rate)
    wrong = []
    for coupling in after.couplings["CURRENCY"]:
        row, held = rows.get(coupling.financials_key), after.sales["transactioncurrency"].get(coupling.sales_id)
        if coupling.state != "coupled" or row is None or held is None:
            continue
        rate = base / Decimal(row["Exchange Rate"])
        if abs(Decimal(str(held["exchangerate"])) - rate) > Decimal("1e-9") * max(rate, Decimal(1)):
            wrong.append(coupling.financials_key)
    return _named("CURRENCY: wrong exchange rate", wrong)


def _parents(after: Snapshot) -> list[str]:
    """A contact belongs to the account of the customer that its company is."""
    customers = {
        row["Contact No."]: row["No."]
        for row in after.financials["Contact Business Relation"].values()
        if row["Link to Table"] == "Customer"
    }
    wrong = []
    for coupling in after.couplings["CONTACT"]:
        ours = after.financials["Contact"].get(coupling.financials_id)
        theirs = after.sales["contact"].get(coupling.sales_id)
        if coupling.state != "coupled" or ours is None or theirs is None:
            continue
        account = after.partners["CUSTOMER"].get(customers.get(ours["Company No."], ""))
        if account is None or theirs["parentcustomerid"] != f"account:{account.sales_id}":
            wrong.append(coupling.financials_key)
    return _named("CONTACT: at the wrong account", wrong)


def _default_prices(after: Snapshot) -> list[str]:
    """Every coupled product is active and has its price in the company's default price list, once."""
    default = after.context.default_price_list_id
    lines: dict[str, list[Row]] = {}
    for row in after.sales["productpricelevel"].values():
        if row["pricelevelid"] == default:
            lines.setdefault(row["productid"], []).append(row)
    wrong = []
    for name in ("ITEM-PRODUCT", "RESOURCE-PRODUCT"):
        for coupling in after.couplings[name]:
            product = after.sales["product"].get(coupling.sales_id)
            if coupling.state != "coupled" or product is None:
                continue
            prices = lines.get(coupling.sales_id, [])
            if (
                product["statecode"] != 0
                or len(prices) != 1
                or Decimal(str(prices[0]["amount"])) != Decimal(str(product["price"] or 0))
                or prices[0]["uomid"] != product["defaultuomid"]
            ):
                wrong.append(f"{name} {coupling.financials_key}")
    return _named("product without its one default price", wrong)


def _named(problem: str, things: Iterable[object]) -> list[str]:
    listed = sorted(" ".join(item) if isinstance(item, tuple) else str(item) for item in things)
    if not listed:
        return []
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return [f"{problem}: {', '.join(listed[:SHOWN])}{more}"]
