"""The catalogue of Sales' tables: every column once, and nothing that points nowhere."""

from collections import Counter

import pytest

from libs.dynamics.sales_tables import COMMON, SALES_TABLES, SalesTable


def by_name(table: SalesTable) -> str:
    return table.name


@pytest.mark.parametrize("table", list(SALES_TABLES.values()), ids=by_name)
def test_a_column_is_listed_once(table: SalesTable) -> None:
    names = Counter(column.name for column in (*table.attributes, *COMMON))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("table", list(SALES_TABLES.values()), ids=by_name)
def test_the_columns_that_are_unique_are_its_own(table: SalesTable) -> None:
    assert {name for names in table.unique for name in names} - {table.id} <= {column.name for column in table}
