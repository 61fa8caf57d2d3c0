"""Which mappings must come before which."""

from collections.abc import Collection, Mapping, Sequence


def relevant(prerequisites: Sequence[str], present: Collection[str]) -> list[str]:
    """The prerequisites that count: those that are not present are ignored."""
    return [name for name in prerequisites if name in present]


def levels(prerequisites: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The mappings in waves: each wave needs only what earlier ones hold. A circle is left out; see :func:`circle`."""
    waves: list[list[str]] = []
    done: set[str] = set()
    rest = dict(prerequisites)
    while wave := [name for name, needs in rest.items() if done.issuperset(relevant(needs, prerequisites))]:
        waves.append(wave)
        done.update(wave)
        rest = {name: needs for name, needs in rest.items() if name not in done}
    return waves


def circle(prerequisites: Mapping[str, Sequence[str]]) -> list[str]:
    """Mappings that wait for each other, directly or by way of others, and so could never start; normally none."""
    started = {name for wave in levels(prerequisites) for name in wave}
    return [name for name in prerequisites if name not in started]
