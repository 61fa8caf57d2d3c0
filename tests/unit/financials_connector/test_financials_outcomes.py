"""What the connector answers for one record."""

from libs.contracts.vocabulary import System
from libs.dynamics.failures import read_refusal
from libs.dynamics.financials_tables import CUSTOMER
from libs.testing.suites.connector_pieces import a_write
from services.financials_connector.outcomes import refused
from services.financials_connector.surfaces import Surface, plan_on


def test_a_refusal_quotes_codes_but_no_other_values():
    plan = plan_on(Surface.COMPANION, CUSTOMER, {})
    assert plan is not None
    words = (
        "Name is 120 long, at most 100. Value: Adatum and Sons. Salesperson Code: NOBODY. CorrelationId: " + "a" * 36
    )
    refusal = read_refusal(
        System.FINANCIALS, 400, {"error": {"code": "Application_StringExceededLength", "message": words}}
    )
    write = a_write("create", "id", {"Name": "Adatum and Sons", "Salesperson Code": "NOBODY"})
    outcome = refused(write, plan, refusal)
    assert outcome["error"]["remote_message"] == "Name is 120 long, at most 100. Value: …. Salesperson Code: NOBODY."
    assert outcome["error"]["field"] == "Name"
