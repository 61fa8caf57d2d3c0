"""The control endpoint of the sandbox, over HTTP."""

from typing import Any

from tests.component.sandbox.conftest import SalesClient


async def control(sales: SalesClient, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    url = f"{sales.running.details.control_url}{path}"
    async with sales.session.request(method, url, json=body) as reply:
        assert reply.status == status, await reply.text()
        return await reply.json() if status not in (204,) else None


async def test_statistics_count_requests_records_and_rows_until_they_are_reset(sales: SalesClient) -> None:
    await sales.create("accounts", {"name": "A"})
    await sales.get("accounts?$top=3")
    await sales.get("nothing")

    found = (await control(sales, "GET", "/statistics"))["sales"]
    await control(sales, "POST", "/statistics/reset", status=204)

    assert found["requests"] == 3
    assert found["records"] == {"create": 1, "read": 3}
    assert found["statuses"] == {"204": 1, "200": 1, "404": 1}
    assert found["rows_written"] == 1
    assert (await control(sales, "GET", "/statistics"))["sales"]["requests"] == 0


async def test_the_company_tells_which_records_are_to_be_left_behind(sales: SalesClient) -> None:
    company = await control(sales, "GET", "/company")
    generated = sales.running.tenants.generated

    assert (company["records"], company["seed"], company["company_id"]) == (40, 7, sales.running.details.company_id)
    assert company["organization_id"] == generated.organization_id
    assert len(company["expected"]) == len(generated.expected) > 0
    assert {"mapping", "key", "action", "reason", "id", "field"} == set(company["expected"][0])


async def test_faults_are_set_listed_and_cleared(sales: SalesClient) -> None:
    await control(sales, "POST", "/faults", {"kind": "unavailable", "side": "sales", "count": None})
    assert (await sales.get("WhoAmI")).status == 503
    listed = await control(sales, "GET", "/faults")
    await control(sales, "DELETE", "/faults", status=204)

    assert [(fault["kind"], fault["struck"]) for fault in listed] == [("unavailable", 1)]
    assert (await sales.get("WhoAmI")).status == 200


async def test_what_makes_no_sense_is_answered_in_words(sales: SalesClient) -> None:
    wrong_kind = await control(sales, "POST", "/faults", {"kind": "hiccup"}, status=400)
    wrong_field = await control(sales, "POST", "/faults", {"kind": "torn", "sidee": "sales"}, status=400)
    wrong_table = await control(sales, "GET", "/tables/sales/nothing", status=400)

    assert "hiccup" in wrong_kind["error"]
    assert "sidee" in wrong_field["error"]
    assert "nothing" in wrong_table["error"]


async def test_limits_and_pace_can_be_the_published_and_usual_ones(sales: SalesClient) -> None:
    limits = await control(sales, "PUT", "/limits/financials", {"documented": True})
    times = await control(sales, "PUT", "/times/sales", {"realistic": True})

    assert (limits["concurrency"], limits["queue"], limits["requests"]) == (5, 95, 6000)
    assert times["request_ms"] > 0
    off = await control(sales, "PUT", "/limits/financials", {})
    assert off["requests"] == 0


async def test_rights_are_taken_and_given_back(sales: SalesClient) -> None:
    await control(sales, "PUT", "/rights/sales", {"denied": [["account", "read"]]}, status=204)
    assert (await sales.get("accounts")).status == 403
    await control(sales, "PUT", "/rights/sales", {"denied": []}, status=204)
    assert (await sales.get("accounts")).status == 200


async def test_microsofts_own_synchronization_is_switched_on_and_off(sales: SalesClient) -> None:
    for on in (True, False, True):
        await control(sales, "PUT", "/microsoft", {"synchronizes": on}, status=204)
        [row] = (await sales.get("nav_connections")).json()["value"]
        company = await control(sales, "GET", "/company")
        assert row["nav_name"] == company["company_name"]
        assert ("?company=" in (row["nav_dynamicsnavurl"] or "")) == on


async def test_tokens_are_revoked(sales: SalesClient) -> None:
    await control(sales, "POST", "/tokens/revoke", {}, status=204)

    assert (await sales.get("WhoAmI")).status == 401


async def test_a_user_changes_rows_in_sales_under_his_own_name(sales: SalesClient) -> None:
    me = (await sales.get("WhoAmI")).json()["UserId"]
    currency = (await control(sales, "GET", "/tables/sales/transactioncurrency"))[0]["transactioncurrencyid"]

    row = await control(
        sales,
        "POST",
        "/tables/sales/account",
        {"values": {"name": "By hand", "creditlimit": "12.5", "transactioncurrencyid": currency}},
    )
    changed = await control(
        sales, "PATCH", "/tables/sales/account", {"id": row["accountid"], "values": {"telephone1": "1"}}
    )
    seen = (await sales.get(f"accounts({row['accountid']})")).json()
    await control(sales, "DELETE", "/tables/sales/account", {"id": row["accountid"]}, status=204)

    assert seen["_modifiedby_value"] == changed["modifiedby"] != me
    assert (seen["telephone1"], seen["_transactioncurrencyid_value"]) == ("1", currency)
    assert row["ownerid"].startswith("systemuser:")
    assert (await sales.get(f"accounts({row['accountid']})")).status == 404


async def test_a_user_changes_rows_in_financials(sales: SalesClient) -> None:
    rows = await control(sales, "GET", "/tables/financials/Customer")

    changed = await control(
        sales, "PATCH", "/tables/financials/Customer", {"key": rows[0]["No."], "values": {"Name": "New name"}}
    )
    row = await control(
        sales, "POST", "/tables/financials/Currency", {"values": {"Code": "XTS", "Description": "Testing"}}
    )
    await control(sales, "DELETE", "/tables/financials/Currency", {"key": "XTS"}, status=204)

    assert changed["Name"] == "New name"
    assert changed["SystemRowVersion"] > rows[0]["SystemRowVersion"]
    assert row["Code"] == "XTS"
    codes = [row["Code"] for row in await control(sales, "GET", "/tables/financials/Currency")]
    assert "XTS" not in codes


async def test_tables_with_a_slash_in_their_name_can_be_read(sales: SalesClient) -> None:
    rows = await control(sales, "GET", "/tables/financials/Salesperson%2FPurchaser")

    counts = await control(sales, "GET", "/tables")
    assert len(rows) == counts["financials"]["Salesperson/Purchaser"] > 0
    assert counts["sales"]["account.paymenttermscode"] == 4


async def test_surfaces_and_services_are_switched(sales: SalesClient) -> None:
    shell = sales.running.shell

    await control(sales, "PUT", "/surfaces", {"on": ["api_v2"]}, status=204)
    await control(sales, "PUT", "/services", {"unpublished": ["Customer_Card"]}, status=204)

    assert shell.surfaces == {"api_v2"}
    assert shell.unpublished == {"Customer_Card"}
