"""Counts what a page did and collects the reasons for what it did not."""

from collections import Counter

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.pages import Carried, Counters, PageKey, SourceData
from libs.contracts.vocabulary import SynchAction


class Tally:
    def __init__(self, page: PageKey, carried: Carried | None = None) -> None:
        self._page = page
        self._counts: Counter[str] = Counter()
        self._before = carried or Carried()
        self._errors: list[SynchJobError] = []
        self.coupled: list[str] = list(self._before.coupled)
        """Look-up targets that may be filled when everything else is done."""

    def count(self, name: str) -> None:
        """One record more under the counter of this name."""
        self._counts[name] += 1

    def error(
        self,
        action: SynchAction,
        source: SourceData,
        failure: Failure,
        *,
        destination: str = "",
        mapping: str = "",
        coupled: bool = False,
        number: str = "",
    ) -> None:
        """A record that was not synchronized, and why. Does not count it.

        ``number`` is what people know it by where the record itself has none: one of Sales goes by the number of its
        partner in Financials.
        """
        self._errors.append(
            SynchJobError(
                action=action.value,
                mapping=mapping or self._page.mapping,
                direction=self._page.direction.value,
                source_id=source["id"],
                source_key=source["key"] or number,
                destination_id=destination,
                coupled=coupled,
                failure=failure,
            )
        )

    def note(self, failure: Failure) -> None:
        """Something that concerns no single record."""
        self._errors.append(
            SynchJobError(
                action=SynchAction.FAIL.value,
                mapping=self._page.mapping,
                direction=self._page.direction.value,
                failure=failure,
            )
        )

    def carried(self) -> Carried:
        return Carried(
            counters=self._before.counters + Counters(**self._counts),
            errors=[*self._before.errors, *self._errors],
            coupled=self.coupled,
        )
