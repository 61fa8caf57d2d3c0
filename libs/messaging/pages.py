"""How a connector hands on a page that it read, and answers for one that it wrote: the same for both products."""

from collections.abc import Sequence

from libs.contracts.pages import (
    Carried,
    Counters,
    OutcomeData,
    PageRead,
    ReadPage,
    RecordData,
    SettlePage,
    SynchronizePage,
    WritePage,
)
from libs.contracts.vocabulary import OutcomeStatus
from libs.messaging.ports import Outgoing


def handed_on(
    message: ReadPage, records: Sequence[RecordData], *, next_cursor: str, watermark: str, attempt: str
) -> list[Outgoing]:
    """The page in splits, and the event that tells of it.

    A repeat may honestly read something else, so each reading has a token of its own, ``attempt``, which tells its
    messages from those of another.
    """
    size = max(1, message.split_size)
    splits = -(-len(records) // size)
    key = message.page.model_copy(update={"attempt": attempt, "splits": splits})
    parts = [
        SynchronizePage(
            page=key.model_copy(update={"split": split}),
            run=message.run,
            records=list(records[split * size : (split + 1) * size]),
            match_by=message.match_by,
            recheck=message.recheck,
            retry_skipped=message.retry_skipped,
        )
        for split in range(splits)
    ]
    told = PageRead(system=message.system, page=key, count=len(records), next_cursor=next_cursor, watermark=watermark)
    return [Outgoing(part, attempt) for part in (*parts, told)]


def answered_for(message: WritePage, outcomes: Sequence[OutcomeData]) -> SettlePage:
    """What became of every record of a page that was to be written.

    Records that are equal at the version known before teach nobody anything: they are counted and stay behind.
    """
    news = [outcome for outcome in outcomes if not _is_nothing_new(outcome)]
    carried = message.carried
    if len(news) < len(outcomes):
        counters = carried.counters + Counters(unchanged=len(outcomes) - len(news))
        carried = Carried(counters=counters, errors=carried.errors, coupled=carried.coupled)
    return SettlePage(
        page=message.page,
        run=message.run,
        mapping=message.mapping,
        outcomes=news,
        round=message.round,
        carried=carried,
    )


def _is_nothing_new(outcome: OutcomeData) -> bool:
    settled_at = outcome["write"].get("settled_at")
    return bool(settled_at) and outcome["status"] == OutcomeStatus.EQUAL and outcome["version"] == settled_at
