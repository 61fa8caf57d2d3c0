"""Addresses of the surfaces, online and on-premises."""

import pytest

from libs.runtime.errors import ContractBroken
from services.financials_connector.addresses import Addresses, query

ONLINE = "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production/api/v2.0"


def test_the_other_surfaces_lie_beside_the_api() -> None:
    addresses = Addresses.of(ONLINE + "/")
    assert addresses.api == ONLINE
    root = "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production"
    assert addresses.companion == f"{root}/api/tandem/integration/v1.0"
    assert addresses.odata == f"{root}/ODataV4"


def test_a_server_with_several_tenants_is_told_which_in_every_request() -> None:
    addresses = Addresses.of("https://bc.contoso.local:7048/BC230/api/v2.0?tenant=one")
    assert addresses.odata == "https://bc.contoso.local:7048/BC230/ODataV4"
    assert addresses.url(addresses.api, "companies") == f"{addresses.api}/companies?tenant=one"
    assert addresses.url(addresses.api, "companies?$top=1") == f"{addresses.api}/companies?$top=1&tenant=one"


def test_odata_may_be_elsewhere() -> None:
    addresses = Addresses.of(ONLINE, "https://odata.contoso.com/BC/ODataV4/")
    assert addresses.odata == "https://odata.contoso.com/BC/ODataV4"


def test_next_links_are_followed_only_within_the_environment() -> None:
    addresses = Addresses.of(ONLINE)
    assert addresses.own(ONLINE + "/customers?$skiptoken=1").endswith("=1")
    for link in ("https://evil.example/api/v2.0/customers", ONLINE.replace("https", "http"), "/relative"):
        with pytest.raises(ContractBroken):
            addresses.own(link)


def test_a_query_is_percent_encoded_and_leaves_out_what_is_empty() -> None:
    assert query([("$select", ""), ("$filter", "")]) == ""
    assert (
        query([("$filter", "a eq 'R&D #1 +50%'"), ("$top", "1")])
        == "?$filter=a%20eq%20'R%26D%20%231%20%2B50%25'&$top=1"
    )
