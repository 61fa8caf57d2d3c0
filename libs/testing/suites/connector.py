"""What either connector must do, as tests: a module derives a class from :class:`ConnectorSuite` and gives it an
``exam`` fixture, a connector that talks to a sandbox over the wire.

The suite speaks messages only, so it holds for both products: what it knows of a table is in the
:class:`~libs.testing.suites.connector_pieces.Exam`.
"""

from libs.testing.suites.connector_changing import ChangingExam
from libs.testing.suites.connector_creating import CreatingExam
from libs.testing.suites.connector_reading import ReadingExam
from libs.testing.suites.connector_trouble import TroubleExam


class ConnectorSuite(ReadingExam, CreatingExam, ChangingExam, TroubleExam):
    """The exam."""
