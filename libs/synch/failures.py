"""Every reason for which the engine itself fails or skips a record: a stable code and words for a person.

Keys and codes (numbers, salesperson codes, unit codes) may be named; other values of fields never are.
"""

from libs.contracts.failures import Failure


def partner_not_coupled(field: str, value: str, system: str, mapping: str) -> Failure:
    named = f"{field} {value}" if value else field
    return Failure(
        code="record.partner_not_coupled",
        message=f"{named} must be coupled to a record in {system} first (mapping {mapping}).",
        field=field,
    )


def value_missing(field: str) -> Failure:
    return Failure(code="record.value_missing", message=f"{field} must have a value.", field=field)


def not_a_number(field: str) -> Failure:
    return Failure(code="record.not_a_number", message=f"{field} does not hold a number.", field=field)


def rate_missing(currency: str) -> Failure:
    return Failure(
        code="record.exchange_rate_missing",
        message=f"Currency {currency} has no exchange rate for today. Enter one in Financials.",
        field="Exchange Rate",
    )


def unit_without_base(unit: str) -> Failure:
    return Failure(
        code="record.unit_without_base",
        message=f"The unit group coupled to unit {unit} has no base unit. Give it one in Sales, then "
        "synchronize UNIT OF MEASURE in full again.",
        field="Base Unit of Measure",
    )


def unit_group_unfit(unit: str) -> Failure:
    return Failure(
        code="record.unit_group_unfit",
        message=f"The unit group coupled to unit {unit} must hold exactly one unit, named {unit}: change it in Sales, "
        "then synchronize UNIT OF MEASURE in full again.",
        field="Base Unit of Measure",
    )


def owner_is_a_team(field: str) -> Failure:
    return Failure(
        code="record.owner_is_a_team",
        message=f"{field}: the row belongs to a team, and only a user can be a salesperson.",
        field=field,
    )


def no_customer() -> Failure:
    return Failure(
        code="record.no_customer",
        message="The contact's company has no business relation to a customer, so it has no account in Sales.",
        field="Customer No.",
    )


def parent_is_no_account() -> Failure:
    return Failure(
        code="record.parent_is_no_account",
        message="The contact belongs to another contact in Sales; only contacts of accounts are synchronized.",
        field="parentcustomerid",
    )


def account_is_no_customer(mapping: str) -> Failure:
    return Failure(
        code="record.account_is_no_customer",
        message="The contact's account is not coupled with a customer. If it is to be one, synchronize it first "
        f"(mapping {mapping}), then the contacts in full.",
        field="parentcustomerid",
    )


def price_beyond_sales(why: str, field: str) -> Failure:
    return Failure(
        code="record.price_beyond_sales",
        message=f"Sales cannot hold this price: {why}. Financials keeps it.",
        field=field,
    )


def second_price() -> Failure:
    return Failure(
        code="record.second_price",
        message="Sales holds one price per price list, product and unit, and another line has that place already.",
    )


def frozen_fact(field: str, old: str, new: str) -> Failure:
    return Failure(
        code="record.frozen_value",
        message=f"{field} is now {new or 'the local currency'}, but the record in Sales was made with "
        f"{old or 'the local currency'}, which Sales does not let change.",
        field=field,
    )


def conflict(financials_field: str, sales_attribute: str) -> Failure:
    return Failure(
        code="record.update_conflict",
        message=f"Both records changed since they were last synchronized and differ in {financials_field} "
        f"({sales_attribute}). Enter on one side what the other says; the next run goes on from there.",
        field=financials_field,
    )


def conflict_left_to_other(system: str) -> Failure:
    return Failure(
        code="record.update_conflict_skipped",
        message=f"Both records changed; the mapping says that {system} is right, so the other direction decides.",
    )


def partner_deleted(system: str) -> Failure:
    return Failure(
        code="record.partner_deleted",
        message=f"The record is coupled to a record in {system} that was deleted. Delete the coupling or restore it.",
    )


def keeps_changing() -> Failure:
    return Failure(
        code="record.keeps_changing",
        message="The record was changed again each time it was to be written. Synchronize it again.",
        transient=True,
    )


def marked_skipped(last: str) -> Failure:
    return Failure(
        code="record.skipped",
        message="The record failed twice with the same error and is left out. Mend the cause, then retry the skipped "
        "records." + (f" The error was: {last}" if last else ""),
    )


def no_match() -> Failure:
    return Failure(code="coupling.no_match", message="No uncoupled record fits the criteria of match-based coupling.")


def ambiguous_match() -> Failure:
    return Failure(code="coupling.ambiguous", message="Several records fit the criteria of match-based coupling.")


def match_taken() -> Failure:
    return Failure(code="coupling.taken", message="The only record that fits is coupled to another record already.")


def no_criteria(mapping: str) -> Failure:
    return Failure(
        code="coupling.no_criteria",
        message=f"Mapping {mapping} has no field that records could be coupled by. Choose full synchronization for its "
        "line instead; that creates in Sales what is not coupled yet.",
    )


def wrong_direction(mapping: str, direction: str) -> Failure:
    return Failure(
        code="mapping.wrong_direction", message=f"Mapping {mapping} is not set up for synchronizing {direction}."
    )
