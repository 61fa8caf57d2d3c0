"""The order in which mappings may run: each after its prerequisites, independent ones side by side."""

from collections.abc import Iterable, Mapping


class CircularPrerequisites(ValueError):
    """Mappings that are prerequisites of each other."""


def levels(prerequisites: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Names by level, each level in alphabetical order; a name's prerequisites are all on earlier levels.

    Prerequisites that are not among the names are ignored: what is not mapped need not be waited for. Raises
    ``CircularPrerequisites`` for prerequisites that run in a circle.
    """
    waiting = {name: {item for item in needed if item in prerequisites} for name, needed in prerequisites.items()}
    found: list[list[str]] = []
    while waiting:
        ready = sorted(name for name, needed in waiting.items() if not needed)
        if not ready:
            names = ", ".join(sorted(waiting))
            raise CircularPrerequisites(f"The mappings {names} are prerequisites of each other in a circle.")
        found.append(ready)
        for name in ready:
            del waiting[name]
        for needed in waiting.values():
            needed.difference_update(ready)
    return found
