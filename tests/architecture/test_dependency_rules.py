"""The rules of the house that import-linter cannot say; a failure names the rule and the file that breaks it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORBIDDEN_NAMES = {"utils", "common", "helpers", "base", "core", "manager"}
ONLY_IMPORTER = {
    "aio_pika": {"libs/messaging/rabbitmq.py"},
    "motor": {"libs/store/mongo.py"},
    "msal": {"libs/dynamics/auth.py"},
}
SERVICES = [
    folder.name
    for folder in sorted((ROOT / "services").iterdir())
    if (folder / "app.py").exists() and folder.name not in {"sandbox", "demo"}
]


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_a_remote_library_has_exactly_one_importer() -> None:
    importers: dict[str, set[str]] = {library: set() for library in ONLY_IMPORTER}
    for path, tree in modules("libs", "services"):
        for name in imported(tree):
            if name.split(".")[0] in importers:
                importers[name.split(".")[0]].add(path)
    assert importers == ONLY_IMPORTER


def test_contracts_import_pydantic_and_the_standard_library_alone() -> None:
    allowed = {"pydantic", "typing_extensions", "libs"} | set(sys.stdlib_module_names)
    strangers = {
        f"{path}: {name}"
        for path, tree in modules("libs/contracts")
        for name in imported(tree)
        if name.split(".")[0] not in allowed or (name.startswith("libs.") and not name.startswith("libs.contracts"))
    }
    assert strangers == set()


def test_pure_code_reads_no_clock_and_draws_no_ids() -> None:
    impure = {"uuid4", "now", "utcnow", "time", "monotonic", "random", "urandom", "token_hex", "today"}
    found = set()
    for path, tree in modules("libs/synch", "libs/contracts", "services"):
        if path.startswith("services") and "/domain" not in path:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in impure:
                    found.add(f"{path}:{node.lineno} calls {name}()")
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                found.add(f"{path}:{node.lineno} is asynchronous")
    assert found == set()


def test_domain_code_knows_the_shape_of_a_document_but_not_how_it_is_kept() -> None:
    plain = ("libs.contracts", "libs.synch", "libs.store.ports")
    words = ("services.availability_lookup.answered", "services.availability_lookup.codes")
    found = {
        f"{path}: {name}"
        for path, tree in modules("services")
        if "/domain" in path
        for name in imported(tree)
        if name.startswith(("libs.", "services."))
        and not name.startswith((*plain, *words, path.split("/domain")[0].replace("/", ".") + ".domain"))
    }
    assert found == set()


def test_handlers_never_publish() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, tree in modules("services")
        if path.endswith("/handlers.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "publish"
    }
    assert found == set()


def test_no_module_is_named_after_nothing() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("libs", "services", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.stem in FORBIDDEN_NAMES and (path.is_dir() or path.suffix == ".py")
    }
    assert found == set()


def test_every_module_begins_with_a_sentence() -> None:
    silent = {
        path for path, tree in modules("libs", "services") if tree.body and not (ast.get_docstring(tree) or "").strip()
    }
    assert silent == set()


def test_only_the_dispatcher_and_the_runner_catch_broadly() -> None:
    # Keeping hands each failure to the dispatcher's task that waits for it. Of a connection that breaks the broker's
    # library raises an Exception of no kind, the only one that rabbitmq.py keeps.
    allowed = {
        "libs/messaging/dispatcher.py",
        "libs/messaging/keeping.py",
        "libs/messaging/rabbitmq.py",
        "libs/runtime/run.py",
    }
    found = set()
    for path, tree in modules("libs", "services"):
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and path not in allowed:
                names = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
                if any(name is None or getattr(name, "id", "") in {"Exception", "BaseException"} for name in names):
                    found.add(f"{path}:{node.lineno}")
    assert found == set()


def test_every_service_has_the_same_shape() -> None:
    missing = {
        f"services/{service}/{name}"
        for service in SERVICES
        for name in ("__main__.py", "app.py", "settings.py", "handlers.py", "README.md")
        if not (ROOT / "services" / service / name).exists()
    }
    assert SERVICES, "no service found"
    assert missing == set()
