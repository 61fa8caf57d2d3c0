"""An order form in Sales, as a salesperson sees it: what a few lines cost this customer, and how many there are.

Asks the lookup over HTTP as the form's script does, with ids of Sales, and holds its answer against what Financials'
own document engine puts on an order line and what its item ledger sums up to.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

import aiohttp
import msgspec

from services.demo.client import DemoFailed
from services.demo.keyboard import Keyboard, Row
from services.demo.snapshot import Snapshot

PATIENCE_MS = 15_000


class OrderForm:
    """The lookup's address and this environment's key."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url
        self._headers = {"Content-Type": "application/json", "Tandem-Key": key, "Tandem-Deadline-Ms": str(PATIENCE_MS)}

    async def ask(self, order: Row) -> Row:
        """The answer to ``POST /v1/order-lines``; raises ``DemoFailed`` with the words of a problem."""
        async with self._session.post(
            f"{self._url}/v1/order-lines", data=msgspec.json.encode(order), headers=self._headers
        ) as answer:
            body: Row = msgspec.json.decode(await answer.read())
        if answer.status != 200:
            raise DemoFailed(f"The lookup answers {answer.status}: {body.get('detail', '')}")
        return body


@asynccontextmanager
async def open_order_form(url: str, key: str) -> AsyncIterator[OrderForm]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE_MS / 1000 + 5)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield OrderForm(session, url.rstrip("/"), key)


@dataclass(frozen=True)
class Chosen:
    """A line that somebody might add, as Sales and as Financials know it."""

    product_id: str
    kind: str
    card: Row
    quantity: str

    @property
    def number(self) -> str:
        return str(self.card["No."])

    @property
    def unit(self) -> str:
        return str(self.card["Base Unit of Measure"])


def choose_customer(snapshot: Snapshot) -> tuple[str, Row]:
    """Account id and card of a coupled customer, if there is one with prices of its own or of its group."""
    customers = snapshot.financials["Customer"]
    coupled = [(item.sales_id, customers.get(item.financials_id)) for item in snapshot.couplings["CUSTOMER"]]
    able = [(account, row) for account, row in coupled if row is not None and not row["Blocked"].strip()]
    if not able:
        raise DemoFailed("No customer is coupled, so there is nobody to take an order from.")
    return max(able, key=lambda pair: (len(priced_for(snapshot, pair[1])), pair[1]["No."]))


def priced_for(snapshot: Snapshot, customer: Row) -> set[str]:
    """Items for which the customer, or its group, has a sales price without dates or variant."""
    sources = {("Customer", customer["No."]), ("Customer Price Group", customer.get("Customer Price Group"))}
    return {
        row["Item No."]
        for row in snapshot.financials.get("Sales Price", {}).values()
        if row["Sales Code"]
        and (row["Sales Type"], row["Sales Code"]) in sources
        and row["Currency Code"] in ("", customer["Currency Code"])
        and not (row["Variant Code"] or row["Starting Date"] or row["Ending Date"] or row["Unit of Measure Code"])
    }


def choose_lines(snapshot: Snapshot, customer: Row) -> list[Chosen]:
    """An item with a price for the customer, one that is short, one that no stock is kept of, and a resource."""
    items = list(_coupled(snapshot, "ITEM-PRODUCT", "Item"))
    priced = priced_for(snapshot, customer)
    kinds: list[Callable[[Row], bool]] = [
        lambda card: card["No."] in priced and card["Type"] == "Inventory",
        lambda card: card["Type"] == "Inventory" and Decimal(card["Inventory"]) > 0,
        lambda card: card["Type"] != "Inventory",
    ]
    chosen: list[Chosen] = []
    for place, wanted in enumerate(kinds):
        taken = {line.product_id for line in chosen}
        found = next(((product, card) for product, card in items if wanted(card) and product not in taken), None)
        if found is not None:
            short = str(int(Decimal(found[1]["Inventory"])) + 10) if place == 1 else "10"
            chosen.append(Chosen(found[0], "item", found[1], short))
    resources = _coupled(snapshot, "RESOURCE-PRODUCT", "Resource")
    return chosen + [Chosen(product, "resource", card, "8") for product, card in islice(resources, 1)]


def _coupled(snapshot: Snapshot, mapping: str, table: str) -> Iterator[tuple[str, Row]]:
    rows = snapshot.financials.get(table, {})
    for item in snapshot.couplings.get(mapping, ()):
        row = rows.get(item.financials_id)
        if item.state == "coupled" and row is not None and not row["Blocked"] and row["Base Unit of Measure"]:
            yield item.sales_id, row


async def ask_for_lines(form: OrderForm, snapshot: Snapshot) -> tuple[list[Chosen], Row]:
    """The lines that were chosen, and what the lookup says of them."""
    account, customer = choose_customer(snapshot)
    chosen = choose_lines(snapshot, customer)
    lines = [
        {"id": str(place), "product_id": line.product_id, "unit": line.unit, "quantity": line.quantity}
        for place, line in enumerate(chosen, 1)
    ]
    return chosen, await form.ask({"customer": {"account_id": account}, "lines": lines})


async def audit_answer(keyboard: Keyboard, chosen: list[Chosen], answer: Row) -> list[str]:
    """Where the answer differs from an order line's price or from the item's stock in Financials."""
    expected = await keyboard.price_order_lines(
        {
            "customer": answer["customer"]["number"],
            "currency": answer["currency"],
            "date": answer["date"],
            "lines": [
                {"kind": line.kind, "number": line.number, "unit": line.unit, "quantity": line.quantity}
                for line in chosen
            ],
        }
    )
    problems: list[str] = []
    for line, told, engine in zip(chosen, answer["lines"], expected, strict=True):
        if told["error"] is not None:
            problems.append(f"order line {line.number}: {told['error']['message']}")
            continue
        # A surface that shows no price lines or stock says so; then there is nothing to compare.
        lacking = {note["code"].removesuffix("_missing") for note in told["notes"]}
        problems += [] if lacking & _PRICE_FACTS else _price_problems(line, told["price"], engine)
        problems += [] if "stock" in lacking else _stock_problems(line, told["availability"])
    return problems


_PRICE_FACTS = {"price_lines", "discounts", "vat"}


def _price_problems(line: Chosen, price: Row | None, engine: Row) -> list[str]:
    if price is None:
        return [f"order line {line.number}: no price was told"]
    pairs = (
        ("unit price", price["unit_price"], engine["unit_price"]),
        ("line discount", price["line_discount_percent"], engine["line_discount"]),
    )
    return [
        f"order line {line.number}: {name} {told}, Financials says {there}"
        for name, told, there in pairs
        if Decimal(told) != Decimal(there or "0")
    ]


def _stock_problems(line: Chosen, stock: Row | None) -> list[str]:
    if stock is None:
        return [f"order line {line.number}: nothing was told of its stock"]
    if line.kind == "resource" or line.card["Type"] != "Inventory":
        return [f"order line {line.number}: a quantity of what has no stock"] if stock["tracked"] else []
    if Decimal(stock["on_hand"]) != Decimal(line.card["Inventory"]):
        return [f"order line {line.number}: {stock['on_hand']} on hand, Financials has {line.card['Inventory']}"]
    return []
