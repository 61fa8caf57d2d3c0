"""Finds out what an address below the service root means, and who answers it."""

import re
from collections.abc import Callable
from datetime import datetime

from services.sandbox.dataverse import csdl, privileges, refusal
from services.sandbox.dataverse.batch import Batches
from services.sandbox.dataverse.bulk import MESSAGES, Bulk
from services.sandbox.dataverse.definitions import Definitions
from services.sandbox.dataverse.exchange import PREFIX, Answer, Call
from services.sandbox.dataverse.keys import plain_key, refuse_dangerous
from services.sandbox.dataverse.messages import Messages
from services.sandbox.dataverse.query import LARGEST_COUNT, Reader
from services.sandbox.dataverse.roles import TABLES_BETWEEN
from services.sandbox.dataverse.rows import Rows
from services.sandbox.dataverse.table import Table
from services.sandbox.dataverse.world import World

_ROW = re.compile(r"(\w+)\(([0-9a-fA-F-]{36})\)")
_SEGMENT = re.compile(r"([\w.$]+)(?:\((.*)\))?", re.DOTALL)
_RIGHTS = {"GET": "read", "POST": "create", "PATCH": "write", "PUT": "write", "DELETE": "delete"}
_BULK_RIGHTS = {"CreateMultiple": "create", "UpdateMultiple": "write", "UpsertMultiple": "write"}

Denies = Callable[[str, str], bool]
"""(table, right) -> whether the application lacks it."""


Fails = Callable[[str, bytes], int]
"""(path, body) of one operation -> the status with which it is to fail; 0: none."""


class DataverseService:
    """The Web API of one environment, without the HTTP around it."""

    def __init__(
        self, world: World, now: Callable[[], datetime], denies: Denies, fails: Fails = lambda path, body: 0
    ) -> None:
        self.world = world
        self._denies = denies
        self._fails = fails
        self._reader = Reader(world, now)
        self._rows = Rows(world, self._reader)
        self._bulk = Bulk(world, self._rows)
        self._batches = Batches(world, self._operation)
        self._definitions = Definitions(world)
        self._messages = Messages(world)
        self._metadata = b""

    def answer(self, call: Call) -> Answer:
        """Any request; raises ``Refused``."""
        if call.path == "$batch":
            if call.method != "POST":
                raise refusal.not_allowed(call.method)
            return self._batches.answer(call)
        return self._operation(call)

    def _operation(self, call: Call) -> Answer:
        """What may also be a part of a batch."""
        if status := self._fails(call.path, call.body):
            raise refusal.unexpected(status)
        row = _ROW.fullmatch(call.path)
        if row is not None and row[1] in self.world.sets:
            return self._row(call, self.world.sets[row[1]], row[2])
        segments = split_path(call.path)
        first = _SEGMENT.fullmatch(segments[0]) if segments else None
        if first is not None and first[1] in self.world.sets:
            return self._set(call, self.world.sets[first[1]], first[2], segments[1:])
        return self._other(call, segments)

    def _other(self, call: Call, segments: list[str]) -> Answer:
        if not segments:
            return Answer(200, csdl.service_document(call.root, self.world.tables))
        match segments[0]:
            case "$metadata":
                self._metadata = self._metadata or csdl.metadata(self.world.tables)
                call.work.append(("metadata", 1))
                return Answer(200, self._metadata, content_type="application/xml")
            case "sdkmessagefilters" if len(segments) == 1:
                return self._definitions.message_filters(call)
            case first if first.startswith("EntityDefinitions"):
                return self._definitions.answer(call, segments)
            case first if first.partition("(")[0] == "RelationshipDefinitions":
                return self._definitions.relationships(call, segments)
        answer = self._messages.answer(call, segments[0]) if len(segments) == 1 else None
        if answer is None:
            raise refusal.no_segment(segments[0].partition("(")[0])
        return answer

    def _set(self, call: Call, table: Table, key: str | None, rest: list[str]) -> Answer:
        if key is not None:
            key = plain_key(table.spec, key)
            refuse_dangerous(key)
            return self._property(call, table, key, rest) if rest else self._row(call, table, key)
        if not rest:
            self._check_right(call, table, _RIGHTS.get(call.method, "write"))
            match call.method:
                case "GET":
                    return self._reader.collection(call, table)
                case "POST":
                    return self._rows.create(call, table)
            raise refusal.not_allowed(call.method)
        if rest == ["$count"] and call.method == "GET":
            return self._count(call, table)
        message = rest[0].removeprefix(PREFIX)
        if len(rest) == 1 and message in MESSAGES:
            self._check_right(call, table, _BULK_RIGHTS.get(message, "delete"))
            return self._bulk.answer(call, table, message)
        raise refusal.no_segment(rest[0])

    def _row(self, call: Call, table: Table, key: str) -> Answer:
        self._check_right(call, table, _RIGHTS.get(call.method, "write"))
        match call.method:
            case "PATCH":
                return self._rows.update(call, table, key)
            case "GET":
                return self._rows.retrieve(call, table, key)
            case "DELETE":
                return self._rows.delete(call, table, key)
        raise refusal.not_allowed(call.method)

    def _property(self, call: Call, table: Table, key: str, rest: list[str]) -> Answer:
        self._check_right(call, table, "read" if call.method == "GET" else "write")
        if table.name == "systemuser" and rest in ([privileges.FUNCTION], [f"{privileges.FUNCTION}()"]):
            return privileges.held_by(call, self.world, self._denies, self.world.find(table, key)[table.id])
        return self._rows.property(call, table, key, rest)

    def _count(self, call: Call, table: Table) -> Answer:
        self._check_right(call, table, "read")
        options = call.options
        if options.deltatoken:
            number = self._reader.tracking.waiting(table, options)
        else:
            number = min(self._reader.count(table, options), LARGEST_COUNT)
        call.work.append(("count", 1))
        return Answer(200, str(number).encode(), content_type="text/plain")

    def _check_right(self, call: Call, table: Table, right: str) -> None:
        if table.name in TABLES_BETWEEN and right != "read":
            raise refusal.unsupported(right, table.name)
        if self._denies(table.name, right):
            raise refusal.no_privilege(call.by, right, table.name)


def split_path(path: str) -> list[str]:
    """Segments of a path; a slash within quotes or parentheses does not part them."""
    segments: list[str] = []
    depth, quoted, start = 0, False, 0
    for at, mark in enumerate(path):
        if mark == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == "/" and not depth:
            segments.append(path[start:at])
            start = at + 1
    segments.append(path[start:])
    return [segment for segment in segments if segment]
