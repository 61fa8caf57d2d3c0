"""Answers for the read-only sets that are no table: companies, set-up, deletions, the companion's queries."""

from services.sandbox.financials import paging, refusals
from services.sandbox.financials.addresses import Segment
from services.sandbox.financials.answers import page_size, page_text, query_options, with_context
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.financials.listings import Listing, entry_text


def answer_listing(call: Call, listing: Listing, parts: list[Segment], context: str) -> Answer:
    """The whole set, its count, or one entry by its key; raises ``Refused``."""
    if call.method != "GET":
        raise refusals.method_not_allowed(call.method)
    key = parts[0].key
    if key is None:
        return answer_collection(call, listing, parts, context)
    if len(parts) > 1:
        raise refusals.no_such_segment(parts[1].name)
    if len(key) != 1:
        raise refusals.bad_url(f"The key of '{listing.name}' is not valid.")
    for entry in listing.entries():
        if str(entry[listing.key]) == key[0].text.lower():
            call.note("read", 1)
            return Answer(200, with_context(entry_text(entry, query_options(call).select), f"{context}/$entity"))
    raise refusals.no_such_record(listing.name, key[0].text)


def answer_collection(call: Call, listing: Listing, parts: list[Segment], context: str) -> Answer:
    """The whole set or its count; raises ``Refused``."""
    if len(parts) == 1:
        return _page(call, listing, context)
    if len(parts) == 2 and parts[1].name == "$count":
        count = paging.count_listing(listing, query_options(call))
        return Answer(200, str(count).encode(), content_type="text/plain")
    raise refusals.no_such_segment(parts[1].name)


def _page(call: Call, listing: Listing, context: str) -> Answer:
    options = query_options(call)
    for name in options.select:
        if name not in listing.types:
            raise refusals.bad_request(f"Could not find a property named '{name}' in '{listing.name}'.")
    limit, headers = page_size(call)
    page = paging.read_listing(listing, options, limit)
    call.note("read", len(page.rows))
    texts = [entry_text(entry, options.select) for entry in page.rows]
    return Answer(200, page_text(call, context, page, texts), headers)
