"""What the worker does for each kind of job, and whom it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commonroll.server.home import Home
from commonroll.server.models import FileJob
from commonroll.server.van import bulk, bulk_work, changed, changes, file_jobs, loading

KINDS: Mapping[str, tuple[file_jobs.Do, Callable[[FileJob], None]]] = {
    loading.KIND: (loading.do, loading.tell),
    changes.KIND: (changed.do, changes.tell),
    bulk.KIND: (bulk_work.do, bulk.tell),
}


def run(home: Home, job: FileJob) -> None:
    """Do a job in this process."""
    do, tell = KINDS[job.kind]
    file_jobs.run(home, job, do, tell)
