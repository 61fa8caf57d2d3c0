"""Serves the imitated forms, the solution's own web resource files, and the rows that the form offers for choosing.

    GET /forms/salesorderdetail, /forms/quotedetail    the form; ``?language=1053`` makes the user a Swedish one
    GET /forms/data                                    accounts, contacts, currencies, products and units as they are
    PUT /forms/variables                               {"tandem_LookupUrl": …}: values of environment variables
    GET /WebResources/{name}                           as Dynamics serves them, straight from deploy/sales-solution
    GET /%7b{token}%7d/webresources/{name}             the same behind a token for caches, as forms load them

Orders and quotes are no tables of this sandbox: the page holds one of each by itself.
"""

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from services.sandbox.tenants import Tenants

TABLES = ("salesorderdetail", "quotedetail")
SOLUTION = Path(__file__).resolve().parents[3] / "deploy" / "sales-solution"
_PAGE = Path(__file__).parent / "page"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_OFFERED = {
    "account": ("name", "accountnumber", "transactioncurrencyid"),
    "contact": ("fullname",),
    "transactioncurrency": ("isocurrencycode",),
    "product": ("name", "productnumber", "defaultuomid", "defaultuomscheduleid"),
    "uom": ("name", "uomscheduleid"),
}


def form_routes(tenants: Tenants, solution: Path = SOLUTION) -> list[web.RouteDef]:
    """Routes of the forms; none of them asks for a sign-in, as the browser's session would have it."""
    variables: dict[str, str] = {}

    async def form(request: web.Request) -> web.Response:
        return _file(_PAGE / "form.html")

    async def asset(request: web.Request) -> web.Response:
        path = _PAGE / request.match_info["name"]
        if path.parent != _PAGE or not path.is_file():
            raise web.HTTPNotFound
        return _file(path)

    async def data(request: web.Request) -> web.Response:
        rows = {table: _rows(tenants, table, columns) for table, columns in _OFFERED.items()}
        return _json({**rows, "variables": variables})

    async def set_variables(request: web.Request) -> web.Response:
        try:
            variables.update(msgspec.json.decode(await request.read(), type=dict[str, str]))
        except msgspec.MsgspecError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.Response(status=204)

    async def web_resource(request: web.Request) -> web.Response:
        path = web_resource_files(solution).get(request.match_info["name"])
        if path is None or not path.is_file():
            raise web.HTTPNotFound
        return _file(path)

    return [
        *(web.get(f"/forms/{table}", form) for table in TABLES),
        web.get("/forms/data", data),
        web.put("/forms/variables", set_variables),
        web.get("/forms/page/{name}", asset),
        web.get("/WebResources/{name:.+}", web_resource),
        web.get(r"/{token:\{\d+\}}/webresources/{name:.+}", web_resource),
    ]


def web_resource_files(solution: Path = SOLUTION) -> dict[str, Path]:
    """Name of each web resource -> its file, by the solution's own list; empty where its folder is not installed."""
    contents = solution / "solution.toml"
    if not contents.is_file():
        return {}
    listed = tomllib.loads(contents.read_text(encoding="utf-8"))["web_resource"]
    return {item["name"]: solution / item["file"] for item in listed}


def _rows(tenants: Tenants, table: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    key = tenants.sales.world.tables[table].id
    rows = [{"id": row[key], **{name: row.get(name) for name in columns}} for row in tenants.sales.dump(table)]
    return sorted(rows, key=lambda row: str(row[columns[0]]))


def _file(path: Path) -> web.Response:
    headers = {"Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8", "Cache-Control": "no-store"}
    return web.Response(body=path.read_bytes(), headers=headers)


def _json(document: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(document), content_type="application/json")
