"""Which mappings must come before which."""

from collections.abc import Collection, Mapping, Sequence

from libs.synch.order import CircularPrerequisites, levels


def relevant(prerequisites: Sequence[str], present: Collection[str]) -> list[str]:
    """The prerequisites that count: those that are not present are ignored."""
    return [name for name in prerequisites if name in present]


def circle(prerequisites: Mapping[str, Sequence[str]]) -> str:
    """Which mappings wait for each other and so could never start, in words; normally none, and empty."""
    try:
        levels(prerequisites)
    except CircularPrerequisites as error:
        return str(error)
    return ""
