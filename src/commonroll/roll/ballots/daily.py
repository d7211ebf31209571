"""A day's file of ballots under way: read and judged as every delivery, then added to what is known.

What a file says anew is appended (`ballot_events`); the table `ballots` is what all files come to and stands
in the next snapshot, whose manifest row is the last thing written. A load that dies before leaves the day
before; what it had appended is known when the file comes again.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal

from ..engine import engine, ibis_engine
from ..gate import gate, reports
from ..gate.figures import figures
from ..gate.gate import GateReport
from ..layout.layout import Layout
from ..load import Accept, LoadResult, Progress, files_of, into, layouts_judged, place_to_work, silent
from ..schema import BALLOT_EVENTS, BALLOT_FILES, BALLOTS, REFUSED, VOTERS
from ..sql_files import filled
from ..staging.full_disk import room_to_load
from ..staging.staging import Candidate, stage
from ..vault.owner import PLACES
from ..vault.vault import Snapshot, Vault
from . import counties

OPENED_YEARS = 4
"""Years before an election: an older request is no request for it, not even a standing one."""
PRINTED_DAYS = 90
"""Days before an election: no ballot is printed earlier; those for voters abroad leave 45 days before."""
LAST = datetime.date(9999, 12, 31)


@dataclass(frozen=True)
class Day:
    """Which day's file it is: of which election, and between which days its dates can be."""

    election: datetime.date
    as_of: datetime.date
    opened: datetime.date
    printed: datetime.date

    @classmethod
    def of(
        cls,
        election: datetime.date,
        as_of: datetime.date,
        *,
        opened: datetime.date | None = None,
        printed: datetime.date | None = None,
        today: datetime.date,
    ) -> Day:
        """Raises Refusal for a day that is not over yet, and for days out of order."""
        if as_of > today:
            raise Refusal(
                "A file cannot be of a day that is still to come.", where=f"as of {as_of}",
                next_step="Name the day on which the county or state made the file.",
            )  # fmt: skip
        opened = opened or election - datetime.timedelta(days=365 * OPENED_YEARS)
        printed = printed or election - datetime.timedelta(days=PRINTED_DAYS)
        if not opened <= printed <= election or as_of < opened:
            raise Refusal(
                "Requests open, then ballots are printed, then the election comes; a file is of a day after "
                "requests opened.",
                where=f"opened {opened}, printed {printed}, election {election}, as of {as_of}",
                next_step="Correct the days.",
            )
        return cls(election, as_of, opened, printed)


@dataclass(frozen=True)
class Taken:
    """What came of a day's file: the load, and `changed` voters of whom it said something new; `earlier`
    lines of a voter's other ballots, `elsewhere` lines of other elections, `off_roll` voters not on the roll,
    `doubtful` voters with a day that cannot be, `gone` voters of earlier files of whom it says nothing."""

    result: LoadResult
    lines: int = 0
    voters: int = 0
    changed: int = 0
    earlier: int = 0
    elsewhere: int = 0
    off_roll: int = 0
    doubtful: int = 0
    gone: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The counts, JSON-ready."""
        names = ("lines", "voters", "changed", "earlier", "elsewhere", "off_roll", "doubtful", "gone")
        return {name: getattr(self, name) for name in names}


def take(
    vault: Vault,
    paths: Sequence[Path],
    day: Day,
    *,
    load_id: str | None = None,
    layout: str | None = None,
    piece: bool = False,
    shorter_is_right: bool = False,
    dry_run: bool = False,
    accept: Accept = "gate",
    progress: Progress | None = None,
    now: datetime.datetime,
) -> Taken:
    """Take a day's file or files of ballots for one election into `vault`.

    `piece`: they hold some counties alone. `shorter_is_right`: take them though they have fewer voters than
    the day before. Raises Refusal for files that are none of ballots, cannot be read, are of an earlier day
    than is known, or are shorter; for a full disk; VaultBusy where another load runs. The vault is then as it
    was.
    """
    name = load_id or f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    tell = progress or silent
    head = vault.current()
    if head is None or not head.rows.get(VOTERS.name):
        raise Refusal(
            "Ballots are of voters, and there is no roll yet.", where=f"vault of {vault.member}",
            next_step="Load the registration files first (`commonroll load`).",
        )  # fmt: skip
    with room_to_load(vault), place_to_work(vault, name, dry_run) as work:
        tell("opening", 0.0)
        files, not_read = files_of(vault, paths, work, head.state, layout)
        layouts = layouts_judged(files)
        _of_ballots(layouts)
        candidate = stage(files, work, member=vault.member, as_of=LAST, progress=tell)
        tell("checking", 0.9)
        delivered = candidate.tally.delivered()
        report = gate.judge(
            figures(ibis_engine(), candidate.staged), layouts=layouts, at=now, sample=vault.sample,
            delivered=replace(delivered, files=(*delivered.files, *not_read)),
        )  # fmt: skip
        head = vault.current() or head  # under the lock now
        with vault.lease(head), closing(engine()) as con:
            told = _Told(con, vault, head, candidate, layouts, day, piece)
            told.read()
            if not shorter_is_right:
                told.check_length()
            taken = told.counted(LoadResult(name, report.verdict, report, None))
            if dry_run:
                return taken
            held = report.verdict == "quarantine" and accept != "quarantine"
            refused = [into(vault, REFUSED.name, path) for path in candidate.refused]
            if report.verdict == "refuse" or held:
                vault.keep_refused(name, refused)
                reports.write(vault, name, report, reports.figures_of(vault, head), ())
                return taken
            tell("publishing", 0.96)
            made = told.publish(name, refused, report, layouts, now)
    tell("done", 1.0)
    return replace(taken, result=replace(taken.result, snapshot=made))


def _of_ballots(layouts: Sequence[Layout]) -> None:
    wrong = sorted(one.key for one in layouts if one.table.name != BALLOTS.name)
    if wrong or not layouts:
        raise Refusal(
            "These are not files of ballots under way.", where=", ".join(wrong) or "no file",
            next_step="Name absentee or early-vote files alone; `commonroll load` takes the others.",
        )  # fmt: skip


class _Told:
    """One day's file beside what is known, as tables of one cursor: said, known, fresh, now_known."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        vault: Vault,
        head: Snapshot,
        candidate: Candidate,
        layouts: Sequence[Layout],
        day: Day,
        piece: bool,
    ) -> None:
        self.con, self.vault, self.head, self.day, self.piece = con, vault, head, day, piece
        self.staged = [str(path) for path in candidate.staged.get(BALLOTS.name, ())]
        self.by_dates = all("returned" not in one.codes.get("status", {}).values() for one in layouts)
        self.voters = vault.files(head, VOTERS.name)
        self.current = vault.files(head, BALLOTS.name)
        self.events = vault.event_files(BALLOT_EVENTS.name)
        self.files = counties.files_of(vault, day.election)
        self.per_county: list[tuple[Any, ...]] = []

    def read(self) -> None:
        """Make the tables; nothing is written."""
        days = self.day
        given = {name: getattr(days, name) for name in ("election", "as_of", "opened", "printed")}
        self._make("said", self._sql("said"), given)
        self._make("known", self._sql("known"), {"election": days.election})
        self._seed()
        self._make("fresh", self._sql("fresh"), {})
        self.per_county = self.con.execute(self._sql("counted"), {"as_of": days.as_of}).fetchall()
        self._in_order()

    def _seed(self) -> None:
        """Ballots of the election that stand in the roll and in no daily file."""
        self._make(
            "seeds",
            """
            SELECT state_voter_id, requested_on, sent_on, returned_on, status, reason, '' AS doubtful,
                as_of
            FROM read_parquet($current) ANTI JOIN known USING (state_voter_id)
            WHERE election_date = $election
            QUALIFY row_number() OVER (
                PARTITION BY state_voter_id
                ORDER BY status IN ('accepted', 'cured') DESC, status = 'spoiled', sent_on DESC NULLS LAST
            ) = 1""",
            {"current": list(self.current), "election": self.day.election},
        )
        self.con.execute("INSERT INTO known SELECT * FROM seeds")

    def _make(self, name: str, asked: str, given: Mapping[str, Any]) -> None:
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {asked}", dict(given))

    def _sql(self, name: str) -> str:
        return filled(
            __package__,
            name,
            {
                "staged": _list(self.staged),
                "voters": _list(self.voters),
                "events": _list(self.events) if self.events else "no_events",
                "by_dates": str(self.by_dates),
            },
        ).replace("read_parquet(no_events)", _NO_EVENTS)

    def _count(self, asked: str, **given: Any) -> int:
        found = self.con.execute(asked, given).fetchone()
        assert found is not None
        return int(found[0])

    def _in_order(self) -> None:
        """Files come in the order of their days, county by county."""
        here = {row[0] for row in self.per_county}
        last = max((one.as_of for one in self.files if one.fips in here), default=None)
        if last is not None and last > self.day.as_of:
            raise Refusal(
                "A file of a later day is known already; what an earlier one says would not be so any more.",
                where=f"as of {self.day.as_of}, known as of {last}",
                next_step="Load the newest file; it says all that the earlier ones did.",
            )

    def check_length(self) -> None:
        """Refused where the file has fewer voters than the one before it: it may have been cut off."""
        here = {row[0]: row[1] for row in self.per_county}
        words = counties.words_of([one for one in self.files if one.as_of <= self.day.as_of])
        before = {fips: word.voters for fips, word in words.items() if not self.piece or fips in here}
        now, then = sum(here.values()), sum(before.values())
        if now < then:
            raise Refusal(
                f"This file has {now:,} voters with a ballot, the ones before had {then:,}. Ballots do not "
                "vanish: it may be cut off, or of some counties alone.",
                where=f"as of {self.day.as_of}",
                next_step="Get the file again; or repeat with --piece if it holds some counties, or with "
                "--shorter-is-right if this is all there is.",
            )

    def counted(self, result: LoadResult) -> Taken:
        """The file in counts."""
        given = {"staged": self.staged, "election": self.day.election}
        rows = "FROM read_parquet($staged) WHERE coalesce(election_date, $election)"
        here = self._count(f"SELECT count(*) {rows} = $election", **given)
        elsewhere = self._count(f"SELECT count(*) {rows} <> $election", **given)
        voters = self._count("SELECT count(*) FROM said")
        gone = self._count("SELECT count(*) FROM known ANTI JOIN said USING (state_voter_id)")
        of = {row[0]: row for row in self.per_county}
        off_roll = self._count(
            "SELECT count(*) FROM said ANTI JOIN read_parquet($voters) USING (state_voter_id)",
            voters=list(self.voters),
        )
        return Taken(
            result, here + elsewhere, voters, sum(row[6] for row in of.values()), here - voters, elsewhere,
            off_roll, sum(row[5] for row in of.values()), 0 if self.piece else gone,
        )  # fmt: skip

    # Writing

    def publish(
        self,
        name: str,
        refused: Sequence[Path],
        report: GateReport,
        layouts: Sequence[Layout],
        now: datetime.datetime,
    ) -> Snapshot:
        """Append what is new, then make the snapshot in which `ballots` is what it comes to; the current one
        where that is the same."""
        self._append_events(name, now)
        self._append_counts(name, now)
        path = self.vault.stage(BALLOTS.name)
        if self._written_alike(path):
            path.unlink()
            self.vault.keep_refused(name, refused)
            reports.write(self.vault, name, report, reports.figures_of(self.vault, self.head), ())
            return self.head
        before = reports.figures_of(self.vault, self.head)
        kept = figures(ibis_engine(), {BALLOTS.name: [path]}).over(before)
        reports.write(self.vault, name, report, kept, ())
        self._keep_places()
        return self.vault.publish(
            {BALLOTS.name: [path], REFUSED.name: refused},
            parent=self.head.number,
            load=name,
            state=self.head.state,
            layouts=sorted(one.key for one in layouts),
            now=now,
        )

    def _append_events(self, name: str, now: datetime.datetime) -> None:
        rows = """
            SELECT
                md5(concat_ws('|', state_voter_id, $election, as_of, status, doubtful, requested_on, sent_on,
                    returned_on, reason, $load)) AS event_id,
                $owner AS owner, state_voter_id, $election AS election_date, requested_on, sent_on,
                returned_on, status, reason, doubtful, as_of, $load AS load, told_at AS loaded_at
            FROM (
                SELECT *, $as_of AS as_of, $now AS told_at FROM fresh
                UNION ALL BY NAME
                SELECT *, $then AS told_at FROM seeds
            )"""
        self._make(
            "events",
            rows,
            {
                "election": self.day.election, "as_of": self.day.as_of, "owner": self.vault.member,
                "load": name, "now": now, "then": self.head.made_at,
            },
        )  # fmt: skip
        if self._count("SELECT count(*) FROM events"):
            path = self.vault.stage(BALLOT_EVENTS.name)
            self.con.execute(f"COPY events TO {_text(path)} (FORMAT parquet, COMPRESSION zstd)")
            self.vault.append_file(BALLOT_EVENTS.name, path)

    def _append_counts(self, name: str, now: datetime.datetime) -> None:
        known = {(one.as_of, one.fips): one for one in self.files}
        election, as_of = self.day.election, self.day.as_of
        rows: list[dict[str, Any]] = []
        for fips, voters, sent, returned, rejected, doubtful, changed, lag in self.per_county:
            there = known.get((as_of, fips))
            if there and (there.voters, there.sent, there.returned, there.rejected, there.doubtful) == (
                voters, sent, returned, rejected, doubtful,
            ):  # fmt: skip
                continue  # the same file again
            rows.append({
                "event_id": uuid4().hex, "election_date": election, "as_of": as_of, "county_fips": fips,
                "piece": self.piece, "voters": voters, "sent": sent, "returned": returned,
                "rejected": rejected, "doubtful": doubtful, "changed": changed, "lag": lag, "load": name,
                "loaded_at": now,
            })  # fmt: skip
        if rows:
            self.vault.append_events(BALLOT_FILES.name, pa.Table.from_pylist(rows))

    def _written_alike(self, path: Path) -> bool:
        """Write the table to `path`; whether the current one has the same rows."""
        self._make(
            "now_known",
            """
            SELECT state_voter_id, requested_on, sent_on, returned_on, status, reason, doubtful,
                $as_of AS as_of
            FROM fresh
            UNION ALL
            SELECT state_voter_id, requested_on, sent_on, returned_on, status, reason, doubtful, as_of
            FROM known ANTI JOIN fresh USING (state_voter_id)""",
            {"as_of": self.day.as_of},
        )
        self._make("folded", self._sql("ballots"), {"election": self.day.election})
        columns = ", ".join(BALLOTS.names)
        others = f"SELECT {columns} FROM read_parquet({_list(self.current)}) WHERE election_date IS DISTINCT "
        others += f"FROM DATE '{self.day.election}'"
        asked = f"SELECT {columns} FROM folded UNION ALL ({others})"
        self.con.execute(f"COPY ({asked}) TO {_text(path)} (FORMAT parquet, COMPRESSION zstd)")
        sums = f"SELECT count(*), coalesce(sum(hash({columns})::HUGEINT), 0) FROM read_parquet"
        new = self.con.execute(f"{sums}({_list([path])})").fetchone()
        return new == self.con.execute(f"{sums}({_list(self.current)})").fetchone()

    def _keep_places(self) -> None:
        """Doors and households are of voters, who stay: the next snapshot has the places of this one."""
        places = self.vault.path / PLACES
        following = max(self.vault.catalogue.numbers()) + 1
        old, new = (places / f"{number:08}.parquet" for number in (self.head.number, following))
        if old.exists():
            new.unlink(missing_ok=True)
            os.link(old, new)


_NO_EVENTS = """(
    SELECT NULL::VARCHAR AS state_voter_id, NULL::DATE AS election_date, NULL::DATE AS requested_on,
        NULL::DATE AS sent_on, NULL::DATE AS returned_on, NULL::VARCHAR AS status, NULL::VARCHAR AS reason,
        NULL::VARCHAR AS doubtful, NULL::DATE AS as_of, NULL::TIMESTAMPTZ AS loaded_at
    WHERE false
)"""


def _list(paths: Sequence[Path | str]) -> str:
    """Paths as a list of SQL; the program itself made them."""
    return "[" + ", ".join(_text(path) for path in paths) + "]::VARCHAR[]"


def _text(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
