"""Records on a coupling that its records were synchronized, and what that makes possible for others."""

from dataclasses import dataclass

from libs.contracts.pages import OutcomeData, SourceData, Values, WriteData
from libs.store.ports import Document
from services.coupling_registry.domain import coupling, fill, standing
from services.coupling_registry.domain.page import PageContext, Work


@dataclass(frozen=True)
class Stamping:
    context: PageContext
    work: Work
    awaited: frozenset[str]
    """Mappings whose records others may wait for."""

    def stamp(self, document: Document, source: SourceData, outcome: OutcomeData, *, version: str, action: str) -> None:
        """The write arrived, or nothing had to be written: nothing is in flight any more. Counts it as ``action``."""
        first = standing.known(self.context, document.data) is None
        settled = coupling.stamped(
            self.context,
            document,
            source,
            destination=outcome["id"],
            version=version,
            key=self.key_of(source, outcome),
            facts=self.facts_of(outcome),
            action=action,
        )
        self.work.save(settled)
        self.work.tally.count(action)
        if first:
            self.newly_coupled(settled)

    def settled_before(self, document: Document, write: WriteData) -> bool:
        """A repeat of what this job has settled already: it is counted as it was then.

        What waited for the record is looked for again, since the first handling may have died before it was asked for.
        """
        before = standing.settled_here(self.context, document.data, write["source"]["version"])
        if before:
            self.work.tally.count(before)
            self.newly_coupled(document)
        return bool(before)

    def newly_coupled(self, document: Document) -> None:
        """What is filled once everything else on the page is done: look-ups that wait for this record, and the company
        of a row of Sales that was just created in Financials. A user joins the company's team."""
        data, mapping = document.data, self.context.plan.mapping
        if mapping.name in self.awaited:
            self.work.tally.coupled += fill.waiting_entries(mapping.name, data)
        if not self.context.plan.to_sales and mapping.company_attribute:
            self.work.tally.coupled.append(fill.company_entry(document.id))
        if mapping.joins_owning_team:
            self.work.users.append(data["sales_id"])

    def facts_of(self, outcome: OutcomeData) -> Values:
        """What the destination told of the record that other mappings need."""
        mapping = self.context.plan.mapping
        names = mapping.sales_facts if self.context.plan.to_sales else mapping.financials_facts
        facts = outcome.get("facts", {})
        return {name: facts[name] for name in names if name in facts}

    def key_of(self, source: SourceData, outcome: OutcomeData) -> str:
        """The key of Financials: the source's, or what Financials gave the record that we created there."""
        if self.context.plan.to_sales:
            return source["key"]
        facts, names = outcome.get("facts", {}), self.context.plan.mapping.financials_key
        if all(name in facts for name in names):
            return ";".join(str(facts[name]) for name in names)
        return outcome["current"]["key"] if "current" in outcome else ""
