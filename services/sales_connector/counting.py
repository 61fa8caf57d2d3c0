"""Counting records exactly. ``$count`` stops at 5000, so beyond that the ids are paged through."""

from collections.abc import Sequence

from libs.contracts.pages import Condition
from libs.dynamics.odata import escaped
from services.sales_connector.choices import choice_named, read_options
from services.sales_connector.columns import filter_of, table_named
from services.sales_connector.dataverse import PAGE_LIMIT, Dataverse


async def count_records(dataverse: Dataverse, table_name: str, filter: Sequence[Condition]) -> int:
    """How many rows (of a choice: options) there are."""
    choice = choice_named(table_name)
    if choice is not None:
        return len((await read_options(dataverse, choice)).labels)
    table = table_named(table_name)
    condition = filter_of(table, filter)
    query = f"&$filter={escaped(condition)}" if condition else ""
    capped = await dataverse.get(f"{table.entity_set}?$select={table.id}&$top=1&$count=true{query}")
    count = int(capped["@odata.count"])
    if count < PAGE_LIMIT:
        return count
    count = 0
    async for page in dataverse.pages(f"{table.entity_set}?$select={table.id}&$orderby={table.id}{query}"):
        count += len(page)
    return count
