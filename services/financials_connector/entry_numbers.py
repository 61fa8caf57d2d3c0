"""Which numbers of a ledger have no entry. Pure.

A posting draws its entry numbers when it begins and shows its entries when it is committed, so entries may appear below
the greatest number that was seen. A number without an entry is therefore looked for again, until it is old enough to be
one of a posting that was taken back.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from libs.contracts.item_availability import EntryRange


def holes(ranges: Iterable[EntryRange], numbers: Sequence[int]) -> list[EntryRange]:
    """What is left of ``ranges`` without ``numbers`` (ascending)."""
    left: list[EntryRange] = []
    for first, last in ranges:
        begin = first
        for number in numbers[bisect_left(numbers, first) : bisect_right(numbers, last)]:
            if number > begin:
                left.append((begin, number - 1))
            begin = number + 1
        if begin <= last:
            left.append((begin, last))
    return left


def at_most(limit: int, ranges: Iterable[EntryRange]) -> list[EntryRange]:
    """The ranges in order, those closest to each other joined until there are at most ``limit``: what lies between is
    then looked at again, and nothing is left out."""
    joined: list[EntryRange] = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    if len(joined) <= limit:
        return joined
    apart = sorted(range(1, len(joined)), key=lambda place: joined[place][0] - joined[place - 1][1])
    cuts = [0, *sorted(apart[len(apart) - (limit - 1) :]), len(joined)]
    return [(joined[begin][0], joined[end - 1][1]) for begin, end in pairwise(cuts)]
