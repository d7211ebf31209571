"""Several processes on one real database: `journal_writer.py ROWS`.

Run by tests with `COMMONROLL_HOME` (and `DATABASE_URL` for PostgreSQL) in the environment. Every piece of
work is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
import time

import django
from forks import ended, forked

os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402

from commonroll.server import journal, startup  # noqa: E402
from commonroll.server.actions import diary, federation  # noqa: E402
from commonroll.server.actor import Actor  # noqa: E402
from commonroll.server.models import Journal  # noqa: E402

MACHINE = Actor.command_line()


def begin() -> None:
    startup.migrate()
    federation.begin(home=settings.HOME, name="Two writers", origin="test.commonroll.invalid", by=MACHINE)


def row() -> Journal:
    return journal.record(
        log=federation.FEDERATION_LOG,
        type="log.key",
        keys={"member": "federation", "vkey": federation_vkey(), "state": "added"},
        owner="federation",
    )


def federation_vkey() -> str:
    return diary.log_folder(home=settings.HOME, log=federation.FEDERATION_LOG, by=MACHINE)[1]


def write(rows: int) -> None:
    """So many rows, each in a transaction of its own; every third transaction is undone after its row."""
    for number in range(rows):
        with transaction.atomic():
            row()
            transaction.set_rollback(number % 3 == 2)


def write_outside() -> None:
    """Say how a row is refused that no transaction would undo."""
    try:
        row()
    except Exception as refused:
        print(json.dumps(str(refused)), flush=True)  # noqa: T201
    else:
        print(json.dumps("written"), flush=True)  # noqa: T201


def fold(seconds: float) -> None:
    """Fold again and again, as a sequencer does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        startup.fold(settings.HOME)
        time.sleep(0.02)


def report() -> None:
    """What stands in the journal and whether the log that was folded from it verifies."""
    startup.fold(settings.HOME)
    rows = list(Journal.objects.order_by("pk"))
    verdict = diary.verify(home=settings.HOME, log=federation.FEDERATION_LOG, by=MACHINE)
    found = {
        "rows": len(rows),
        "indexes": [r.index for r in rows],
        "times": [r.at.isoformat() for r in rows],
        "verifies": verdict.ok,
    }
    print(json.dumps(found), flush=True)  # noqa: T201


def main(rows: int) -> None:
    ended(forked(begin))
    ended(forked(lambda: write(rows)), forked(lambda: write(rows)), forked(lambda: fold(1.5)))
    ended(forked(report))
    ended(forked(write_outside))


if __name__ == "__main__":
    main(int(sys.argv[1]))
