"""Both products' ``$metadata`` against the OASIS rules (CSDL 4.0) that a client relies on when it builds itself."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import aiohttp
import pytest

from services.sandbox.app import RunningSandbox
from tests.component.sandbox.conftest import service_roots, trusting
from tests.component.sandbox.metadata_client import OF_NAMED_DOCUMENTS, connected, run

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
PRIMITIVES = {
    "Edm.Binary", "Edm.Boolean", "Edm.Byte", "Edm.Date", "Edm.DateTimeOffset", "Edm.Decimal", "Edm.Double",
    "Edm.Duration", "Edm.Guid", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.SByte", "Edm.Single", "Edm.Stream",
    "Edm.String", "Edm.TimeOfDay",
}  # fmt: skip
KEY_TYPES = PRIMITIVES - {"Edm.Binary", "Edm.Double", "Edm.Single", "Edm.Stream"}
"""Primitive types that a key may have."""
IDENTIFIER = re.compile(r"[^\W\d]\w{0,127}")
SERVICES = ("sales", "api_v2", "companion", "page_services")


class Document:
    """A metadata document; ``violations`` tells in words what is wrong with it."""

    def __init__(self, text: bytes) -> None:
        self.root = ElementTree.fromstring(text)
        self.schemas = list(self.root.iter(f"{EDM}Schema"))
        self.kinds: dict[str, Element] = {}
        """Qualified name, also by alias -> entity, complex or enumeration type."""
        self.operations: dict[str, list[Element]] = {}
        for schema in self.schemas:
            for space in filter(None, (schema.get("Namespace"), schema.get("Alias"))):
                for element in schema:
                    name = f"{space}.{element.get('Name')}"
                    if element.tag in (f"{EDM}EntityType", f"{EDM}ComplexType", f"{EDM}EnumType"):
                        self.kinds[name] = element
                    elif element.tag in (f"{EDM}Function", f"{EDM}Action"):
                        self.operations.setdefault(name, []).append(element)
        self.containers = [found for schema in self.schemas for found in schema.iter(f"{EDM}EntityContainer")]
        self.sets = {found.get("Name", ""): found for found in self.root.iter(f"{EDM}EntitySet")}

    def entity_types(self) -> list[Element]:
        return list(self.root.iter(f"{EDM}EntityType"))

    def lineage(self, kind: Element) -> list[Element]:
        """A type and those that it derives from."""
        found = [kind]
        while (parent := self.kinds.get(found[-1].get("BaseType", ""))) is not None and parent not in found:
            found.append(parent)
        return found

    def members(self, kind: Element, tag: str) -> dict[str, Element]:
        return {item.get("Name", ""): item for one in self.lineage(kind) for item in one.findall(f"{EDM}{tag}")}

    def keys(self, kind: Element) -> list[list[str]]:
        """Keys that a type and its ancestors declare."""
        declared = [one.find(f"{EDM}Key") for one in self.lineage(kind)]
        return [[str(part.get("Name")) for part in key] for key in declared if key is not None]

    def target(self, navigation: Element) -> Element | None:
        return self.kinds.get(_inner(navigation.get("Type", "")))

    # --- rules ------------------------------------------------------------------------------------------------------

    def violations(self) -> list[str]:
        return [
            *self._envelope(),
            *self._names(),
            *self._types_resolve(),
            *self._keys(),
            *(words for kind in self.entity_types() for words in self._navigations(kind)),
            *self._sets(),
            *self._operations(),
        ]

    def _envelope(self) -> Iterator[str]:
        if self.root.tag != f"{EDMX}Edmx" or self.root.get("Version") != "4.0":
            yield "the document is not CSDL 4.0"
        if len(self.containers) != 1:
            yield "there must be one entity container"

    def _names(self) -> Iterator[str]:
        for schema in self.schemas:
            if not all(IDENTIFIER.fullmatch(part) for part in schema.get("Namespace", "").split(".")):
                yield f"namespace {schema.get('Namespace')!r}"
            overloaded = (f"{EDM}Function", f"{EDM}Action")
            yield from _repeated([item for item in schema if item.tag not in overloaded], "schema")
        for container in self.containers:
            yield from _repeated(list(container), "container")
        for kind in self.kinds.values():
            inherited = [item for one in self.lineage(kind) for item in one if item.get("Name")]
            yield from _repeated(inherited, str(kind.get("Name")))
        for element in self.root.iter():
            name = element.get("Name")
            if name is not None and element.tag != f"{EDM}PropertyRef" and not IDENTIFIER.fullmatch(name):
                yield f"name {name!r} is no identifier"

    def _types_resolve(self) -> Iterator[str]:
        for element in self.root.iter():
            for attribute in ("Type", "EntityType", "BaseType"):
                named = element.get(attribute)
                if named is not None and _inner(named) not in PRIMITIVES and _inner(named) not in self.kinds:
                    yield f"type {named} of {element.get('Name')} is not defined"

    def _keys(self) -> Iterator[str]:
        for kind in self.entity_types():
            name, keys = kind.get("Name"), self.keys(kind)
            if len(keys) > 1:
                yield f"{name} declares a key although it inherits one"
            if not keys and kind.get("Abstract") != "true":
                yield f"{name} has no key"
            properties = self.members(kind, "Property")
            for part in (part for key in keys for part in key):
                found = properties.get(part)
                if found is None:
                    yield f"key {part} of {name} is no property"
                elif found.get("Nullable") != "false" or found.get("Type") not in KEY_TYPES:
                    yield f"key {part} of {name} may be null or has a type that no key has"

    def _navigations(self, kind: Element) -> Iterator[str]:
        properties = self.members(kind, "Property")
        for navigation in kind.findall(f"{EDM}NavigationProperty"):
            where = f"{kind.get('Name')}/{navigation.get('Name')}"
            target = self.target(navigation)
            if target is None or target.tag != f"{EDM}EntityType":
                yield f"{where} leads to no entity type"
                continue
            for constraint in navigation.findall(f"{EDM}ReferentialConstraint"):
                ours = properties.get(constraint.get("Property", ""))
                theirs = self.members(target, "Property").get(constraint.get("ReferencedProperty", ""))
                if ours is None or theirs is None or ours.get("Type") != theirs.get("Type"):
                    yield f"the constraint of {where} does not join two properties of one type"
            partner = navigation.get("Partner")
            if partner is not None:
                back = self.members(target, "NavigationProperty").get(partner)
                if back is None or self.target(back) not in self.lineage(kind):
                    yield f"the partner of {where} does not lead back"
                elif back.get("Partner") != navigation.get("Name"):
                    yield f"the partner of {where} has another partner"

    def _sets(self) -> Iterator[str]:
        for name, found in self.sets.items():
            kind = self.kinds.get(found.get("EntityType", ""))
            if kind is None:
                continue  # told by _types_resolve
            if kind.tag != f"{EDM}EntityType" or not self.keys(kind):
                yield f"{name} holds no entities with a key"
            navigations = self.members(kind, "NavigationProperty")
            for binding in found.findall(f"{EDM}NavigationPropertyBinding"):
                path, to = binding.get("Path", ""), self.sets.get(binding.get("Target", ""))
                navigation = navigations.get(path)
                if navigation is None or to is None:
                    yield f"binding {path} of {name} does not resolve"
                    continue
                held = self.kinds.get(to.get("EntityType", ""))
                if held is not None and self.target(navigation) not in self.lineage(held):
                    yield f"binding {path} of {name} leads to a set of another type"
                if navigation.get("ContainsTarget") == "true":
                    yield f"binding {path} of {name} is of a containment"

    def _operations(self) -> Iterator[str]:
        for operations in self.operations.values():
            for operation in operations:
                if operation.get("IsBound") == "true" and operation.find(f"{EDM}Parameter") is None:
                    yield f"bound operation {operation.get('Name')} has no binding parameter"
        for kind in ("Function", "Action"):
            for imported in self.root.iter(f"{EDM}{kind}Import"):
                found = self.operations.get(imported.get(kind, ""), [])
                if not any(item.tag == f"{EDM}{kind}" and item.get("IsBound") != "true" for item in found):
                    yield f"import {imported.get('Name')} is of no unbound operation"


def _inner(name: str) -> str:
    return name.removeprefix("Collection(").removesuffix(")")


def _repeated(elements: list[Element], where: str) -> Iterator[str]:
    for name, times in Counter(element.get("Name") for element in elements).items():
        if times > 1:
            yield f"{name} stands {times} times in {where}"


class Services:
    """Reads from the service roots."""

    def __init__(self, session: aiohttp.ClientSession, running: RunningSandbox) -> None:
        self._session = session
        self._token = running.shell.tokens.issue(frozenset({"sales", "financials"}))
        self._roots = service_roots(running)

    async def read(self, service: str, path: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.get(f"{self._roots[service]}/{path}", headers=headers, raise_for_status=True) as reply:
            return await reply.read()

    async def metadata(self, service: str) -> bytes:
        return await self.read(service, "$metadata")


@pytest.fixture
async def services(sandbox: RunningSandbox) -> AsyncIterator[Services]:
    async with trusting(sandbox) as session:
        yield Services(session, sandbox)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_metadata_keeps_the_rules(services: Services, service: str) -> None:
    document = Document(await services.metadata(service))

    assert document.violations() == []
    assert len(document.sets) > 10


@pytest.mark.parametrize(
    ("service", "right", "wrong", "words"),
    [
        ("sales", 'Type="mscrm.contact"', 'Type="mscrm.contakt"', "is not defined"),
        ("sales", 'Key><PropertyRef Name="accountid"', 'Key><PropertyRef Name="id"', "is no property"),
        ("sales", 'BaseType="mscrm.principal"', 'BaseType="mscrm.crmbaseentity"', "has no key"),
        ("sales", 'ReferencedProperty="contactid"', 'ReferencedProperty="name"', "does not join two properties"),
        ("sales", 'Partner="account_primary_contact"', 'Partner="account_parent_account"', "does not lead back"),
        ("sales", 'Target="contacts"', 'Target="uoms"', "a set of another type"),
        ("sales", 'Function="mscrm.WhoAmI"', 'Function="mscrm.WhoIsIt"', "no unbound operation"),
        ("sales", 'EntitySet Name="uoms"', 'EntitySet Name="products"', "stands 2 times"),
        ("api_v2", 'Property="paymentTermsId"', 'Property="paymentTerms"', "does not join two properties"),
        ("api_v2", 'Target="paymentTerms"', 'Target="terms"', "does not resolve"),
        ("page_services", 'Name="Minimum_Quantity" Type', 'Name="Minimum Quantity" Type', "is no identifier"),
        ("companion", 'Name="id" Type="Edm.Guid"', 'Name="id" Type="Edm.Double"', "a type that no key has"),
    ],
)
async def test_a_fault_in_the_metadata_is_found(
    services: Services, service: str, right: str, wrong: str, words: str
) -> None:
    text = (await services.metadata(service)).decode()
    assert right in text

    found = Document(text.replace(right, wrong).encode()).violations()

    assert any(words in violation for violation in found), found


@pytest.mark.parametrize("service", SERVICES)
async def test_the_service_document_lists_the_sets_of_the_metadata(services: Services, service: str) -> None:
    document = Document(await services.metadata(service))
    listed = re.findall(rb'"name":"(\w+)","kind":"EntitySet","url":"(\w+)"', await services.read(service, ""))

    assert {name.decode() for name, _ in listed} == set(document.sets)
    assert all(name == url for name, url in listed)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_set_of_the_service_document_is_described_and_can_be_read(
    sandbox: RunningSandbox, service: str
) -> None:
    def work() -> None:
        listed = {entry.name for entry in client.get_service_document().entries}
        described = {item.name: item.entity_type for item in client.get_edm().entity_container.entity_sets}
        assert listed == set(described)
        for name, kind in described.items():
            if name in OF_NAMED_DOCUMENTS:
                continue
            rows = client.get_entity_set(client.entity_set_uri(name).top(2)).entities
            for row in rows:
                untyped = [item.name for item in row.properties if item.type is None]
                assert not untyped, (name, untyped)
                assert all(row.get_value(key) is not None for key in kind.key_predicate_names)

    with connected(sandbox, service) as client:
        await run(work)
