"""Options of a choice as records."""

from typing import Any

import msgspec

from libs.dynamics.session import Request, Response
from libs.dynamics.throttle import Gate
from libs.testing.scripted_session import an_answer
from libs.testing.suites.connector_pieces import a_write
from services.sales_connector.choices import choice_named, read_options, write_options
from services.sales_connector.dataverse import Dataverse


class Metadata:
    """The metadata of one choice: additions show once they are published."""

    def __init__(self) -> None:
        self.published = {1: "Net 30", 2: "2% 10, Net 30"}
        self.draft = dict(self.published)
        self.calls: list[str] = []

    async def send(self, request: Request) -> Response:
        if request.method == "GET":
            options = [
                {
                    "Value": value,
                    "Label": {
                        "LocalizedLabels": [{"Label": label, "LanguageCode": 1031}],
                        "UserLocalizedLabel": {"Label": label, "LanguageCode": 1031},
                    },
                }
                for value, label in self.published.items()
            ]
            return an_answer({"OptionSet": {"Options": options}})
        action = request.url.rsplit("/", 1)[1]
        self.calls.append(action)
        body: dict[str, Any] = msgspec.json.decode(request.body)
        if action == "PublishXml":
            self.published = dict(self.draft)
            return an_answer(None, 204)
        label = body["Label"]["LocalizedLabels"][0]
        assert label["LanguageCode"] == 1031
        if action == "InsertOptionValue":
            value = max(99_999_999, *self.draft) + 1
            self.draft[value] = label["Label"]
            return an_answer({"NewOptionValue": value})
        assert action == "UpdateOptionValue"
        self.draft[body["Value"]] = label["Label"]
        return an_answer(None, 204)


CHOICE = choice_named("account.paymenttermscode")


def a_dataverse(metadata: Metadata) -> Dataverse:
    return Dataverse(metadata, "https://org.example", Gate("Dynamics 365 Sales", 4))


async def test_options_are_records_with_a_label():
    assert CHOICE is not None
    options = await read_options(a_dataverse(Metadata()), CHOICE)
    assert [(record["id"], record["values"]) for record in options.records()] == [
        ("1", {"label": "Net 30"}),
        ("2", {"label": "2% 10, Net 30"}),
    ]


async def test_a_new_label_is_added_and_published_once():
    metadata = Metadata()
    assert CHOICE is not None
    writes = [
        a_write("create", str(100_000_000 + place), {"label": label}, match={"label": label})
        for place, label in enumerate(("14 DAYS", "CM"))
    ]
    outcomes = await write_options(a_dataverse(metadata), CHOICE, writes)
    assert [(outcome["status"], outcome["id"]) for outcome in outcomes] == [
        ("created", "100000000"),
        ("created", "100000001"),
    ]
    assert list(metadata.published.values())[2:] == ["14 DAYS", "CM"]
    assert metadata.calls[-1] == "PublishXml"


async def test_what_was_added_but_not_yet_published_is_not_added_twice():
    metadata = Metadata()
    metadata.draft[100_000_000] = "14 DAYS"
    assert CHOICE is not None
    await write_options(a_dataverse(metadata), CHOICE, [a_write("create", "100000000", {"label": "14 DAYS"})])
    assert list(metadata.published.values()).count("14 DAYS") == 1


async def test_a_label_that_exists_is_matched_whatever_its_case():
    metadata = Metadata()
    assert CHOICE is not None
    [outcome] = await write_options(
        a_dataverse(metadata), CHOICE, [a_write("create", "100000000", {"label": "NET 30"}, match={"label": "NET 30"})]
    )
    assert (outcome["status"], outcome["id"]) == ("matched", "1")
    assert metadata.calls == []


async def test_renaming_and_comparing():
    metadata = Metadata()
    assert CHOICE is not None
    dataverse = a_dataverse(metadata)
    [renamed] = await write_options(dataverse, CHOICE, [a_write("update", "1", {"label": "30 days"})])
    assert renamed["status"] == "updated"
    outcomes = await write_options(
        dataverse,
        CHOICE,
        [
            a_write("compare", "1", {"label": "30 days"}),
            a_write("compare", "2", {"label": "other"}),
            a_write("compare", "77", {"label": "x"}),
        ],
    )
    assert [outcome["status"] for outcome in outcomes] == ["equal", "different", "gone"]


def test_an_ordinary_table_is_no_choice():
    assert choice_named("account") is None
