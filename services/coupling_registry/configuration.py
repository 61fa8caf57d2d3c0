"""The company that the registry works for and the key of its fingerprints, shared by all replicas."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from libs.contracts.setup import MappingContext
from libs.contracts.vocabulary import Direction
from libs.runtime.errors import ConcurrentUpdate, ContractBroken, DependencyMissing
from libs.store.ports import Collection, CollectionSpec, Document
from libs.synch import fingerprint
from libs.synch.mapping import IntegrationTableMapping
from libs.synch.plan import Plan, compile_plan
from services.coupling_registry.catalogue import mappings

CONFIGURATIONS = CollectionSpec(name="configurations")
_CURRENT = "current"
_TRIES = 5


@dataclass(frozen=True)
class Configuration:
    """One version of the configuration, with the plans made for it."""

    version: int
    context: MappingContext
    key: bytes
    mappings: Mapping[str, IntegrationTableMapping]
    _plans: dict[tuple[str, Direction], Plan] = field(default_factory=dict)

    @cached_property
    def hasher(self) -> fingerprint.Hasher:
        return fingerprint.hasher(self.key)

    def plan(self, mapping: str, direction: Direction) -> Plan:
        """Raises ``ContractBroken`` for a mapping that does not exist."""
        plan = self._plans.get((mapping, direction))
        if plan is None:
            found = self.mappings.get(mapping)
            if found is None:
                raise ContractBroken(f"There is no mapping {mapping}.", code="mapping.unknown")
            plan = self._plans[mapping, direction] = compile_plan(found, direction, self.context)
        return plan


class Configurations:
    """The stored configuration, read anew for every page so that all replicas work alike."""

    def __init__(self, collection: Collection, known: Mapping[str, IntegrationTableMapping] | None = None) -> None:
        self._collection = collection
        self.mappings = mappings() if known is None else known
        self._last: Configuration | None = None

    async def current(self) -> Configuration:
        """Raises ``DependencyMissing`` before the first ``configure``."""
        document = await self._collection.get(_CURRENT)
        if document is None:
            raise DependencyMissing("The connection is not enabled yet: enable it before synchronizing.")
        if self._last is None or self._last.version != document.version:
            self._last = Configuration(
                version=document.version,
                context=MappingContext.model_validate(document.data["context"]),
                key=bytes.fromhex(document.data["key"]),
                mappings=self.mappings,
            )
        return self._last

    async def context(self) -> MappingContext:
        """The company's context; an empty one before it is known."""
        document = await self._collection.get(_CURRENT)
        return MappingContext() if document is None else MappingContext.model_validate(document.data["context"])

    async def configure(self, context: MappingContext) -> None:
        """Use this context from now on. The key of the fingerprints is drawn once and stays."""
        for _ in range(_TRIES):
            document = await self._collection.get(_CURRENT) or Document(_CURRENT, {"key": secrets.token_hex(32)})
            changed = {**document.data, "context": context.model_dump(mode="json")}
            if changed == document.data:
                return
            try:
                await self._collection.save(Document(_CURRENT, changed, document.version))
            except ConcurrentUpdate:
                continue
            return
        raise ConcurrentUpdate("The registry is being configured by somebody else.")
