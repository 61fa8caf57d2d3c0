"""The views of a table that a solution brings. Without one for lookups its rows cannot be chosen, without one for
searching not be found."""

from dataclasses import dataclass

from contents import Labels, OwnTable, Solution, stable_id
from markup import Element, element, labels, texts


@dataclass(frozen=True)
class _View:
    key: str
    """Of its id: never changes."""
    type: int
    """Dataverse's number for what the view is used for."""
    title: Labels
    default: bool = True
    state: int | None = 0
    ordered: bool = True
    searched: bool = False
    embedded: bool = False
    """Shown within another row's form, where its grid is named after the table."""


def saved_queries(solution: Solution, table: OwnTable) -> Element:
    one, many = table.title, table.titles
    views = [
        _View("active", 0, {1033: f"Active {many[1033]}", 1053: f"Aktiva {many[1053]}"}),
        _View("inactive", 0, {1033: f"Inactive {many[1033]}", 1053: f"Inaktiva {many[1053]}"}, default=False, state=1),
        _View(
            "advancedfind", 1, {1033: f"{one[1033]} Advanced Find View", 1053: f"Avancerad sökning: {one[1053]}"},
            state=None,
        ),
        _View(
            "associated", 2, {1033: f"{one[1033]} Associated View", 1053: f"Associerad vy: {one[1053]}"},
            embedded=True,
        ),
        _View(
            "quickfind", 4, {1033: f"Quick Find Active {many[1033]}", 1053: f"Snabbsökning: aktiva {many[1053]}"},
            searched=True,
        ),
        _View(
            "lookup", 64, {1033: f"{one[1033]} Lookup View", 1053: f"Uppslagsvy: {one[1053]}"},
            ordered=False, embedded=True,
        ),
    ]  # fmt: skip
    return element("SavedQueries", element("savedqueries", *(_saved_query(solution, table, view) for view in views)))


def _saved_query(solution: Solution, table: OwnTable, view: _View) -> Element:
    return element(
        "savedquery",
        *texts(
            IsCustomizable=1,
            CanBeDeleted=0,
            isquickfindquery=view.searched,
            isprivate=0,
            isdefault=view.default,
            savedqueryid=stable_id(table.name, "view", view.key),
        ),
        element("layoutxml", _grid(table, view)),
        element("querytype", text=view.type),
        element("fetchxml", element("fetch", _query(table, view), version="1.0", mapping="logical")),
        element("IntroducedVersion", text=solution.version),
        labels("LocalizedNames", "LocalizedName", view.title),
    )


def _grid(table: OwnTable, view: _View) -> Element:
    name, *others = table.columns
    cells = [
        element("cell", name=name.name, width=300),
        *(element("cell", name=each.name, width=200) for each in others),
    ]
    return element(
        "grid",
        element("row", *cells, name=table.name if view.embedded else "result", id=table.key),
        name=table.entity_set if view.embedded else "resultset",
        jump=name.name,
        select=1,
        icon=1,
        preview=view.type != 64,
    )


def _query(table: OwnTable, view: _View) -> Element:
    name = table.columns[0].name
    parts = [element("attribute", name=each) for each in (table.key, *(column.name for column in table.columns))]
    if view.ordered:
        parts.append(element("order", attribute=name, descending="false"))
    if view.state is not None:
        parts.append(_filter("and", "statecode", "eq", view.state))
    if view.searched:
        parts.append(_filter("or", name, "like", "{0}", isquickfindfields=1))
    return element("entity", *parts, name=table.name)


def _filter(type: str, column: str, operator: str, value: object, **more: object) -> Element:
    condition = element("condition", attribute=column, operator=operator, value=value)
    return element("filter", condition, type=type, **more)
