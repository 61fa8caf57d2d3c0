"""``python -m services cancel``: stops a running synch job. The broker is the one of ``TANDEM_BROKER_URL``.

The job reads nothing more; its pages under way still settle, so nothing is half done.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from libs.contracts.jobs import CancelSynchJob, ListSynchJobs
from libs.contracts.vocabulary import JobStatus
from libs.messaging.outside import from_outside
from libs.messaging.ports import Requester
from libs.messaging.posting import Sender
from libs.runtime.clock import SystemClock
from libs.runtime.errors import TandemError
from libs.runtime.logging import configure_logging
from libs.runtime.settings import broker_url_or_exit

DESCRIPTION = (
    "Stop a running synch job. It reads nothing more; its pages under way still settle. Job ids stand in the answer of "
    "python -m services ask synch_jobs.list.v1. Exit status: 0 asked to stop, 1 there is no such job or it is over."
)

_PATIENCE = 10.0


def parser() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    made = argparse.ArgumentParser(prog="python -m services cancel", description=DESCRIPTION)
    made.add_argument("job_id", metavar="JOB")
    return made


def main(arguments: Sequence[str]) -> int:
    """Ask the orchestrator to stop one job."""
    options = parser().parse_args(arguments)
    broker_url = broker_url_or_exit()
    configure_logging("error", "console", service="cancel")
    try:
        words, asked = asyncio.run(_connected(broker_url, options.job_id))
    except TandemError as error:
        sys.stderr.write(f"{error.setting + ': ' if error.setting else ''}{error.message}\n")
        return 1
    (sys.stdout if asked else sys.stderr).write(f"{words}\n")
    return 0 if asked else 1


async def _connected(broker_url: str, job_id: str) -> tuple[str, bool]:
    async with from_outside(broker_url) as transport:
        return await cancel(transport.requester("cancel"), Sender("cancel", transport, SystemClock()), job_id)


async def cancel(requester: Requester, sender: Sender, job_id: str) -> tuple[str, bool]:
    """What to tell the person, and whether the job was asked to stop."""
    found = (await requester.ask(ListSynchJobs(job_ids=[job_id]), deadline=_PATIENCE)).jobs
    if not found:
        return f"There is no job {job_id}; python -m services ask synch_jobs.list.v1 lists them.", False
    if found[0].status.over:
        return f"The job {job_id} of {found[0].mapping} is over already: {found[0].status.value}.", False
    await sender.send([CancelSynchJob(job_id=job_id)])
    if found[0].status is JobStatus.READY:
        return f"The job {job_id} of {found[0].mapping} waits for its turn and will not begin.", True
    return f"The job {job_id} of {found[0].mapping} reads nothing more; its pages under way still settle.", True
