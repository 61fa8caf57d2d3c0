"""Answers what people ask of the full-synchronization review, and does with it what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from libs.contracts.failures import Failure
from libs.contracts.message import Message
from libs.contracts.review import (
    ChooseRecommendation,
    GenerateReview,
    GetReview,
    ResetReview,
    RestartReviewLine,
    ReviewView,
    StartReview,
)
from libs.messaging.handling import Handling
from services.orchestrator.books import Books
from services.orchestrator.connection_desk import ConnectionDesk
from services.orchestrator.counting import count_all, list_mappings
from services.orchestrator.domain import review
from services.orchestrator.domain.connection import NOT_ENABLED
from services.orchestrator.domain.schedule_document import Schedule

NO_REVIEW = Failure(code="review.missing", message="There is no review yet; generate it first.")


def _as_it_is(schedule: Schedule) -> Schedule:
    return schedule


@dataclass(frozen=True)
class ReviewDesk:
    books: Books
    connections: ConnectionDesk

    async def generate_review(self, request: GenerateReview, handling: Handling) -> ReviewView:
        """Count both sides and recommend."""
        return await self._regenerate(handling)

    async def get_review(self, request: GetReview, handling: Handling) -> ReviewView:
        return await self._view(await self.books.schedule(), handling.now)

    async def start_review(self, request: StartReview, handling: Handling) -> ReviewView:
        """Start every line that may start."""
        if not (await self.books.connection()).enabled:
            return ReviewView(failures=[NOT_ENABLED])
        if (await self.books.schedule())["review"] is None:
            return ReviewView(failures=[NO_REVIEW])
        await self.connections.take_todays_rate(handling)

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], Schedule]:
            changed, commands = review.start(schedule, handling.message_id, handling.now)
            return changed, commands, changed

        return await self._view(await self.books.change_schedule(decide, handling), handling.now)

    async def restart_review_line(self, request: RestartReviewLine, handling: Handling) -> ReviewView:
        """Blank a line that is over, count it anew and start."""
        refusal = review.blank_line(await self.books.schedule(), request.mapping)
        if isinstance(refusal, Failure):
            return await self._refused(handling, refusal)
        await self.connections.take_todays_rate(handling)
        return await self._regenerate(handling, restarted=request.mapping)

    async def reset_review(self, request: ResetReview, handling: Handling) -> ReviewView:
        """Forget all lines and recommend anew."""
        return await self._regenerate(handling, review.forget)

    async def choose_recommendation(self, request: ChooseRecommendation, handling: Handling) -> ReviewView:
        """Override the recommendation of a line that is not under way."""
        refusal = await self.books.amend_schedule(
            lambda schedule: review.choose(schedule, request.mapping, request.recommendation), handling
        )
        if refusal is not None:
            return await self._refused(handling, refusal)
        return await self._view(await self.books.schedule(), handling.now)

    async def _regenerate(
        self, handling: Handling, prepare: Callable[[Schedule], Schedule | Failure] = _as_it_is, *, restarted: str = ""
    ) -> ReviewView:
        """Count what is blank once the schedule is ``prepare``d, and recommend. A line that is ``restarted`` is counted
        alone, and started: what its review has written so far says nothing about the others.

        All of it is one change: whoever does not answer, and whatever comes between, the review is as it was or new.
        """
        if restarted:
            prepare = partial(review.blank_line, name=restarted)
        connection = await self.books.connection()
        if not connection.enabled:
            return ReviewView(failures=[NOT_ENABLED])
        before = prepare(await self.books.schedule())
        if isinstance(before, Failure):
            return await self._refused(handling, before)
        listed = await list_mappings(self.books.requester, self.books.deadline)
        if listed.failures:
            return await self._refused(handling, *listed.failures)
        wanted = [mapping for mapping in review.uncounted(before, listed.mappings) if restarted in ("", mapping.name)]
        counted = await count_all(self.books.requester, wanted, connection.context, self.books.deadline)

        def decide(schedule: Schedule) -> tuple[Schedule | None, Sequence[Message], Schedule | Failure]:
            prepared = prepare(schedule)
            if isinstance(prepared, Failure):
                return None, (), prepared
            cause, now = handling.message_id, handling.now
            changed = review.generate(prepared, listed.mappings, counted.censuses, counted.failures, cause)
            started, commands = review.start(changed, cause, now) if restarted else (changed, [])
            return started, commands, started

        outcome = await self.books.change_schedule(decide, handling)
        if isinstance(outcome, Failure):
            return await self._refused(handling, outcome)
        return await self._view(outcome, handling.now)

    async def _view(self, schedule: Schedule, now: datetime) -> ReviewView:
        return review.review_view(schedule, await self.books.jobs(list(schedule["running"].values()), now))

    async def _refused(self, handling: Handling, *failures: Failure) -> ReviewView:
        view = await self._view(await self.books.schedule(), handling.now)
        return view.model_copy(update={"failures": [*view.failures, *failures]})
