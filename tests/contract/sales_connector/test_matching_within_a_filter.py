"""Match-based coupling searches among the rows of the mapping's filter, and nowhere else."""

from libs.contracts.pages import Condition, WriteData
from services.sales_connector.writing import write_page
from tests.contract.sales_connector.served_sales import STAMP, ServedSales

ENABLED = [
    Condition(field="isdisabled", operator="eq", value=False),
    Condition(field="islicensed", operator="eq", value=True),
]
ACTIVE, LEFT = "00000000-0000-4000-8000-0000000000a2", "00000000-0000-4000-8000-0000000000a3"


def search_for(mail: str) -> WriteData:
    return {
        "coupling": "",
        "number": 0,
        "operation": "match",
        "source": {"id": mail, "key": mail, "version": "1", "fingerprint": "", "waiting": {}},
        "id": "",
        "version": None,
        "values": {"internalemailaddress": mail},
        "match": {"internalemailaddress": mail},
    }


async def test_what_is_outside_neither_matches_nor_makes_a_match_ambiguous(sales: ServedSales):
    users = [
        {"systemuserid": ACTIVE, "internalemailaddress": "ana@b.test", "isdisabled": False, "islicensed": True},
        {"systemuserid": LEFT, "internalemailaddress": "ana@b.test", "isdisabled": True, "islicensed": True},
        {"internalemailaddress": "bo@b.test", "isdisabled": False, "islicensed": False},
    ]
    sales.world.load("systemuser", users, moment=STAMP)
    asked = [search_for("Ana@b.test"), search_for("bo@b.test")]

    everywhere = await write_page(sales.dataverse, "systemuser", asked, [])
    within = await write_page(sales.dataverse, "systemuser", asked, [], match_filter=ENABLED)

    assert [outcome["status"] for outcome in everywhere] == ["ambiguous", "matched"]
    assert [(outcome["status"], outcome["id"]) for outcome in within] == [("matched", ACTIVE), ("unmatched", "")]
