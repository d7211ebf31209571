"""Runs command lines one after the other in one process: a JSON list of word lists in, one of results out.

Used on a home of its own, since Django takes its home once a process. Three words that are no commands:
`sample HOME MEMBER` marks the member's vault as holding invented people, `back HOME MIGRATION` takes the home
to an older version, `sql HOME STATEMENT` gives what the statement does to its database.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from commonroll.cli import main
from commonroll.roll.vault.vault import Vault


def run(words: list[str]) -> dict[str, object]:
    out, err = StringIO(), StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words, standalone_mode=True)
        except SystemExit as end:
            code = end.code
    return {"words": words, "code": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def mark_sample(home: str, member: str) -> None:
    Vault(Path(home) / "vaults", member).mark_sample()


def back(home: str, migration: str) -> None:
    call_command("migrate", "server", migration, verbosity=0)


def sql(home: str, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(Path(home) / "commonroll.sqlite3")) as db, db:
        return db.execute(statement).fetchall()


SPECIAL = {"sample": mark_sample, "back": back, "sql": sql}


def does(words: list[str]) -> dict[str, object]:
    if words[0] not in SPECIAL:
        return run(words)
    said = SPECIAL[words[0]](*words[1:])  # type: ignore[operator]
    return {"words": words, "code": 0, "stdout": json.dumps(said), "stderr": ""}


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    json.dump([does(line) for line in json.load(sys.stdin)], sys.stdout)
