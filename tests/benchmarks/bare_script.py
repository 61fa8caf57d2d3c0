"""The yardstick: a bare script that reads the same pages and writes the same batches, and does nothing else.

No couplings, no mapping, no broker, no store: what a person would write in an afternoon to copy one company's records
into an empty Sales organization once. It reads from the companion API in pages of 2000, writes with `CreateMultiple`
in 100s where the table has it and with `$batch` elsewhere, keeps the documented number of requests under way, and runs
independent tables at the same time. Then it reads back from Sales the tables that synchronize both ways, as the second
pass does. Run: ``python -m tests.benchmarks.bare_script '<the sandbox's ready line>'``; prints one JSON line.
"""

import asyncio
import json
import ssl
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import msgspec

PAGE = 2000
BULK = 100
SMALLEST_BATCH = 100
"""A batch is carried out one operation after the other, so as many as may run at the same time are made of them."""
SALES_AT_ONCE = 16
FINANCIALS_AT_ONCE = 5

Row = dict[str, Any]


class Copy:
    """One run against one sandbox."""

    def __init__(self, details: dict[str, Any], http: aiohttp.ClientSession) -> None:
        self.details = details
        self.http = http
        root = details["financials_url"].removesuffix("/api/v2.0")
        self.financials = f"{root}/api/tandem/integration/v1.0/companies({details['company_id']})"
        self.sales = f"{details['sales_url']}/api/data/v9.2"
        self.gates = {"sales": asyncio.Semaphore(SALES_AT_ONCE), "financials": asyncio.Semaphore(FINANCIALS_AT_ONCE)}
        self.tokens: dict[str, str] = {}
        self.records = 0
        self.ids: dict[str, dict[str, str]] = {}
        self.primary_contacts: dict[str, list[str]] = {}
        """Contact's number -> the accounts whose primary contact it is: a lookup to be written afterwards."""

    async def sign_in(self) -> None:
        for side, scope in (
            ("sales", f"{self.details['sales_url']}/.default"),
            ("financials", "https://api.businesscentral.dynamics.com/.default"),
        ):
            form = {
                "grant_type": "client_credentials",
                "client_id": self.details["client_id"],
                "client_secret": self.details["client_secret"],
                "scope": scope,
            }
            async with self.http.post(self.details["token_url"], data=form) as answer:
                self.tokens[side] = (await answer.json())["access_token"]

    async def call(self, side: str, method: str, url: str, body: bytes = b"", **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[side]}", "Accept": "application/json", **headers}
        while True:
            async with self.gates[side], self.http.request(method, url, data=body or None, headers=headers) as answer:
                content = await answer.read()
                if answer.status in (429, 503):
                    await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                    continue
                if answer.status >= 400:
                    raise RuntimeError(f"{method} {url}: {answer.status} {content[:300]!r}")
                return msgspec.json.decode(content) if content[:1] in (b"{", b"[") else content

    async def pages(self, side: str, url: str, handle: Callable[[list[Row]], Awaitable[None]]) -> None:
        """Read page after page; a page is handled while the next one is read."""
        under_way: list[asyncio.Task[None]] = []
        link: str | None = url
        while link:
            page = await self.call(side, "GET", link, Prefer=f"odata.maxpagesize={PAGE}")
            self.records += len(page["value"])
            under_way.append(asyncio.create_task(handle(page["value"])))  # type: ignore[arg-type]
            link = page.get("@odata.nextLink")
        await asyncio.gather(*under_way)

    async def bulk(self, message: str, entity_set: str, table: str, rows: list[Row]) -> None:
        url = f"{self.sales}/{entity_set}/Microsoft.Dynamics.CRM.{message}"
        for row in rows:
            row["@odata.type"] = f"Microsoft.Dynamics.CRM.{table}"
        await asyncio.gather(
            *(
                self.call(
                    "sales",
                    "POST",
                    url,
                    msgspec.json.encode({"Targets": rows[start : start + BULK]}),
                    **{"Content-Type": "application/json"},
                )
                for start in range(0, len(rows), BULK)
            )
        )

    async def batch(self, requests: list[tuple[str, str, Row]]) -> None:
        async def send(part: list[tuple[str, str, Row]]) -> None:
            lines = [
                b"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
                + f"{method} /api/data/v9.2/{target} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n".encode()
                + msgspec.json.encode(row)
                + b"\r\n"
                for method, target, row in part
            ]
            await self.call(
                "sales",
                "POST",
                f"{self.sales}/$batch",
                b"".join([*lines, b"--b--\r\n"]),
                **{"Content-Type": "multipart/mixed; boundary=b", "Prefer": "odata.continue-on-error"},
            )

        size = max(SMALLEST_BATCH, -(-len(requests) // SALES_AT_ONCE))
        await asyncio.gather(*(send(requests[start : start + size]) for start in range(0, len(requests), size)))

    # The tables, in the order of their dependencies -------------------------------------------------------------

    async def salespeople(self) -> None:
        users = f"{self.sales}/systemusers?$select=internalemailaddress,fullname,mobilephone"
        await self.pages("sales", users, self._nothing)

    async def currencies(self) -> None:
        async def write(rows: list[Row]) -> None:
            await self.batch(
                [
                    (
                        "POST",
                        "transactioncurrencies",
                        {
                            "transactioncurrencyid": self._draw("currency", row["code"]),
                            "isocurrencycode": row["code"][:5],
                            "currencyname": row["description"] or row["code"],
                            "currencysymbol": row["symbol"] or row["code"],
                            "exchangerate": 1 / row["exchangeRate"],
                            "currencyprecision": 2,
                        },
                    )
                    for row in rows
                    if row["exchangeRate"]
                ]
            )

        await self.pages("financials", f"{self.financials}/currencies", write)

    async def options(self, entity_set: str, attribute: str) -> None:
        async def write(rows: list[Row]) -> None:
            async def add(row: Row) -> None:
                body = {
                    "EntityLogicalName": "account",
                    "AttributeLogicalName": attribute,
                    "Label": {"LocalizedLabels": [{"Label": row["code"], "LanguageCode": 1033}]},
                }
                await self.call(
                    "sales",
                    "POST",
                    f"{self.sales}/InsertOptionValue",
                    msgspec.json.encode(body),
                    **{"Content-Type": "application/json"},
                )

            await asyncio.gather(*(add(row) for row in rows))

        await self.pages("financials", f"{self.financials}/{entity_set}?$select=code", write)

    async def units(self) -> None:
        async def write(rows: list[Row]) -> None:
            targets = [
                {
                    "uomscheduleid": self._draw("unit", row["code"]),
                    "name": f"NAV {row['code']}",
                    "baseuomname": row["code"],
                }
                for row in rows
            ]
            await self.bulk("CreateMultiple", "uomschedules", "uomschedule", targets)

        await self.pages("financials", f"{self.financials}/unitsOfMeasure?$select=code", write)
        answer = await self.call(
            "sales", "GET", f"{self.sales}/uoms?$select=uomid,_uomscheduleid_value&$filter=isschedulebaseuom eq true"
        )
        schedules = {schedule: code for code, schedule in self.ids["unit"].items()}
        self.ids["base unit"] = {
            schedules[row["_uomscheduleid_value"]]: row["uomid"]
            for row in answer["value"]
            if row["_uomscheduleid_value"] in schedules
        }

    async def customers(self) -> None:
        names = {
            "name": "name",
            "address1_primarycontactname": "contact",
            "address1_line1": "address",
            "address1_line2": "address2",
            "address1_postalcode": "postCode",
            "address1_city": "city",
            "address1_country": "countryRegionCode",
            "address1_stateorprovince": "county",
            "emailaddress1": "email",
            "fax": "faxNumber",
            "telephone1": "phoneNumber",
        }

        async def write(rows: list[Row]) -> None:
            targets = []
            for row in rows:
                target = {attribute: row[name] for attribute, name in names.items()}
                target |= {
                    "accountid": self._draw("customer", row["number"]),
                    "name": row["name"] or row["number"],
                    "websiteurl": row["homePage"][:200],
                    "customertypecode": 3,
                    "creditlimit": max(row["creditLimitLcy"], 0),
                    "ownerid@odata.bind": f"/systemusers({self.owner})",
                    "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
                }
                targets.append(target)
                self.primary_contacts.setdefault(row["primaryContactNumber"], []).append(target["accountid"])
            await self.bulk("CreateMultiple", "accounts", "account", targets)

        fields = ",".join(["number", *names.values(), "homePage", "creditLimitLcy", "currencyCode", "salespersonCode"])
        fields += ",shipmentMethodCode,shippingAgentCode,paymentTermsCode,primaryContactNumber"
        await self.pages("financials", f"{self.financials}/customers?$filter=blocked eq ' '&$select={fields}", write)

    async def contacts(self) -> None:
        names = {
            "firstname": "firstName",
            "middlename": "middleName",
            "lastname": "surname",
            "address1_line1": "address",
            "address1_line2": "address2",
            "address1_postalcode": "postCode",
            "address1_city": "city",
            "address1_country": "countryRegionCode",
            "address1_stateorprovince": "county",
            "emailaddress1": "email",
            "fax": "faxNumber",
            "mobilephone": "mobilePhoneNumber",
            "pager": "pager",
            "telephone1": "phoneNumber",
        }

        async def write(rows: list[Row]) -> None:
            customers = self.ids["customer"]
            targets = []
            created: dict[str, str] = {}
            for row in rows:
                if row["customerNumber"] not in customers:
                    continue
                target = {attribute: row[name] for attribute, name in names.items()}
                target |= {
                    "contactid": created.setdefault(row["number"], str(uuid.uuid4())),
                    "websiteurl": row["homePage"][:200],
                    "ownerid@odata.bind": f"/systemusers({self.owner})",
                    "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
                    "parentcustomerid_account@odata.bind": f"/accounts({customers[row['customerNumber']]})",
                }
                targets.append(target)
            await self.bulk("CreateMultiple", "contacts", "contact", targets)
            await self.batch(
                [
                    ("PATCH", f"accounts({account})", {"primarycontactid@odata.bind": f"/contacts({contact})"})
                    for number, contact in created.items()
                    for account in self.primary_contacts.get(number, [])
                ]
            )

        fields = ",".join(["number", "customerNumber", "homePage", "salespersonCode", "currencyCode", *names.values()])
        where = "$filter=type eq 'Person' and companyNumber ne ''"
        await self.pages("financials", f"{self.financials}/contacts?{where}&$select={fields}", write)

    async def products(self, entity_set: str, kind: int, fields: str, name: str) -> None:
        price_list = await self._default_price_list()

        async def write(rows: list[Row]) -> None:
            rows = [row for row in rows if row["baseUnitOfMeasure"] in self.ids["base unit"]]
            targets, prices, published = [], [], []
            for row in rows:
                product = self._draw("product", row["number"])
                unit = row["baseUnitOfMeasure"]
                self.ids.setdefault("product unit", {})[row["number"]] = unit
                targets.append(
                    {
                        "productid": product,
                        "productnumber": row["number"],
                        "name": row[name] or row["number"],
                        "producttypecode": kind,
                        "productstructure": 1,
                        "quantitydecimal": 2,
                        "price": max(row["unitPrice"], 0),
                        "standardcost": max(row["unitCost"], 0),
                        "currentcost": max(row["unitCost"], 0),
                        "defaultuomid@odata.bind": f"/uoms({self.ids['base unit'][unit]})",
                        "defaultuomscheduleid@odata.bind": f"/uomschedules({self.ids['unit'][unit]})",
                        "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
                    }
                )
                prices.append(
                    (
                        "PATCH",
                        f"productpricelevels({uuid.uuid4()})",
                        {
                            "pricelevelid@odata.bind": f"/pricelevels({price_list})",
                            "productid@odata.bind": f"/products({product})",
                            "uomid@odata.bind": f"/uoms({self.ids['base unit'][unit]})",
                            "amount": max(row["unitPrice"], 0),
                            "pricingmethodcode": 1,
                        },
                    )
                )
                published.append(
                    {
                        "productid": product,
                        "pricelevelid@odata.bind": f"/pricelevels({price_list})",
                        "statecode": 0,
                        "statuscode": 1,
                    }
                )
            await self.bulk("CreateMultiple", "products", "product", targets)
            await self.batch(prices)
            await self.bulk("UpdateMultiple", "products", "product", published)

        where = "$filter=blocked eq false"
        await self.pages("financials", f"{self.financials}/{entity_set}?{where}&$select={fields}", write)

    async def price_groups(self) -> None:
        async def write(rows: list[Row]) -> None:
            targets = [
                {
                    "pricelevelid": self._draw("price group", row["code"]),
                    "name": row["code"],
                    "description": row["description"],
                    "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
                }
                for row in rows
            ]
            await self.bulk("CreateMultiple", "pricelevels", "pricelevel", targets)

        await self.pages("financials", f"{self.financials}/customerPriceGroups", write)

    async def prices(self) -> None:
        seen: set[tuple[str, str]] = set()

        async def write(rows: list[Row]) -> None:
            requests: list[tuple[str, str, Row]] = []
            for row in rows:
                product = self.ids["product"].get(row["itemNumber"])
                key = (row["salesCode"], row["itemNumber"])
                unit = self.ids["product unit"].get(row["itemNumber"], "")
                plain = row["minimumQuantity"] <= 1 and not row["variantCode"] and row["unitPrice"] >= 0
                dated = row["startingDate"] > "0001-01-01" or row["endingDate"] > "0001-01-01"
                if not product or not plain or dated or key in seen or row["unitOfMeasureCode"] not in ("", unit):
                    continue
                seen.add(key)
                requests.append(
                    (
                        "POST",
                        "productpricelevels",
                        {
                            "productpricelevelid": str(uuid.uuid4()),
                            "pricelevelid@odata.bind": f"/pricelevels({self.ids['price group'][row['salesCode']]})",
                            "productid@odata.bind": f"/products({product})",
                            "uomid@odata.bind": f"/uoms({self.ids['base unit'][unit]})",
                            "amount": row["unitPrice"],
                            "pricingmethodcode": 1,
                        },
                    )
                )
            await self.batch(requests)

        where = "$filter=salesType eq 'Customer Price Group' and salesCode ne ''"
        await self.pages("financials", f"{self.financials}/salesPrices?{where}", write)

    async def read_back(self, entity_set: str, where: str, fields: str) -> None:
        await self.pages("sales", f"{self.sales}/{entity_set}?$select={fields}&$filter={where}", self._nothing)

    # Small things ------------------------------------------------------------------------------------------------

    async def _nothing(self, rows: list[Row]) -> None:
        """Read-back pages are only read."""

    def _draw(self, kind: str, key: str) -> str:
        drawn = str(uuid.uuid4())
        self.ids.setdefault(kind, {})[key] = drawn
        return drawn

    async def _default_price_list(self) -> str:
        if "price list" not in self.ids:
            drawn = self._draw("price list", "default")
            body = {
                "pricelevelid": drawn,
                "name": "Bare Default Price List",
                "transactioncurrencyid@odata.bind": f"/transactioncurrencies({self.currency})",
            }
            await self.call(
                "sales",
                "POST",
                f"{self.sales}/pricelevels",
                msgspec.json.encode(body),
                **{"Content-Type": "application/json"},
            )
        return self.ids["price list"]["default"]

    async def run(self) -> dict[str, Any]:
        await self.sign_in()
        currencies = await self.call(
            "sales", "GET", f"{self.sales}/transactioncurrencies?$select=transactioncurrencyid"
        )
        users = await self.call(
            "sales", "GET", f"{self.sales}/systemusers?$select=systemuserid&$filter=islicensed eq true&$top=1"
        )
        self.currency = currencies["value"][0]["transactioncurrencyid"]
        self.owner = users["value"][0]["systemuserid"]
        started = time.monotonic()
        await asyncio.gather(
            self.salespeople(),
            self.currencies(),
            self.options("paymentTerms", "paymenttermscode"),
            self.options("shipmentMethods", "address1_freighttermscode"),
            self.options("shippingAgents", "address1_shippingmethodcode"),
            self.units(),
        )

        async def partners() -> None:
            await self.customers()
            await self.read_back(
                "accounts", "statecode eq 0 and customertypecode eq 3", "name,telephone1,address1_city"
            )
            await self.contacts()
            await self.read_back("contacts", "statecode eq 0", "firstname,lastname,telephone1,address1_city")

        async def catalogue() -> None:
            await self._default_price_list()
            goods = "number,description,baseUnitOfMeasure,unitPrice,unitCost,unitVolume,grossWeight,inventory"
            work = "number,name,baseUnitOfMeasure,unitPrice,unitCost,capacity"
            await asyncio.gather(
                self.products("items", 1, goods, "description"), self.products("resources", 3, work, "name")
            )

            async def prices() -> None:
                await self.price_groups()
                await self.prices()

            await asyncio.gather(self.read_back("products", "statecode eq 0", "productnumber,name,price"), prices())

        await asyncio.gather(partners(), catalogue())
        return {"seconds": time.monotonic() - started, "records": self.records}


async def copy(details: dict[str, Any]) -> dict[str, Any]:
    """Copy everything once; answers ``{"seconds", "records"}`` without sign-in."""
    trust = ssl.create_default_context(cafile=details["ca_file"])
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        return await Copy(details, http).run()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(copy(json.loads(sys.argv[1])))) + "\n")
