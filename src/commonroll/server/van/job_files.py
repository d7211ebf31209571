"""Files that jobs leave for programs to fetch: their addresses are the secret, and good for a time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.utils import timezone

from commonroll.server import wall
from commonroll.server.home import Home
from commonroll.server.models import Extract, FileJob
from commonroll.server.van.file_jobs import LASTS, LASTS_LONG, instant

SALT = "van job file"


def lasts(job: FileJob) -> timedelta:
    return LASTS_LONG if job.kind == FileJob.Kind.CHANGES else LASTS


def written(home: Home, job: FileJob, pieces: Iterable[bytes]) -> str:
    """Keep a file of a job; its name."""
    name = f"v4-{job.kind}-{uuid4().hex}.csv"
    path = home.uploads / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
    return name


def told(job: FileJob, address: str = "url") -> list[dict[str, Any]]:
    """The files of a job: url and dateExpired of each."""
    if job.ended_at is None or job.state == FileJob.State.UNDONE:
        return []
    expires = instant(job.ended_at + lasts(job))
    return [
        {address: f"{job.base}files/{signing.dumps([job.pk, at], salt=SALT)}", "dateExpired": expires}
        for at in range(len(job.files))
    ]


def _path(home: Home, job: FileJob, at: int) -> Path:
    """Where a file lies: rows that leave as an extract does lie there, and die with their agreements."""
    if made := job.report.get("extract"):
        with wall.node():
            extract = Extract.objects.filter(pk=made, state=Extract.State.DONE).first()
        return home.extracts / (extract.file if extract else "gone")
    return home.uploads / str(job.files[at])


def found(token: str) -> tuple[FileJob, Path] | None:
    """The job and the file behind an address; None where there is none any more."""
    try:
        pk, at = signing.loads(token, salt=SALT, max_age=LASTS_LONG)
    except (signing.BadSignature, ValueError):
        return None
    with wall.node():
        job = FileJob.objects.select_related("member").filter(pk=pk, member__left_at=None).first()
    if job is None or at >= len(told(job)):
        return None
    path = _path(settings.HOME, job, at)
    over = job.ended_at is None or job.ended_at + lasts(job) < timezone.now()
    return None if over or not path.is_file() else (job, path)
