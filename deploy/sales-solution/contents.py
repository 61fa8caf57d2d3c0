"""What the solutions hold, read from their listings; build.py writes the zips from it."""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LISTINGS = ("solution.toml", "company.toml")
"""One for each solution."""
Labels = dict[int, str]
"""Language code -> text."""
Words = tuple[Labels, Labels]
"""Title and description."""
_TYPES = {".html": 1, ".css": 2, ".js": 3}


@dataclass(frozen=True)
class WebResource:
    name: str
    file: Path
    id: str
    title: str

    @property
    def type(self) -> int:
        """Dataverse's number for the kind of file."""
        return _TYPES[self.file.suffix]

    def content(self) -> bytes:
        """The file; somebody else's with its licence at the head, as the licence wants it."""
        own = self.file.read_bytes()
        if "node_modules" not in self.file.parts:
            return own
        licence = next(folder / "LICENSE" for folder in self.file.parents if (folder / "LICENSE").is_file())
        return b"/*!\n" + licence.read_bytes().replace(b"\r\n", b"\n").strip() + b"\n*/\n" + own

    @property
    def packed_name(self) -> str:
        """Path in the zip, as exports name it: letters and digits of the name, then the id."""
        plain = self.name.replace("/", "").replace(".", "")
        return f"WebResources/{plain}{self.id.upper()}"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    """decimal, text, date, moment or lookup."""
    title: Labels
    description: Labels
    length: int = 0
    required: bool = False
    target: str = ""
    """lookup: the table that it points to."""


@dataclass(frozen=True)
class Table:
    """A table of Sales that gets columns, and perhaps a form."""

    name: str
    schema_name: str
    title: str
    type_code: int
    parent: str = ""
    """Lookup to the document that the line belongs to."""
    form_id: str = ""
    """Empty: no form."""
    form_title: Labels = field(default_factory=dict)


@dataclass(frozen=True)
class OwnTable:
    """A table that the solution brings. It belongs to the organization; its first column is its name."""

    name: str
    entity_set: str
    title: Labels
    titles: Labels
    """Of several rows."""
    description: Labels
    columns: list[Column]

    @property
    def key(self) -> str:
        return f"{self.name}id"


@dataclass(frozen=True)
class Variable:
    name: str
    title: Labels
    description: Labels


@dataclass(frozen=True)
class Role:
    id: str
    name: str
    privileges: dict[str, str]


@dataclass(frozen=True)
class Publisher:
    name: str
    prefix: str
    option_value_prefix: int
    title: Labels


@dataclass(frozen=True)
class Solution:
    name: str
    version: str
    languages: list[int]
    title: Labels
    description: Labels
    publisher: Publisher
    web_resources: list[WebResource]
    columns: list[Column]
    """Those that every one of ``tables`` gets."""
    tables: list[Table]
    own_tables: list[OwnTable]
    variables: list[Variable]
    roles: list[Role]

    @property
    def lookups(self) -> list[tuple[Table, Column]]:
        """Every table with every column of its that points to another."""
        return [(table, column) for table in self.tables for column in self.columns if column.type == "lookup"]

    def web_resource(self, name: str) -> WebResource:
        return next(item for item in self.web_resources if item.name == name)


def read(listing: str, folder: Path = HERE) -> Solution:
    """The solution as its file lists it; raises FileNotFoundError where a web resource's file is missing."""
    common = tomllib.loads((folder / "publisher.toml").read_text(encoding="utf-8"))
    listed = tomllib.loads((folder / listing).read_text(encoding="utf-8"))
    resources = [
        WebResource(item["name"], folder / item["file"], item["id"], item["title"])
        for item in listed.get("web_resource", ())
    ]
    for resource in resources:
        if not resource.file.is_file():
            raise FileNotFoundError(f"{resource.file} is missing; `npm ci` in {folder} brings Microsoft's library")
    return Solution(
        name=listed["name"],
        version=listed["version"],
        languages=common["languages"],
        title=_labels(listed["title"]),
        description=_labels(listed["description"]),
        publisher=Publisher(**_labelled(common["publisher"])),
        web_resources=resources,
        columns=_columns(listed),
        tables=[Table(**_labelled(item)) for item in listed["table"]],
        own_tables=[
            OwnTable(
                **_labelled({name: value for name, value in item.items() if name != "column"}), columns=_columns(item)
            )
            for item in listed.get("own_table", ())
        ],
        variables=[Variable(**_labelled(item)) for item in listed.get("variable", ())],
        roles=[Role(**item) for item in listed["role"]],
    )


def _columns(listed: Mapping[str, Any]) -> list[Column]:
    return [Column(**_labelled(item)) for item in listed.get("column", ())]


def stable_id(*names: str) -> str:
    """An id that is the same in every build: ``{…}`` as forms write it."""
    return braced(str(uuid.uuid5(uuid.UUID("5f0c3c5e-2f0f-4c58-9d0d-0d4a5f3b1a00"), "/".join(names))))


def braced(id: str) -> str:
    return "{" + id.lower() + "}"


def _labels(given: Mapping[str, str]) -> Labels:
    return {int(language): words for language, words in given.items()}


def _labelled(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _labels(value) if isinstance(value, dict) else value for name, value in item.items()}
