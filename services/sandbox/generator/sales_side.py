"""The Sales organization as it is before anything was synchronized."""

from decimal import Decimal

from services.sandbox.generator.awkward import NAMES
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.generated import Row
from services.sandbox.generator.setup_tables import SALESPEOPLE, SALESPERSON_WITHOUT_USER
from services.sandbox.generator.words import COMPANY_STEMS, FIRST_NAMES, SURNAMES

BASE_CURRENCY = "USD"
_PROSPECTS = 12


class SalesSide:
    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.organization = chance.guid()
        self.business_unit = chance.guid()
        self.application_user = chance.guid()
        currency, schedule, unit = chance.guid(), chance.guid(), chance.guid()
        users = self._users()
        self.rows: dict[str, list[Row]] = {
            "organization": [
                {
                    "organizationid": self.organization,
                    "name": "cronus",
                    "basecurrencyid": currency,
                    "currencydecimalprecision": 2,
                    "pricingdecimalprecision": 2,
                    "expirechangetrackingindays": 7,
                    "createproductswithoutparentinactivestate": False,
                    "issopintegrationenabled": False,
                }
            ],
            "businessunit": [
                {"businessunitid": self.business_unit, "name": "CRONUS Sales", "parentbusinessunitid": None}
            ],
            "team": [
                {
                    "teamid": chance.guid(),
                    "name": "CRONUS Sales",
                    "teamtype": 0,
                    "businessunitid": self.business_unit,
                }
            ],
            "systemuser": users,
            "transactioncurrency": [
                {
                    "transactioncurrencyid": currency,
                    "currencyname": "US Dollar",
                    "isocurrencycode": BASE_CURRENCY,
                    "currencysymbol": "$",
                    "exchangerate": Decimal(1),
                    "currencyprecision": 2,
                    "statecode": 0,
                    "statuscode": 1,
                }
            ],
            "uomschedule": [
                {
                    "uomscheduleid": schedule,
                    "name": "Default Unit",
                    "baseuomname": "Primary Unit",
                    "description": "Created by the system",
                    "statecode": 0,
                    "statuscode": 1,
                }
            ],
            "uom": [
                {
                    "uomid": unit,
                    "name": "Primary Unit",
                    "uomscheduleid": schedule,
                    "baseuom": None,
                    "quantity": Decimal(1),
                    "isschedulebaseuom": True,
                }
            ],
            "account": self._prospects(users[0]["systemuserid"], currency),
        }

    def _users(self) -> list[Row]:
        users = [
            self._user(person.name, person.email, person.phone if place % 3 else f"+1 425 555 01{place:02d}")
            for place, person in enumerate(SALESPEOPLE)
            if person.code != SALESPERSON_WITHOUT_USER
        ]
        users += [
            self._user("Alicia Thornber", "alicia.thornber@cronus.example", "+1 425 555 0190"),
            self._user("سلمى الحداد 🌙", "salma.alhaddad@cronus.example", "+1 425 555 0191"),
            self._user(f"{'Wolfeschlegelstein' * 4} Hubert", "hubert@cronus.example", ""),
            self._user("Former Colleague", "former@cronus.example", "") | {"isdisabled": True},
            self._user("Not Licensed", "unlicensed@cronus.example", "") | {"islicensed": False},
            self._user("INTEGRATION", "integration@cronus.example", "") | {"isintegrationuser": True},
        ]
        application = self._user("# Tandem", "tandem@cronus.example", "")
        application |= {
            "systemuserid": self.application_user,
            "islicensed": False,
            "isintegrationuser": True,
            "accessmode": 4,
        }
        return [*users, application]

    def _user(self, name: str, email: str, phone: str) -> Row:
        first, _, last = name.partition(" ")
        return {
            "systemuserid": self._chance.guid(),
            "fullname": name,
            "firstname": first,
            "lastname": last,
            "internalemailaddress": email,
            "personalemailaddress": None,
            "domainname": email,
            "mobilephone": phone or None,
            "jobtitle": None,
            "isdisabled": False,
            "islicensed": True,
            "isintegrationuser": False,
            "accessmode": 0,
            "applicationid": None,
            "businessunitid": self.business_unit,
        }

    def _prospects(self, owner: str, currency: str) -> list[Row]:
        """Accounts that are nobody's customers yet; synchronization must leave them alone."""
        chance = self._chance
        rows = []
        for place in range(_PROSPECTS):
            name = NAMES[place // 3] if place % 3 == 0 else f"{chance.one_of(COMPANY_STEMS)} Prospect {place + 1}"
            rows.append(
                {
                    "accountid": chance.guid(),
                    "name": name,
                    "address1_primarycontactname": f"{chance.one_of(FIRST_NAMES)} {chance.one_of(SURNAMES)}",
                    "emailaddress1": f"hello@prospect{place + 1}.example",
                    "customertypecode": (1, 6, 8, 12, None)[place % 5],
                    "transactioncurrencyid": currency,
                    "ownerid": f"systemuser:{owner}",
                    "statecode": 0,
                    "statuscode": 1,
                }
            )
        return rows
