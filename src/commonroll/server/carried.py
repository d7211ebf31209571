"""What an extract asks, and how its file is made: rows as they are, pieces of mail, an audience for ads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.agreements.profile import CARRIERS
from commonroll.flow import Made
from commonroll.server.home import Home
from commonroll.server.models import AnswerBatch, Extract, Member
from commonroll.views import audience, mail_file
from commonroll.views.export import ExportFile, Format
from commonroll.views.lent import Record
from commonroll.views.made_files import CameTo
from commonroll.views.universe import parse
from commonroll.views.view import Plan, Question

Kind = Extract.Kind

OPTIONAL: Mapping[str, tuple[str, ...]] = {Kind.MAIL: mail_file.OPTIONAL, Kind.AUDIENCE: audience.COLUMNS}
"""Columns that are empty where an owner does not give them, by kind of file."""

COLUMNS: Mapping[str, tuple[str, ...]] = {Kind.MAIL: mail_file.COLUMNS, Kind.AUDIENCE: audience.COLUMNS}
PURPOSE_OF: Mapping[str, str] = {Kind.MAIL: "mail", Kind.AUDIENCE: "ads"}


def question_of(extract: Extract) -> Question:
    """The question whose rows the extract has, without its list."""
    return Question(
        viewer=extract.viewer.key,
        purpose=extract.purpose,
        mode="export",
        where=parse(extract.where) if extract.where.strip() else None,
        columns=tuple(extract.columns),
        optional=frozenset(OPTIONAL.get(extract.kind, ())),
        cause=extract.cause if extract.purpose in CARRIERS else "",
    )


def keys_of(home: Home, extract: Extract) -> Path:
    """Where it is kept whose rows a file of mail or ads was made of."""
    return home.mailings / f"{extract.pk}.parquet"


def beside(home: Home, extract: Extract) -> dict[str, Any]:
    """What a file takes besides its rows: for mail, what of the member's came back."""
    return {"back": came_back(home, extract.viewer)} if extract.kind == Kind.MAIL else {}


def mailed(home: Home, member: Member) -> list[tuple[Path, Extract]]:
    """Mail files of a member, and where it is kept whose pieces they are."""
    made = Extract.objects.filter(viewer=member, kind=Kind.MAIL, state=Extract.State.DONE)
    return [(keys, one) for one in made if (keys := keys_of(home, one)).exists()]


def back_of(home: Home, batch: AnswerBatch) -> Path:
    """The codes that a sheet of returned mail brought, which come once."""
    return home.mailings / f"back-{batch.pk.hex}.parquet"


def came_back(home: Home, member: Member) -> mail_file.Back:
    """A member's mail that came back, by sheets that stand."""
    stand = AnswerBatch.objects.filter(member=member, kind=AnswerBatch.Kind.MAIL, undone_at=None)
    codes = [path for one in stand if (path := back_of(home, one)).exists()]
    return mail_file.Back([keys for keys, _ in mailed(home, member)], codes)


def made_of(home: Home, extract: Extract) -> Made | None:
    """What writes the extract's file, and notes on the extract what it came to; None for rows as they are."""
    writers: dict[str, Callable[..., tuple[ExportFile, CameTo]]] = {
        Kind.MAIL: mail_file.write, Kind.AUDIENCE: audience.write,
    }  # fmt: skip
    write = writers.get(extract.kind)
    if write is None:
        return None
    more = beside(home, extract) | ({"file": extract.code} if extract.kind == Kind.MAIL else {})

    def made(
        plan: Plan, path: Path, fmt: Format, still: Callable[[], None], record: Record | None
    ) -> ExportFile:
        file, came_to = write(plan, path, fmt, still, record, keys_of(home, extract), **more)
        extract.made = as_dict(came_to)
        return file

    return made


def as_dict(came_to: CameTo) -> dict[str, Any]:
    """What a file came to, as one JSON document."""
    persons = sum(came_to.persons.values())
    return {"pieces": came_to.pieces, "persons": persons, "left_out": dict(came_to.left_out)}


def forget(home: Home, extract: Extract) -> None:
    """Delete whose rows they were: their codes lead nowhere from now on."""
    keys_of(home, extract).unlink(missing_ok=True)


def forget_voters(home: Home, owner: str, voters: Sequence[str]) -> int:
    """Take voters of an owner out of what is kept of files for mail and ads; how many files had them.

    A code of theirs leads to the others of its piece, or nowhere.
    """
    done = 0
    for path in sorted(home.mailings.glob("*.parquet")):
        rows = pq.read_table(path)
        if "owner" not in rows.column_names:
            continue
        theirs = pc.and_(
            pc.equal(rows["owner"], owner),
            pc.is_in(rows["state_voter_id"], value_set=pa.array(voters, pa.string())),
        )
        if pc.any(theirs).as_py():
            aside = path.with_name(f".{path.name}.part")
            pq.write_table(rows.filter(pc.invert(theirs)), aside, compression="zstd")
            aside.chmod(0o600)
            aside.replace(path)
            done += 1
    return done
