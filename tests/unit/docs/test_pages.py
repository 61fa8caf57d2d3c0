"""The docs can be read: links lead somewhere, and lines are as short as those of the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LONGEST = 130
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "services/*/*.md", "tests/**/*.md", "libs/**/*.md")
    for path in ROOT.glob(pattern)
    if "node_modules" not in path.parts
)


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(text: str) -> set[str]:
    """What headings can be linked to as."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose(text: str) -> list[str]:
    """Lines that can be broken: not of tables, code, pictures or links by themselves."""
    found, code = [], False
    for line in text.splitlines():
        code ^= line.lstrip().startswith("```")
        if not code and not line.lstrip().startswith(("|", "![", "```")):
            found.append(line)
    return found


def test_there_are_pages() -> None:
    assert {"README.md", "docs/connecting.md", "services/orchestrator/README.md"} <= {short(path) for path in PAGES}


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_lines_are_short(path: Path) -> None:
    long = [line for line in prose(path.read_text(encoding="utf-8")) if len(line) > LONGEST]
    assert long == []


@pytest.mark.parametrize("path", PAGES, ids=short)
def test_code_that_is_named_exists(path: Path) -> None:
    """Paths from the top, written as code or in a sentence."""
    text = path.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:libs|services|tests|deploy|docs)/[\w./-]+[\w/])`", text))
    assert {name for name in named if not (ROOT / name).exists()} == set()
