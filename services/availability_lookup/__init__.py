"""Answers what an order line needs to know: how many Financials has, from when, and what it costs this customer."""
