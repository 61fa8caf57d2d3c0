"""Two make-believe tenants, Sales and Financials, that stand in for both Microsoft services."""
