"""What can be known of deploy/Dockerfile without an engine: an image holds what its service needs, and no more."""

import ast
from fnmatch import fnmatch
from pathlib import Path

import pytest

from services.sandbox.forms import routes
from services.sandbox.forms.routes import SOLUTION, web_resource_files

ROOT = Path(__file__).parents[3]
LINES = [
    line.split()
    for line in (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
SERVICES = sorted(path.parent.name for path in (ROOT / "services").glob("*/__main__.py"))


def copied(service: str) -> list[str]:
    """Paths of the project that go into the image of a service."""
    sources = [source for words in LINES if words[0] == "COPY" and "--from" not in words[1] for source in words[1:-1]]
    return [source.replace("${SERVICE}", service) for source in sources]


def in_image(path: Path, service: str) -> bool:
    """Whether a file of the project goes into the image."""
    name = path.relative_to(ROOT).as_posix()
    if not any(name == source or name.startswith(f"{source}/") for source in copied(service)):
        return False
    kept = False
    for rule in IGNORED:
        pattern = rule.removeprefix("!")
        if pattern in ("*", name) or name.startswith(f"{pattern}/") or fnmatch(name, f"{pattern}/*"):
            kept = rule.startswith("!")
    return kept


def module_file(module: str) -> Path | None:
    """The project's file of a module."""
    path = ROOT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def imported_by(file: Path) -> set[Path]:
    """Files of the project that a file imports, wherever in it, with the packages that they are in."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    parts = {".".join(name.split(".")[: end + 1]) for name in names for end in range(name.count(".") + 1)}
    return {found for name in parts if name.split(".")[0] in ("libs", "services") and (found := module_file(name))}


def needed(service: str) -> set[Path]:
    """All files that the service's process may load."""
    start = ROOT / "services" / service / "__main__.py"
    found, waiting = {start}, [start]
    while waiting:
        new = imported_by(waiting.pop()) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_image_holds_every_module_that_the_service_loads(service: str) -> None:
    absent = [path.relative_to(ROOT).as_posix() for path in sorted(needed(service)) if not in_image(path, service)]
    assert absent == []


def test_the_image_holds_no_other_service_and_no_test_equipment() -> None:
    assert in_image(ROOT / "services" / "orchestrator" / "app.py", "orchestrator")
    assert not in_image(ROOT / "services" / "sandbox" / "app.py", "orchestrator")
    assert not in_image(ROOT / "libs" / "testing" / "landscape.py", "orchestrator")
    assert not in_image(ROOT / ".env", "orchestrator")


def test_the_data_of_a_service_goes_along() -> None:
    mappings = sorted((ROOT / "services" / "coupling_registry" / "mappings").iterdir())
    assert mappings
    assert all(in_image(path, "coupling_registry") for path in mappings)


def test_everything_that_is_copied_is_there_and_sent_to_the_engine() -> None:
    for source in copied("orchestrator"):
        path = ROOT / source
        assert path.exists(), source
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        assert any(in_image(file, "orchestrator") for file in files), source


def test_the_sandbox_has_the_panel_that_its_forms_show() -> None:
    files = web_resource_files()
    assert files
    absent = [path.name for path in (SOLUTION / "solution.toml", *files.values()) if not in_image(path, "sandbox")]
    assert absent == []
    # Where the process looks for them: beside the folder of the services.
    assert Path(routes.__file__).resolve().parents[3] / "deploy" / "sales-solution" == SOLUTION
    assert ["COPY", "--from=panel", "/panel", "deploy/sales-solution"] in LINES


def test_what_builds_the_solution_goes_into_no_image() -> None:
    assert not in_image(SOLUTION / "build.py", "sandbox")
    assert not in_image(SOLUTION / "node_modules" / "axe-core" / "axe.min.js", "sandbox")


def test_the_panel_goes_into_the_image_of_no_service_but_the_sandbox() -> None:
    start = next(place for place, words in enumerate(LINES) if words[0] == "FROM" and words[-1] == "panel")
    stage = LINES[start + 1 : start + 4]
    assert [words[0] for words in stage] == ["ARG", "COPY", "RUN"]
    assert " ".join(stage[2][1:]) == 'if [ "$SERVICE" != sandbox ]; then rm -rf /panel/*; fi'


def test_the_process_runs_as_a_numbered_user_without_rights() -> None:
    users = [words[1] for words in LINES if words[0] == "USER"]
    assert users
    assert all(int(part) > 0 for part in users[-1].split(":"))


def test_dependencies_are_installed_by_their_hashes() -> None:
    [install] = [words for words in LINES if words[0] == "RUN" and any("pip" in word for word in words)]
    assert "--require-hashes" in install
