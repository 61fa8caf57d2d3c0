"""What the solution holds, read from solution.toml; build.py writes the zip from it."""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
Labels = dict[int, str]
"""Language code -> text."""
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
    """decimal, text, date or moment."""
    title: Labels
    description: Labels
    length: int


@dataclass(frozen=True)
class Table:
    name: str
    schema_name: str
    title: str
    type_code: int
    parent: str
    """Lookup to the document that the line belongs to."""
    form_id: str
    form_title: Labels


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
    tables: list[Table]
    variables: list[Variable]
    role: Role

    def web_resource(self, name: str) -> WebResource:
        return next(item for item in self.web_resources if item.name == name)


def read(folder: Path = HERE) -> Solution:
    """The solution as its file lists it; raises FileNotFoundError where a web resource's file is missing."""
    listed = tomllib.loads((folder / "solution.toml").read_text(encoding="utf-8"))
    resources = [
        WebResource(item["name"], folder / item["file"], item["id"], item["title"]) for item in listed["web_resource"]
    ]
    for resource in resources:
        if not resource.file.is_file():
            raise FileNotFoundError(f"{resource.file} is missing; `npm ci` in {folder} brings Microsoft's library")
    publisher = listed["publisher"]
    columns = [_labelled(item) for item in listed["column"]]
    return Solution(
        name=listed["name"],
        version=listed["version"],
        languages=listed["languages"],
        title=_labels(listed["title"]),
        description=_labels(listed["description"]),
        publisher=Publisher(**_labelled(publisher)),
        web_resources=resources,
        columns=[Column(**{"length": 0, **item}) for item in columns],
        tables=[Table(**_labelled(item)) for item in listed["table"]],
        variables=[Variable(**_labelled(item)) for item in listed["variable"]],
        role=Role(**listed["role"]),
    )


def stable_id(*names: str) -> str:
    """An id that is the same in every build: ``{…}`` as forms write it."""
    return braced(str(uuid.uuid5(uuid.UUID("5f0c3c5e-2f0f-4c58-9d0d-0d4a5f3b1a00"), "/".join(names))))


def braced(id: str) -> str:
    return "{" + id.lower() + "}"


def _labels(given: Mapping[str, str]) -> Labels:
    return {int(language): words for language, words in given.items()}


def _labelled(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _labels(value) if isinstance(value, dict) else value for name, value in item.items()}
