"""What the lookup says that a line costs is what Financials' own document engine puts on an order line."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from libs.contracts.vocabulary import System
from libs.testing.processes import spare_port
from tests.system.one_process import a_tandem

CUSTOMERS = 12
QUANTITIES = ("1", "10", "250")


@pytest.mark.parametrize("pricing", ["classic", "price_lists"])
async def test_prices_equal_those_of_the_document_engine(tmp_path: Path, pricing: str) -> None:
    port = spare_port()
    environment = {
        "TANDEM_HTTP_PORT": str(port),
        "TANDEM_LOOKUP_KEY": "key",
        "TANDEM_LOOKUP_TIME_ZONE": "UTC",
    }
    kinds: set[str] = set()
    compared = 0
    async with (
        a_tandem(tmp_path, records=600, environment=environment, pricing=pricing) as tandem,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"Tandem-Key": "key"}) as client,
    ):
        items = [row["No."] for row in await tandem.keyboard.rows(System.FINANCIALS, "Item") if not row["Blocked"]]
        customers = await tandem.keyboard.rows(System.FINANCIALS, "Customer")
        for customer in [row["No."] for row in customers if not row["Blocked"].strip()][:CUSTOMERS]:
            for quantity in QUANTITIES:
                lines = [{"id": item, "item": item, "quantity": quantity} for item in items[:100]]
                body = {"customer": {"number": customer}, "lines": lines}
                async with client.post("/v1/order-lines", json=body) as answer:
                    found: dict[str, Any] = await answer.json()
                    assert answer.status == 200, found
                priced = [line for line in found["lines"] if line["price"] is not None]
                asked = [
                    {"kind": "item", "number": line["id"], "unit": line["unit"], "quantity": quantity}
                    for line in priced
                ]
                order = {"customer": customer, "currency": found["currency"], "date": found["date"], "lines": asked}
                engine = await tandem.keyboard.price_order_lines(order)
                for line, wanted in zip(priced, engine, strict=True):
                    price = line["price"]
                    kinds.add(price["source"]["kind"])
                    if wanted["error"]:
                        continue
                    compared += 1
                    told = Decimal(price["unit_price"]), Decimal(price["line_discount_percent"])
                    assert told == (Decimal(wanted["unit_price"]), Decimal(wanted["line_discount"])), (customer, line)
    assert compared > 1000
    assert kinds == {"item_card", "sales_price" if pricing == "classic" else "price_list_line"}
