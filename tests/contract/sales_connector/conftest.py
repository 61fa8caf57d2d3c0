"""A served Dataverse environment for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.sales_connector.served_sales import ServedSales, served_sales


@pytest.fixture
async def sales() -> AsyncIterator[ServedSales]:
    async with served_sales() as served:
        yield served
