"""Voters whose row changed between two times, of those and by those columns that the key's member may read.

A column that is not granted says nothing, not even that it changed. The rows leave as those of a list do: by
an extract, with receipts, quotas and words of owners, and while agreements are in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.models import Extract
from commonroll.server.van import job_files, left_voters
from commonroll.server.van.change_fields import heads
from commonroll.server.van.file_jobs import Work
from commonroll.server.van.list_file import CHANGES, COLUMNS
from commonroll.server.van.reading import OfOwner, Reading

KEY = "state_voter_id"


def do(work: Work, since: datetime, until: datetime, inactive: bool) -> None:
    """Make the extract of a job, or an empty file where nothing changed; `inactive`: who left is told too."""
    reading = Reading(work.key)
    _there(work, reading, since, until)
    if inactive:
        left_voters.do(work, reading, since, until)


def _there(work: Work, reading: Reading, since: datetime, until: datetime) -> None:
    found, read = list[pa.Table](), dict[str, list[str]]()
    for owner in reading.owners:
        of = reading.of(owner)
        columns = [column for column in COLUMNS.values() if of.grants(column)]
        voters = changed(of, columns, since, until) if of.has_roll else None
        if voters is not None and voters.num_rows:
            read[owner.key] = [f"voters.{column}" for column in columns]
            found.append(voters.append_column("owner", pa.repeat(owner.key, voters.num_rows)))
    work.job.report["rows"] = 0
    if not found:
        head = ",".join(heads("Contacts")) + "\n"
        work.job.files = [job_files.written(work.home, work.job, [head.encode()])]
        return
    granted = [
        column for column in COLUMNS.values() if all(f"voters.{column}" in known for known in read.values())
    ]
    name = _members(work.home.lists, found)
    extract = _extract(work, name, read, granted, until)
    work.job.report |= {"rows": extract.rows, "extract": str(extract.pk)}
    work.job.files = [name]


def changed(of: OfOwner, columns: Sequence[str], since: datetime, until: datetime) -> pa.Table | None:
    """state_voter_id of the voters who came or changed in these columns from the one time to the other.

    Where no version of the roll is kept that old, they are all of them: none is missed.
    """
    vault = Vault(of.reading.home.vaults, of.owner.key)
    kept = vault.snapshots()
    new = next((one for one in kept if one.made_at <= until), None)
    old = next((one for one in kept if one.made_at <= since), None)
    if new is None or (old is not None and old.number == new.number):
        return None
    files = [vault.files(new, "voters"), vault.files(old, "voters") if old else ()]
    with closing(engine()) as cursor, ExitStack() as leases:
        for one in filter(None, (new, old)):
            leases.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        names = [KEY, *columns]
        rows = backend.read_parquet(list(files[0])).select(*names)
        if files[1]:
            rows = rows.difference(backend.read_parquet(list(files[1])).select(*names), distinct=True)
        found: pa.Table = backend.to_pyarrow(rows.select(KEY).distinct())
    return found


def _members(folder: Path, found: Iterable[pa.Table]) -> str:
    """The persons as the file of a list; its name."""
    rows = pa.concat_tables(found).select(["owner", KEY])
    rows = rows.cast(pa.schema([("owner", pa.string()), (KEY, pa.string())]))
    rows = rows.sort_by([("owner", "ascending"), (KEY, "ascending")])
    name = f"changes-{uuid4().hex}.parquet"
    pq.write_table(rows.append_column("place", pa.array(np.arange(rows.num_rows), pa.int64())), folder / name)
    return name


def _extract(
    work: Work, name: str, read: dict[str, list[str]], columns: Sequence[str], until: datetime
) -> Extract:
    extract = questions.ask_extract(
        viewer=work.job.member, purpose=work.job.purpose, where="", columns=columns or ["member"],
        format="parquet", by=work.actor,
    )  # fmt: skip
    extract.listed = {
        "id": 0, "name": "what changed", "file": name, "read": read, "type": CHANGES, "changes": work.job.pk,
        "at": until.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }  # fmt: skip
    extract.save(update_fields=["listed"])
    questions.run_extract(home=work.home, extract=extract, by=work.actor)
    return extract
