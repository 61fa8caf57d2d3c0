"""Companies full of prices, made by hand or at random, and what the sandbox's document engine makes of them.

``PricedCompany`` is a make-believe Financials with a small shop in it; tests add price lines and ask for the price
that an order line gets. ``price_cases`` (Hypothesis) and ``seeded_case`` make whole companies with questions; ``facts``
gives the same company in the shapes in which ``libs/contracts/lookups.py`` carries it.
"""

from tests.price_cases.facts import company_facts, customer_facts, price_lines, product_facts
from tests.price_cases.generated import PriceCase, price_cases, seeded_case
from tests.price_cases.priced_company import EnginePrice, LineQuestion, PricedCompany

__all__ = [
    "EnginePrice",
    "LineQuestion",
    "PriceCase",
    "PricedCompany",
    "company_facts",
    "customer_facts",
    "price_cases",
    "price_lines",
    "product_facts",
    "seeded_case",
]
