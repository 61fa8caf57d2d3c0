"""Every variable with our prefix that anything of Tandem reads, so that a misspelt one is noticed.

A service is told its own variables and ignores those of others: in one environment shared by all of them nobody would
notice ``TANDEM_SALES_URLS``. So everybody knows all names, and a test compares them with the services' settings.
"""

from collections.abc import Iterable
from difflib import get_close_matches

PREFIX = "TANDEM_"

SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "ANSWER_DEADLINE",
        "AUTHORITY_URL",
        "BROKER_URL",
        "CA_FILE",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "CONTROL_URL",
        "DEADLINE_CHECK",
        "FINANCIALS_ACCESS_KEY",
        "FINANCIALS_AUTHENTICATION",
        "FINANCIALS_COMPANION",
        "FINANCIALS_COMPANY",
        "FINANCIALS_ODATA_URL",
        "FINANCIALS_REQUESTS_AT_ONCE",
        "FINANCIALS_SERVICES",
        "FINANCIALS_URL",
        "FINANCIALS_USER",
        "HTTP_HOST",
        "HTTP_PORT",
        "JOBS_KEPT_DAYS",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "LOOKUP_ABSENT_SECONDS",
        "LOOKUP_AUDIENCE",
        "LOOKUP_CACHE_ENTRIES",
        "LOOKUP_CACHE_MEGABYTES",
        "LOOKUP_COMPANY_SECONDS",
        "LOOKUP_FRESH_SECONDS",
        "LOOKUP_KEY",
        "LOOKUP_ORIGIN",
        "LOOKUP_PATIENCE_SECONDS",
        "LOOKUP_PRICES",
        "LOOKUP_QUESTION_SECONDS",
        "LOOKUP_REQUESTS_PER_MINUTE",
        "LOOKUP_RESOLVED_SECONDS",
        "LOOKUP_ROLE",
        "LOOKUP_STALE_SECONDS",
        "LOOKUP_STOCK_SECONDS",
        "LOOKUP_TIME_ZONE",
        "LOOKUP_URL",
        "PAGE_SIZE",
        "READ_DEADLINE",
        "RESENDS",
        "SALES_REQUESTS_AT_ONCE",
        "SALES_URL",
        "SETTLE_DEADLINE",
        "SPLIT_SIZE",
        "STORE_URL",
        "TENANT_ID",
        "WINDOW",
    )
)
"""Of all services."""

OF_COMPOSE = frozenset({"TANDEM_RABBITMQ_USER", "TANDEM_RABBITMQ_PASSWORD"})
"""Read by docker-compose.yml alone."""

_ALIKE = 0.85


def doubts(names: Iterable[str]) -> list[str]:
    """The same as ``misspelt``, in words for a person."""
    return [f"{given} is read by nothing; is {meant} meant?" for given, meant in misspelt(names).items()]


def misspelt(names: Iterable[str]) -> dict[str, str]:
    """Names with our prefix that nothing reads -> the one that was probably meant.

    A name that resembles none is left alone: it may be somebody else's, or of another version.
    """
    known = sorted(SETTINGS | OF_COMPOSE)
    found: dict[str, str] = {}
    for name in sorted(names):
        if name.startswith(PREFIX) and name not in SETTINGS and name not in OF_COMPOSE:
            near = get_close_matches(name, known, n=1, cutoff=_ALIKE)
            if near:
                found[name] = near[0]
    return found
