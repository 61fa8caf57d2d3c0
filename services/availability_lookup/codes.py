"""The codes that answers and problems carry: a closed list of stable words, which the OpenAPI document shows.

Whoever shows an answer in another language has a text for each of them.
"""

from typing import Literal

OutageCode = Literal[
    "registry_slow",
    "registry_throttled",
    "registry_refused",
    "registry_unreachable",
    "financials_slow",
    "financials_throttled",
    "financials_refused",
    "financials_unreachable",
    "prices_slow",
    "prices_throttled",
    "prices_refused",
    "prices_unreachable",
]
"""A side that does not answer."""

NotFoundCode = Literal[
    "product_not_coupled",
    "product_not_found",
    "unit_not_coupled",
    "unit_unknown",
    "variant_unknown",
    "customer_not_coupled",
    "customer_not_found",
]
"""What a question names is not there."""

NoteCode = Literal[
    NotFoundCode,
    OutageCode,
    "product_not_known",
    "unit_not_known",
    "availability_not_known",
    "price_not_known",
    "currency_not_known",
    "currency_not_coupled",
    "currency_unknown",
    "exchange_rate_missing",
    "vat_unknown",
    "customer_blocked",
    "product_blocked",
    "all_variants",
    "financials_price_unavailable",
    "financials_refused_price",
    "resource_prices_not_read",
    "price_lines_missing",
    "discounts_missing",
    "units_missing",
    "variants_missing",
    "vat_missing",
    "locations_missing",
    "supply_dates_missing",
    "stock_missing",
]
"""Warnings of an order, notes and errors of a line."""

ProblemCode = Literal[
    NotFoundCode,
    OutageCode,
    "request_malformed",
    "request_invalid",
    "not_json",
    "not_json_type",
    "too_large",
    "body_late",
    "not_signed_in",
    "keys_unavailable",
    "role_missing",
    "no_such_path",
    "method_not_allowed",
    "too_many_requests",
    "failed",
]
"""Why there is no answer."""
