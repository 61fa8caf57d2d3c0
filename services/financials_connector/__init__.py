"""The Financials connector: does to Business Central what a command says."""
