"""A list comes in: matched to the member's roll, written as facts, contacts and numbers, undone as one.

What is sure becomes facts of voters; what is not becomes contacts, with the same facts. The import's event is
written last: until then nothing of it counts. The rows stay in the vault as they came, for its owner alone.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import models
from commonroll.identity.lists import matching
from commonroll.identity.lists.look import Look, look
from commonroll.identity.lists.people import make_people
from commonroll.identity.lists.report import MatchReport, report
from commonroll.identity.model import Model
from commonroll.insight import import_optouts
from commonroll.insight.import_facts import lived, said, view, with_households
from commonroll.insight.import_list import Import, imports_of
from commonroll.insight.import_terms import ImportTerms
from commonroll.roll.engine import engine
from commonroll.roll.places.places import places_file
from commonroll.roll.schema import CONTACTS, FACTS, IMPORTS, OPTOUTS, REACHABLES, VOTERS
from commonroll.roll.vault.bulk import room_on_disk
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Snapshot, Vault

KEPT = "lists"
"""Folder of a vault: for each import its rows as they came, what they were matched to, and the report."""

CONTACT_KINDS: Mapping[str, str] = {"donors": "donor", "volunteers": "volunteer"}
"""Kind of import to the kind of contact that an unmatched row becomes; of others `unmatched`."""

HYGIENE = "hygiene"
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Looked:
    """A list's terms and what its columns were taken for; `folder` holds its rows."""

    terms: ImportTerms
    look: Look
    folder: Path
    import_id: str

    def as_dict(self) -> dict[str, Any]:
        """What was told of the list so far, JSON-ready; no cell of it."""
        listed = self.look.listed
        return {
            "name": listed.name,
            "rows": listed.rows,
            "refused": listed.refused,
            "notes": list(listed.notes),
            "columns": [column.as_dict() for column in self.look.columns],
        }


@dataclass(frozen=True)
class Found:
    """A list that was matched: its report, and files of the run below `folder`; nothing is kept yet.

    `people`: Parquet of the rows as people; `matched`: what they were matched to, `model`:
    the model that scored them.
    """

    looked: Looked
    report: MatchReport
    people: Path
    matched: Path
    model: Path

    @property
    def terms(self) -> ImportTerms:
        return self.looked.terms


def first_look(
    vault: Vault,
    path: Path,
    terms: ImportTerms,
    *,
    folder: Path,
    import_id: str,
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    name: str | None = None,
    again: bool = False,
) -> Looked:
    """Read a list into `folder` and tell its columns; `columns`: column -> stated role.

    Raises Refusal for what is no list, for a list that came in before (unless `again`), or without a roll.
    """
    snapshot = _roll_of(vault)
    with vault.lease(snapshot):
        found = look(
            path,
            folder,
            voters=vault.files(snapshot, VOTERS.name),
            given=columns or {},
            sheet=sheet,
            name=name,
        )
    if not again:
        check_new(vault, found.listed.file_hash, found.listed.rows_hash, import_id)
    known = places_file(vault, snapshot) is not None
    told = with_households(found.columns, columns or {}, known=known)
    return Looked(terms, replace(found, columns=told), folder, import_id)


def _roll_of(vault: Vault) -> Snapshot:
    snapshot = vault.current()
    if snapshot is None:
        raise Refusal(
            "There is no roll to match a list to.",
            where=f"vault of {vault.member}",
            next_step="Load the state's file first.",
        )
    return snapshot


def check_new(vault: Vault, file_hash: str, rows_hash: str, import_id: str) -> None:
    """Raise Refusal where an import that stands has the same bytes, or the same rows in another file."""
    for one in imports_of(vault):
        if not one.stands or one.import_id == import_id:
            continue
        same_rows = (kept_report(vault, one.import_id) or {}).get("rows_hash") == rows_hash
        if one.file_hash == file_hash or same_rows:
            what = "This very file" if one.file_hash == file_hash else "A list of the same rows"
            raise Refusal(
                f"{what} came in on {one.added_at:%Y-%m-%d} and stands.",
                where=f"import {one.import_id}",
                next_step="Undo that import first, or say that the list is meant to come in again (--again).",
            )


def find(
    vault: Vault, looked: Looked, *, model: Model | None = None, progress: Progress | None = None
) -> Found:
    """Match a list to the member's current roll; writes only into the list's own folder."""
    snapshot, terms = _roll_of(vault), looked.terms
    people_file = looked.folder / "people.parquet"
    suppressed = vault.suppressed()
    roll = matching.Roll(
        member=vault.member,
        state=snapshot.state,
        voters=vault.files(snapshot, VOTERS.name),
        as_of=snapshot.made_at.date(),
        hidden=suppressed.filter(pc.equal(suppressed["channel"], EVERYTHING)).select(["state_voter_id"]),
    )
    with room_on_disk(f"vault of {vault.member}"), vault.lease(snapshot), closing(engine()) as con:
        people = make_people(
            con, looked.look.listed.path, looked.look.columns,
            dated_on=terms.dated_on, home_state=snapshot.state, last_first=looked.look.last_first,
        )  # fmt: skip
        people.check_somebody()
        matched = matching.match(
            con, roll, import_id=looked.import_id, dated_on=terms.dated_on, work=looked.folder, model=model,
            progress=progress,
        )  # fmt: skip
        made = report(
            con, looked.look.listed, looked.look.columns, people, matched,
            snapshot=snapshot.number, dated_on=terms.dated_on,
        )  # fmt: skip
        _copy(con, "SELECT * FROM people ORDER BY line", people_file)
    return Found(looked, made, people_file, matched.path, matched.scored_by)


def keep(vault: Vault, found: Found, *, by: str, now: datetime, again: bool = False) -> dict[str, int]:
    """Write what a list brought: facts, contacts, numbers, and at last the import; how many rows of each.

    Repeated after a crash it writes what is missing. A list of kind hygiene brings no row at all. Raises
    Refusal where the same list came in meanwhile.
    """
    listed, terms, import_id = found.looked.look.listed, found.terms, found.looked.import_id
    with vault.lock(wait=20, doing=f"importing {import_id}"), room_on_disk(f"vault of {vault.member}"):
        if not again:
            check_new(vault, listed.file_hash, listed.rows_hash, import_id)
        brought: dict[str, int] = {}
        asked: pa.Table | None = None
        if terms.kind != HYGIENE:
            asked = import_optouts.asked(vault, found.people, found.matched)
            for table, rows in (_events(vault, found, now) | _optouts(vault, found, asked, now)).items():
                vault.append_events(table, rows, now=now)
                brought[table] = rows.num_rows
        _put_aside(vault, found, asked)
        vault.append_events(IMPORTS.name, _event(found, "added", by=by, reason=None, now=now))
    return brought


def _events(vault: Vault, found: Found, now: datetime) -> dict[str, pa.Table]:
    terms = found.terms
    given = {
        "owner": vault.member,
        "import_id": found.looked.import_id,
        "kind": terms.fact_kind,
        "contact_kind": CONTACT_KINDS.get(terms.kind, "unmatched"),
        "source": terms.source,
        "licence": terms.licence,
        "basis": terms.basis,
        "dated_on": terms.dated_on,
        "at": now.astimezone(UTC).replace(tzinfo=None),
        "file": found.looked.look.listed.name,
    }
    text = (resources("commonroll.insight") / "import_rows.sql").read_text("utf-8")
    subjects, *asked = text.split("\n--------\n")
    with closing(engine()) as con:
        view(con, "people", found.people)
        view(con, "matched", found.matched)
        said(con, found.looked.look, terms)
        lived(con, vault)
        _run(con, subjects, given)
        tables = zip((FACTS.name, CONTACTS.name, REACHABLES.name), asked, strict=True)
        return {table: _run(con, select, given).to_arrow_table() for table, select in tables}


def _optouts(vault: Vault, found: Found, asked: pa.Table, now: datetime) -> dict[str, pa.Table]:
    rows = import_optouts.events(
        vault, found.looked.import_id, asked.to_pylist(), on=found.terms.dated_on,
        file=found.looked.look.listed.name, at=now,
    )  # fmt: skip
    return {OPTOUTS.name: rows} if rows.num_rows else {}


def _run(con: duckdb.DuckDBPyConnection, text: str, given: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """Execute with those parameters that the text names: the engine refuses others."""
    text = re.sub(r"^ *-- .*$", "", text, flags=re.MULTILINE)
    named = {name: value for name, value in given.items() if re.search(rf"\${name}\b", text)}
    return con.execute(text, named)


def _put_aside(vault: Vault, found: Found, asked: pa.Table | None) -> None:
    """Keep rows, matches, the model that scored them and report in the vault; of a hygiene list the report
    alone.

    Rows of people whom no read may show do not stay.
    """
    folder = vault.path / KEPT / found.looked.import_id
    fresh = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    if found.terms.kind != HYGIENE:
        with closing(engine()) as con:
            view(con, "list_rows", found.looked.look.listed.path)
            view(con, "matched", found.matched)
            shown = (
                "SEMI JOIN (SELECT line FROM matched WHERE verdict <> 'left_out') USING (line) ORDER BY line"
            )
            _copy(con, f"SELECT * FROM list_rows {shown}", fresh / "rows.parquet")
            _copy(
                con,
                "SELECT * EXCLUDE (home_voter) FROM matched WHERE verdict <> 'left_out' ORDER BY line",
                fresh / "matched.parquet",
            )
        models.write(models.load(found.model), fresh / found.model.name)
    if asked is not None and asked.num_rows:
        pq.write_table(asked, fresh / import_optouts.FILE)
    (fresh / "report.json").write_text(json.dumps(found.report.as_dict(), indent=1) + "\n", "utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    fresh.replace(folder)


def kept_report(vault: Vault, import_id: str) -> dict[str, Any] | None:
    """The report of an import as its vault keeps it; None where there is none."""
    path = vault.path / KEPT / import_id / "report.json"
    if not re.fullmatch(r"[0-9a-f-]{8,40}", import_id) or not path.exists():
        return None
    made: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return made


def restore(vault: Vault, import_id: str, *, by: str, reason: str, now: datetime) -> Import:
    """Undo the undoing of an import: what it brought counts again.

    Raises Refusal where there is no such import, where it stands, or where the same list came in meanwhile.
    """
    with vault.lock(wait=20, doing=f"restoring import {import_id[:40]}"):
        found = next((one for one in imports_of(vault) if one.import_id == import_id), None)
        if found is None or found.stands:
            raise Refusal(
                "There is no such import that was undone.",
                where=f"vault of {vault.member}, imports",
                next_step="See the list of imports.",
            )
        rows_hash = str((kept_report(vault, import_id) or {}).get("rows_hash", ""))
        check_new(vault, found.file_hash, rows_hash, import_id)
        at = max(now, found.withdrawn_at or now)
        row = {name: getattr(found, name) for name in _TERMS} | {
            "event_id": _event_id(import_id, "restored", found.withdrawn_at),
            "action": "added", "by": by, "reason": reason.strip() or None, "at": at,
        }  # fmt: skip
        vault.append_events(IMPORTS.name, pa.Table.from_pylist([{name: row[name] for name in IMPORTS.names}]))
    return next(one for one in imports_of(vault) if one.import_id == import_id)


_TERMS = ("import_id", "kind", "source", "licence", "basis", "dated_on", "file_name", "file_hash", "rows")


def _event(found: Found, action: str, *, by: str, reason: str | None, now: datetime) -> pa.Table:
    terms, listed = found.terms, found.looked.look.listed
    row = {
        "event_id": _event_id(found.looked.import_id, action, None),
        "import_id": found.looked.import_id,
        "action": action,
        "kind": terms.kind,
        "source": terms.source,
        "licence": terms.licence,
        "basis": terms.basis,
        "dated_on": terms.dated_on,
        "file_name": listed.name,
        "file_hash": listed.file_hash,
        "rows": listed.rows,
        "by": by,
        "reason": reason,
        "at": now,
    }
    return pa.Table.from_pylist([{name: row[name] for name in IMPORTS.names}])


def _event_id(import_id: str, action: str, after: datetime | None) -> str:
    told = "|".join((import_id, action, after.isoformat() if after else ""))
    return sha256(told.encode()).hexdigest()


def _copy(con: duckdb.DuckDBPyConnection, select: str, to: Path) -> None:
    where = str(to).replace("'", "''")
    con.execute(f"COPY ({select}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
