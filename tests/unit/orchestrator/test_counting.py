"""What the review counts on both sides of a mapping."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from libs.contracts.pages import Condition
from libs.contracts.setup import CountRecords, MappingContext, RecordCount, TableView
from libs.contracts.vocabulary import System
from services.orchestrator.counting import count_all
from services.orchestrator.domain.recommendation import Census
from tests.unit.orchestrator.builders import a_mapping

LIST = "0d493cd1-445e-562f-8d89-fd3256eed975"
ACTIVE = Condition(field="statecode", operator="eq", value=0)


@dataclass
class Counter:
    """Answers with how many terms a filter has, and remembers what it was asked."""

    asked: list[CountRecords] = field(default_factory=list)

    async def ask(self, request: Any, deadline: float) -> Any:
        self.asked.append(request)
        return RecordCount(count=len(request.filter))


@pytest.mark.parametrize(
    ("table", "filter"),
    [
        ("product", [ACTIVE]),
        ("pricelevel", [ACTIVE, Condition(field="pricelevelid", operator="ne", value=LIST)]),
        ("productpricelevel", [ACTIVE, Condition(field="pricelevelid", operator="ne", value=LIST)]),
    ],
)
async def test_sales_is_counted_inside_the_filter_without_what_setup_has_made(
    table: str, filter: list[Condition]
) -> None:
    counter = Counter()
    mapping = a_mapping("PRICES", sales=TableView(table=table, fields=[], filter=[ACTIVE]))

    counted = await count_all(counter, [mapping], MappingContext(default_price_list_id=LIST), 5.0)

    assert counted.censuses == {"PRICES": Census(financials=0, sales=len(filter), expected_to_sales=0)}
    assert [request.filter for request in counter.asked if request.system is System.SALES] == [filter]
    assert [request.filter for request in counter.asked if request.system is System.FINANCIALS] == [[]]
