"""What messaging counts; the runtime hands in something that keeps the figures."""

from typing import Protocol


class MessagingMetrics(Protocol):
    """Labels are service, type and outcome; ids never."""

    def message_handled(self, service: str, type_name: str, outcome: str, seconds: float) -> None:
        """One handling ended; ``outcome`` is ack, retry or dead, of a request ack or refused."""
        ...

    def messages_published(self, service: str, count: int) -> None:
        """Messages that the broker has confirmed."""
        ...


class NoMetrics:
    """Counts nothing."""

    def message_handled(self, service: str, type_name: str, outcome: str, seconds: float) -> None:
        pass

    def messages_published(self, service: str, count: int) -> None:
        pass
