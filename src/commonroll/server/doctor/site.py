"""The site: tables of this version, work that hangs, room on the disk, the key of the field."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from django.apps import apps
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from commonroll.errors import Refusal
from commonroll.server import field_keys
from commonroll.server.backups.names import LAST
from commonroll.server.doctor.findings import Finding, Patient, Weight

WAITS = timedelta(hours=1)
RUNS = timedelta(hours=24)
OLD_DAYS = 7
LEAST_ROOM = 1 << 30
"""Bytes: below this a load or an extract may not finish."""


def tables(patient: Patient) -> Iterator[Finding]:
    """The operational database: whole, and of this version."""
    if connection.vendor == "sqlite" and patient.home.database.exists():
        with closing(sqlite3.connect(f"{patient.home.database.as_uri()}?mode=ro", uri=True)) as database:
            try:
                said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            except sqlite3.DatabaseError:
                said = "damaged"
        if said != "ok":
            yield Finding("database", patient.home.database.name, "SQLite finds it damaged",
                          "stop the site and put the database back from a backup")  # fmt: skip
            return
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding("database", "tables", f"{len(waiting)} changes of this version are not made yet",
                      "stop the site, make a backup, then run `commonroll upgrade`")  # fmt: skip


def work(patient: Patient) -> Iterator[Finding]:
    """Loads, extracts and the like that wait or run for too long; a start of the site closes what died."""
    for model in apps.get_app_config("server").get_models():
        names = {field.name for field in model._meta.fields}
        if not {"state", "created_at", "ended_at"} <= names:
            continue
        found = model._default_manager.all()
        if patient.member:
            whose = next((name for name in ("member", "viewer") if name in names), "")
            if not whose:
                continue
            found = found.filter(**{f"{whose}__key": patient.member})
        yield from _stuck(model, found)
    if not patient.member:
        yield from _tasks()


def _stuck(model: type[models.Model], found: models.QuerySet[models.Model]) -> Iterator[Finding]:
    for state, longest in (("waiting", WAITS), ("running", RUNS)):
        late = found.filter(state=state, created_at__lt=timezone.now() - longest).count()
        if late:
            hours = int(longest.total_seconds() // 3600)
            yield Finding(
                "pending", str(model._meta.verbose_name_plural), f"{late} {state} for more than {hours} h",
                "see whether `commonroll serve` runs; starting it anew closes what a dead process left",
            )  # fmt: skip


def _tasks() -> Iterator[Finding]:
    late = DBTaskResult.objects.filter(status="READY", enqueued_at__lt=timezone.now() - WAITS)
    due = late.filter(models.Q(run_after=None) | models.Q(run_after__lt=timezone.now() - WAITS)).count()
    if due:
        yield Finding("pending", "tasks", f"{due} tasks wait for more than an hour",
                      "start `commonroll serve`: its worker takes them")  # fmt: skip


def room(patient: Patient) -> Iterator[Finding]:
    """Room on the home's disk."""
    free = shutil.disk_usage(patient.home.path).free
    if free < LEAST_ROOM:
        yield Finding("disk", ".", f"{free >> 20:,} MB are free",
                      "make room: without it loads, extracts and in the end every answer stop")  # fmt: skip


def backups(patient: Patient) -> Iterator[Finding]:
    """When the last backup was made, where the home is old enough to need one."""
    said, secret = patient.home.path / LAST, patient.home.secrets / "django.key"
    since = said if said.exists() else secret
    if patient.member or not since.exists():
        return
    days = int((time.time() - since.stat().st_mtime) // 86_400)
    if days >= OLD_DAYS:
        what = f"the last backup is {days} days old" if said.exists() else "there was no backup yet"
        yield Finding("backup", LAST, what, "make one: `commonroll backup --to FILE`", Weight.NOTE)


def field_key(patient: Patient) -> Iterator[Finding]:
    """The key that opens what phones sealed is readable, where there is one."""
    if patient.member or not (patient.home.secrets / "field.key").exists():
        return
    try:
        field_keys.sealing_key(patient.home)
    except Refusal as refusal:
        yield Finding("secret", "secrets/field.key", refusal.what, refusal.next_step)
