"""Reads AL objects from their syntax trees: what a test wants to know of a page, table or codeunit."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tree_sitter_al
from tree_sitter import Language, Node, Parser

EXTENSION = Path(__file__).parents[3] / "deploy" / "financials-extension"


@dataclass(frozen=True)
class AlObject:
    kind: str
    """page, query, table, codeunit or permissionset."""
    number: int
    name: str
    path: Path
    root: Node
    properties: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    """Page control or query column -> source expression as written."""
    read_only_fields: frozenset[str] = frozenset()
    summed_fields: frozenset[str] = frozenset()
    """Query columns that are summed over the others."""
    source: dict[str, str] = field(default_factory=dict)
    """Properties of a query's data item, its table as ``Table``."""

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


def text_of(node: Node) -> str:
    return (node.text or b"").decode("utf-8")


def unquoted(text: str) -> str:
    return text[1:-1] if text[:1] in ("'", '"') else text


def nodes_of(root: Node, kind: str) -> list[Node]:
    """All nodes of a kind below ``root``, in the order of the source."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.type == kind:
            found.append(node)
        waiting.extend(reversed(node.children))
    return found


def faults_of(root: Node) -> list[str]:
    """Where the parser found something that is not AL."""
    faults, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        if node.type == "ERROR" or node.is_missing:
            faults.append(f"line {node.start_point.row + 1}: {text_of(node)[:60]!r}")
        waiting.extend(reversed(node.children))
    return faults


def _properties(body: Node) -> dict[str, str]:
    found = {}
    for node in body.named_children:
        if node.type == "property":
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            assert name is not None and value is not None
            written = text_of(value)
            found[text_of(name)] = written if "," in written else unquoted(written)
    return found


def read_object(path: Path) -> AlObject:
    root = _parser().parse(path.read_bytes()).root_node
    [declaration] = [node for node in root.named_children if node.type.endswith("_declaration")]
    number, name, body = (declaration.child_by_field_name(part) for part in ("object_id", "object_name", "body"))
    assert number is not None and name is not None and body is not None
    fields: dict[str, str] = {}
    read_only = set()
    for control in nodes_of(body, "page_field"):
        control_name, source, inner = (control.child_by_field_name(part) for part in ("name", "source", "body"))
        assert control_name is not None and source is not None and inner is not None
        fields[unquoted(text_of(control_name))] = text_of(source)
        if _properties(inner).get("Editable") == "false":
            read_only.add(unquoted(text_of(control_name)))
    summed = set()
    for column in nodes_of(body, "query_column"):
        control_name, source, inner = (column.child_by_field_name(part) for part in ("name", "field_name", "body"))
        assert control_name is not None and source is not None and inner is not None
        fields[text_of(control_name)] = unquoted(text_of(source))
        if _properties(inner).get("Method") == "Sum":
            summed.add(text_of(control_name))
    item: dict[str, str] = {}
    for data_item in nodes_of(body, "query_dataitem"):
        table, inner = (data_item.child_by_field_name(part) for part in ("table_name", "body"))
        assert table is not None and inner is not None
        item = _properties(inner) | {"Table": unquoted(text_of(table))}
    return AlObject(
        declaration.type.removesuffix("_declaration"),
        int(text_of(number)),
        unquoted(text_of(name)),
        path,
        root,
        _properties(body),
        fields,
        frozenset(read_only),
        frozenset(summed),
        item,
    )


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_al.language()))


@cache
def all_objects() -> tuple[AlObject, ...]:
    return tuple(read_object(path) for path in sorted((EXTENSION / "src").rglob("*.al")))
