"""A list's rows matched to a roll: by the state's id where its name agrees, else by score.

Only voters who share something with a row are looked at, so that a list costs what it needs and not what the
roll has. Rows of one name do not compete for a voter: somebody who gave twice stands twice on a list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from pathlib import Path

import duckdb
import ibis
import ibis.expr.operations as ops
import pyarrow as pa

from commonroll.roll.sql_files import filled, text_of

from .. import fitting, link, models, names, records, verdicts
from ..model import Model

OFFERED = 3
"""Alternatives at most for a row that is unsure."""
LEAST = 0.05
"""Probability from which on a voter is offered as one."""

BELIEVED = 0.5
"""Least share of ids whose name agrees; below it the column is shifted, or of another roll."""
TRUSTED = 0.95
"""Least share of ids whose name agrees for ids that stand alone to count, too."""
CHECKED = 3
"""Ids that must be found before their column is judged."""

MODEL_FILE = "model.json"
"""The model that scored a list, beside what it was matched to (with its names, see `models.write`)."""

FITTED_ON = 250_000
"""Voters on whom a model is fitted, drawn by the hash of their ids; chances need no more."""

ID_REASONS = {"id_contradicts": "the id is one voter's, but name or birth date another's"}
NONE_REASONS = {
    "organization": "the row names an organization",
    "no_name": "the row holds no name, phone or e-mail that can be read",
    "nobody_alike": "nobody on the roll is enough alike",
}
REASONS = {**verdicts.REASONS, **ID_REASONS, **NONE_REASONS}
"""Why a row has no sure match, in words."""

Progress = Callable[[str, float], None]

_sql = partial(text_of, __package__)


@dataclass(frozen=True)
class Matched:
    """What a list's rows came to.

    `path`: a Parquet file with one row per row of the list: line, verdict (sure, unsure, household, none,
    left_out), state_voter_id, way (id, score), weight, probability, reason, alternatives (voter, weight,
    probability, gammas: the levels that the model found), home_voters, home_voter (one of the voters in the
    household that a row surely belongs to). The connection has the same as the
    table `matched`. `left_out`: the row is of somebody whom no read may show; nothing of it may be kept.

    `model`: the version that scored, as a file in `scored_by`; `notes`: what was told about ids;
    `candidates`: voters looked at.
    """

    path: Path
    model: str
    candidates: int
    notes: tuple[str, ...]
    scored_by: Path


@dataclass(frozen=True)
class Roll:
    """What a list is matched to: a member's `voters` (Parquet files), its state, the day they are of.

    `hidden`: state_voter_id of voters whom no read shows today; those flagged in the roll are so anyway.
    """

    member: str
    state: str
    voters: Sequence[str]
    as_of: date
    hidden: pa.Table | None = None


def match(
    con: duckdb.DuckDBPyConnection,
    roll: Roll,
    *,
    import_id: str,
    dated_on: date,
    work: Path,
    model: Model | None = None,
    progress: Progress | None = None,
) -> Matched:
    """Match the people in the connection's table `people`; files of the run stay below `work`."""
    return _Matching(con, roll, import_id, dated_on, work, progress or (lambda _what, _share: None)).done(
        model
    )


@lru_cache(maxsize=8)
def _judged(
    pairs: ibis.Schema, list_seen: ibis.Schema, roll_seen: ibis.Schema
) -> tuple[str, dict[str, pa.Table]]:
    """SQL of each pair with its verdict, of the tables `pairs`, `list_seen`, `roll_seen`, and the tables that
    it names beside these. Compiled once for tables of a kind: that takes longer than a short list."""
    seen = ibis.table(list_seen, name="list_seen"), ibis.table(roll_seen, name="roll_seen")
    judged = verdicts.verdicts(
        ibis.table(pairs, name="pairs").drop("line", "voter"), ibis.union(*seen), "list"
    )
    on_left = judged["member_l"].startswith(verdicts.LIST)
    asked = judged.select(
        line=ibis.ifelse(on_left, judged["record_l"], judged["record_r"]).cast("int64"),
        state_voter_id=ibis.ifelse(on_left, judged["record_r"], judged["record_l"]),
        weight=judged["match_weight"],
        probability=judged["match_probability"],
        gammas=ibis.struct({name: judged[name] for name in judged.columns if name.startswith("gamma_")}),
        verdict=judged["verdict"],
        reason=judged["reason"],
    )
    beside = {table.name: table.data.to_pyarrow(table.schema) for table in asked.op().find(ops.InMemoryTable)}
    return str(ibis.to_sql(asked, dialect="duckdb")), beside


class _Matching:
    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        roll: Roll,
        import_id: str,
        dated_on: date,
        work: Path,
        tell: Progress,
    ) -> None:
        self.con, self.roll, self.work, self.tell = con, roll, work, tell
        self.import_id, self.dated_on = import_id, dated_on
        self.listed, self.candidates = work / "list_records.parquet", work / "roll_records.parquet"
        self.backend = ibis.duckdb.from_connection(con)
        self.notes: list[str] = []

    def done(self, model: Model | None) -> Matched:
        self.tell("reading the list", 0.0)
        self._list_records()
        self.tell("finding voters who are alike", 0.1)
        found = self._roll_records()
        self.tell("comparing ids", 0.35)
        self._by_id()
        self.tell("counting chance agreement", 0.4)
        model = model or models.shipped()
        if model.fitted is None:
            model = fitting.fit(self.listed, self._sample(), model, models.shipped())
        path = self.work / "pairs.parquet"
        link.link(
            self.listed, self.candidates, model, path, whole=True,
            progress=lambda what, share: self.tell(what, 0.55 + share * 0.3),
        )  # fmt: skip
        self.tell("judging", 0.85)
        self._scored(path)
        matched = self.work / "matched.parquet"
        self._hidden()
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE homes AS {_sql('homes')}")
        made = _sql("matched").replace("$offered", str(OFFERED)).replace("$least", str(LEAST))
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE matched AS {made} ORDER BY line")
        self._copy("SELECT * FROM matched ORDER BY line", matched)
        self.tell("matched", 1.0)
        models.write(model, self.work / MODEL_FILE)
        return Matched(matched, model.version, found, tuple(self.notes), self.work / MODEL_FILE)

    def _list_records(self) -> None:
        """Link records of the list. Rows of one name are of different lists, so that they do not compete."""
        member = f"{verdicts.LIST}{self.import_id}"
        self.con.execute(
            """
            CREATE OR REPLACE TEMP TABLE listed_people AS
            SELECT
                $member || ':' || row_number() OVER (PARTITION BY first_name, last_name ORDER BY line)
                    AS member,
                line::VARCHAR AS state_voter_id,
                coalesce(residence_state, $state) AS state,
                * EXCLUDE (
                    line, voter_id, phones, emails, two_people, organization, county_name, optouts, outcome
                ),
                phones[1] AS phone,
                emails[1] AS email
            FROM people
            """,
            {"member": member, "state": self.roll.state},
        )
        records.write(records.records(self.backend.table("listed_people"), as_of=self.dated_on), self.listed)
        self._view("list_records", self.listed)

    def _roll_records(self) -> int:
        self._view("voters", *map(Path, self.roll.voters))
        names.prepare(self.con)
        length = self.con.execute("SELECT mode(length(state_voter_id)) FROM voters").fetchall()[0][0]
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE asked_ids AS "
            "SELECT voter_id FROM people WHERE voter_id IS NOT NULL "
            "UNION SELECT lpad(voter_id, $length, '0') FROM people "
            "WHERE regexp_full_match(voter_id, '[0-9]+') AND length(voter_id) < $length",
            {"length": length or 0},
        )
        self.length = int(length or 0)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {self._sql('candidates')}")
        alike = self.backend.table("alike")
        records.write(records.records(alike, self.roll.member, as_of=self.roll.as_of), self.candidates)
        found = int(self.con.execute("SELECT count(*) FROM alike").fetchall()[0][0])
        self.con.execute("DROP TABLE alike")
        self._view("roll_records", self.candidates)
        return found

    def _sample(self) -> Path:
        """Link records of voters drawn from the whole roll: chances among candidates alone would be high."""
        total = int(self.con.execute("SELECT count(*) FROM voters").fetchall()[0][0])
        every = max(1, total // FITTED_ON)
        drawn = self.work / "drawn.parquet"
        self.con.execute(
            "CREATE OR REPLACE TEMP VIEW drawn AS SELECT * FROM voters "
            f"WHERE hash(state_voter_id) % {every} = 0"
        )
        records.write(
            records.records(self.backend.table("drawn"), self.roll.member, as_of=self.roll.as_of), drawn
        )
        return drawn

    def _by_id(self) -> None:
        """The table `by_id`: ids that may be believed. Where most names disagree, none of the column is."""
        made = _sql("id_matches").replace("$length", str(self.length))
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE by_id AS {made}")
        named, found, agree, disagree, padded = (
            int(n or 0)
            for n in self.con.execute(
                "SELECT (SELECT count(voter_id) FROM people), count(*), count(*) FILTER (agrees), "
                "count(*) FILTER (NOT agrees), count(*) FILTER (padded) FROM by_id"
            ).fetchall()[0]
        )
        if not named:
            return
        self.notes.append(f"{found:,} of {named:,} voter ids are on the roll")
        if padded:
            self.notes.append(f"{padded:,} voter ids had lost the zeros in front of them")
        checked, bare = agree + disagree, found - agree - disagree
        if checked >= CHECKED and agree < BELIEVED * checked:
            self.notes.append(
                f"of {checked:,} ids only {agree:,} have the row's name: the column is shifted or of another "
                "roll, and none of it counts"
            )
            self.con.execute("DELETE FROM by_id")
            return
        if disagree:
            self.notes.append(f"{disagree:,} ids are of a voter with another name: those rows are unsure")
        if bare and agree >= TRUSTED * checked:
            self.con.execute("UPDATE by_id SET agrees = true WHERE agrees IS NULL")
            self.notes.append(f"{bare:,} rows have an id and no name to check it by: the id counts")
        self.con.execute("DELETE FROM by_id WHERE agrees IS NULL")

    def _hidden(self) -> None:
        """The table `hidden`: voters whom no read shows."""
        nobody = pa.schema([("state_voter_id", pa.string())]).empty_table()
        self.con.register("suppressed", self.roll.hidden if self.roll.hidden is not None else nobody)
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE hidden AS SELECT state_voter_id FROM suppressed "
            "UNION SELECT state_voter_id FROM voters WHERE confidential"
        )
        self.con.unregister("suppressed")

    def _scored(self, pairs: Path) -> None:
        """The table `scored`: each pair of a row and a voter with its verdict."""
        self._view("found_pairs", pairs)
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE pairs AS {_sql('pairs')}")
        for seen, records_, column in (
            ("list_seen", "list_records", "line"), ("roll_seen", "roll_records", "voter")
        ):  # fmt: skip
            self.con.execute(
                f"CREATE OR REPLACE TEMP TABLE {seen} AS SELECT * FROM {records_} "
                f"SEMI JOIN (SELECT DISTINCT {column} AS record FROM pairs) USING (record)"
            )
        made = [self.backend.table(name).schema() for name in ("pairs", "list_seen", "roll_seen")]
        question, beside = _judged(*made)
        for name, rows in beside.items():
            self.con.register(name, rows)
        where = str(self.work / "judged.parquet").replace("'", "''")
        self.con.execute(f"COPY ({question}) TO '{where}' (FORMAT parquet)").fetchall()
        for name in beside:
            self.con.unregister(name)
        self._view("judged", self.work / "judged.parquet")
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE scored AS {_sql('named_alike')}")

    def _view(self, name: str, *paths: Path) -> None:
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet([{listed}])")

    def _sql(self, name: str) -> str:
        given = {
            "list_records": "list_records",
            "voters": "voters",
            "nicknames": names.NICKNAMES,
            "ids": "asked_ids",
            "first_name": names.spelling("first_name"),
            "last_name": names.spelling("last_name"),
        }
        return filled(__package__, name, given)

    def _copy(self, select: str, to: Path) -> None:
        where = str(to).replace("'", "''")
        self.con.execute(f"COPY ({select}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)").fetchall()
