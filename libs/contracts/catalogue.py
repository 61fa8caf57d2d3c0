"""Every message of the system: type name <-> class. A message that is not here does not exist."""

from libs.contracts import couplings, item_availability, jobs, lookups, pages, review, setup
from libs.contracts.message import Command, Event, Message, Reply, Request


def _messages_of(*modules: object) -> dict[str, type[Message]]:
    found: dict[str, type[Message]] = {}
    for module in modules:
        for member in vars(module).values():
            if not (isinstance(member, type) and issubclass(member, Message) and "TYPE" in vars(member)):
                continue
            if found.setdefault(member.TYPE, member) is not member:
                raise TypeError(f"two messages are called {member.TYPE}: {found[member.TYPE]} and {member}")
    return found


MESSAGES: dict[str, type[Message]] = _messages_of(couplings, item_availability, jobs, review, lookups, pages, setup)
"""Type name -> class, for all versions that are still understood."""

__all__ = ["MESSAGES", "Command", "Event", "Message", "Reply", "Request"]
