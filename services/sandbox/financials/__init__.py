"""Financials (Business Central) in memory, served on the three surfaces that Tandem knows."""

from services.sandbox.financials.routes import financials_routes
from services.sandbox.financials.world import FinancialsWorld

__all__ = ["FinancialsWorld", "financials_routes"]
