"""Writes the managed solutions: ``python deploy/sales-solution/build.py [FOLDER]``; `make solution` calls it.

The same sources give the same bytes. The layout is that of an export (solution.xml, customizations.xml,
[Content_Types].xml, WebResources/, environmentvariabledefinitions/), which Dataverse imports and SolutionPackager takes
apart.
"""

import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

from contents import HERE, LISTINGS, Solution, Variable, read
from customizations import customizations
from manifest import manifest
from markup import Element, document, element, texts

TEXT_VARIABLE = 100_000_000
"""Type of an environment variable: text."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"


def files(solution: Solution) -> dict[str, bytes]:
    """Path in the zip -> content, in the order of the zip."""
    ET.register_namespace("xsi", "http://www.w3.org/2001/XMLSchema-instance")
    parts = {"solution.xml": document(manifest(solution)), "customizations.xml": document(customizations(solution))}
    for item in solution.web_resources:
        parts[item.packed_name] = item.content()
    for variable in solution.variables:
        name = f"environmentvariabledefinitions/{variable.name}/environmentvariabledefinition.xml"
        parts[name] = document(_variable(solution, variable))
    return {"[Content_Types].xml": document(_content_types(parts)), **parts}


def write(solution: Solution, target: Path) -> None:
    """The zip, byte for byte the same from the same sources."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in files(solution).items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, content, compresslevel=9)


def _content_types(parts: dict[str, bytes]) -> Element:
    """The kind of every part: XML by its ending, web resources one by one, since exports give them none."""
    bare = [name for name in parts if not name.endswith(".xml")]
    return element(
        "Types",
        element("Default", Extension="xml", ContentType="application/octet-stream"),
        *(element("Override", PartName=f"/{name}", ContentType="application/octet-stream") for name in bare),
        xmlns=_CONTENT_TYPES,
    )


def _variable(solution: Solution, variable: Variable) -> Element:
    return element(
        "environmentvariabledefinition",
        _translated("description", variable.description),
        _translated("displayname", variable.title),
        *texts(introducedversion=solution.version, iscustomizable=1, isrequired=0, secretstore=0, type=TEXT_VARIABLE),
        schemaname=variable.name,
    )


def _translated(name: str, words: dict[int, str]) -> Element:
    spoken = sorted(words.items())
    made = [element("label", description=said, languagecode=code) for code, said in spoken]
    return element(name, *made, default=words[1033])


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else HERE.parents[1] / "dist"
    for listing in LISTINGS:
        solution = read(listing)
        target = folder / f"{solution.name}_{solution.version.replace('.', '_')}_managed.zip"
        write(solution, target)
        sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
