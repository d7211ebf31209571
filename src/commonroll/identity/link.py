"""Scored pairs: two tables of link records, or one against itself, under one model.

A pair's score depends on the pair and the model alone: chance agreement, prior and shares of names are frozen
in a fitted model. So linking what changed, joined with the kept pairs, gives what linking everything gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection
from ibis.expr import types as ir
from splink import DuckDBAPI, Linker

from commonroll.identity import fitting, honest, models
from commonroll.identity.blocking import pairs
from commonroll.identity.comparisons import GAMMAS, SHARED
from commonroll.identity.counted_u import number
from commonroll.identity.honest import CELL, least_raw, table
from commonroll.identity.model import Model, scoring
from commonroll.identity.nodes import Nodes, Records, nodes, refill
from commonroll.roll.engine import engine, ibis_engine

LEAST = 0.01
"""Probability from which a pair is worth keeping."""
CHUNK = 1_500_000
"""Records of the left side whose pairs are in memory at a time."""

Progress = Callable[[str, float], None]
"""Called with what is being done and the share that is done, 0 to 1."""

PAIR_COLUMNS = ("member_l", "record_l", "member_r", "record_r", "match_weight", "match_probability", *GAMMAS)


@dataclass(frozen=True)
class Links:
    """Scored pairs in a Parquet file (PAIR_COLUMNS, sorted, each pair once), and the model that scored
    them.

    `match_weight` is in bits, the prior included, made honest (`honest.py`); a gamma is -1 where a side
    knows nothing, else the level's number. `compared`: pairs that were scored, of which `kept` reach the
    threshold.
    """

    path: Path
    model: Model
    compared: int
    kept: int

    def table(self) -> ir.Table:
        """The pairs on this thread's engine."""
        return ibis_engine().read_parquet(self.path)


def link(
    left: Records,
    right: Records | None,
    model: Model,
    to: Path,
    *,
    changed: ir.Table | pa.Table | None = None,
    whole: bool = False,
    least: float = LEAST,
    progress: Progress | None = None,
    chunk: int = CHUNK,
    con: DuckDBPyConnection | None = None,
) -> Links:
    """Score pairs between `left` and `right`, or within `left`, and write those with probability from
    `least` to the Parquet file `to`, which appears whole at the end.

    A model that is not fitted (`models.shipped()`) is fitted to these records first; keep `Links.model` and
    pass it to link what has changed. `changed` has member and record of new and altered records: only pairs
    with one of them are scored. `whole`: the two sides hold everybody who may be meant, so that it counts
    where nobody else of a name stands at the address (`honest.ALONE`). `con` is a cursor of the engine for
    this run alone.
    """
    tell = progress or (lambda _what, _share: None)
    own = con or engine()
    try:
        tell("reading records", 0.0)
        keys = changed.select("member", "record").to_pyarrow() if isinstance(changed, ir.Table) else changed
        with nodes(own, left, right, changed=keys, model=model) as made:
            if model.fitted is None:
                tell("counting chance agreement", 0.15)
                model = fitting.fitted(own, made, model, models.shipped())
                refill(own, made, model.crowded)
            bonus = honest.ALONE if whole and right is not None and changed is None else 0.0
            return _Run(own, made, model, least, bonus, tell).written(to, chunk)
    finally:
        if con is None:
            own.close()


class _Run:
    """One run's scoring on a cursor that Splink shares: results are fetched to the end."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        made: Nodes,
        model: Model,
        least: float,
        alone_bits: float,
        tell: Progress,
    ) -> None:
        self.con, self.made, self.model, self.tell = con, made, model, tell
        self.alone_bits = alone_bits
        self.least_bits = log2(least / (1 - least))
        self.api = DuckDBAPI(con)
        self.linker = Linker(
            self.api.register(made.all, dataset_display_name="records"),
            scoring(model.chances, model.prior),
            validate_settings=False,  # ours, and the same in every run: a second of parsing each time
            log_level="ERROR",
        )
        self.scored = f"{made.all}_scored"
        self.blocked = f"{made.all}_blocked"
        self.compared = 0

    def written(self, to: Path, chunk: int) -> Links:
        fresh = to.with_name(f".{to.name}.new")
        try:
            self._frozen()
            parts = self._parts(chunk)
            for step, part in enumerate(parts):
                self.tell("comparing", 0.3 + 0.65 * step / len(parts))
                self._score(part)
            self.tell("writing pairs", 0.95)
            kept = self._write(fresh)
            fresh.replace(to)
        finally:
            fresh.unlink(missing_ok=True)
            self._drop()
        self.tell("done", 1.0)
        return Links(to, self.model, self.compared, kept)

    def _frozen(self) -> None:
        """The model's shares of names and crowded blocks, as tables of this run."""
        self.con.register("identity_shares", self.model.shares)
        for column in SHARED:
            name = f"{self.made.all}_tf_{column}"
            self.con.execute(f"""
                CREATE TABLE {name} AS
                SELECT {column}, coalesce(any_value(share), {self.model.rare[column]}) AS tf_{column}
                FROM {self.made.all} AS seen
                LEFT JOIN (SELECT value, share FROM identity_shares WHERE field = '{column}') AS s
                    ON s.value = seen.{column}
                WHERE {column} IS NOT NULL GROUP BY {column}
            """)
            self.linker.table_management.register_term_frequency_lookup(self.api.register(name), column)
        self.con.unregister("identity_shares")

    def _parts(self, chunk: int) -> list[str]:
        """SQL of pairs that are scored in turn, each at once; together every pair once."""
        size = int(number(self.con, f"SELECT count(*) FROM {self.made.left}"))
        steps = max(-(-size // chunk), 1)
        width = -(-(2**63) // steps)
        return [self._part(f"unique_id // {width} = {step}") for step in range(steps)]

    def _part(self, span: str) -> str:
        """Pairs of new records on the left within a span of numbers, then of new ones on the right with old
        ones."""
        made = self.made
        new, old = (
            f"(SELECT * FROM {made.left} WHERE {span} AND {test})" for test in ("is_new", "NOT is_new")
        )
        rules = self.model.rules
        found = pairs(new, made.right, made.crowded, rules, itself=made.itself)
        if made.itself:
            return found
        new_right = f"(SELECT * FROM {made.right} WHERE is_new)"
        return f"{found} UNION ALL {pairs(old, new_right, made.crowded, rules, itself=False)}"

    def _score(self, part: str) -> None:
        self.con.execute(f"CREATE OR REPLACE TABLE {self.blocked} AS {part}")
        found = self.con.execute(f"SELECT count(*) FROM {self.blocked}").fetchall()[0][0]
        self.compared += int(found)
        self.linker.table_management.register_blocked_pairs_for_predict(self.api.register(self.blocked))
        predicted = self.linker.inference.predict(
            threshold_match_weight=least_raw(self.model.honest, self.least_bits - self.alone_bits),
            warning_mode="never",
        )
        columns = f"unique_id_l, unique_id_r, match_weight, {', '.join(GAMMAS)}"
        self.con.execute(f"CREATE TABLE IF NOT EXISTS {self.scored} AS "
                         f"SELECT {columns} FROM {predicted.physical_name} LIMIT 0")  # fmt: skip
        self.con.execute(f"INSERT INTO {self.scored} SELECT {columns} FROM {predicted.physical_name}")
        predicted.drop_table_from_database_and_remove_from_cache()

    def _write(self, fresh: Path) -> int:
        gammas = ", ".join(f"{name}::TINYINT AS {name}" for name in GAMMAS)
        path = str(fresh).replace("'", "''")
        self.con.execute(f"""
            COPY (
                WITH summed AS (
                    SELECT s.* EXCLUDE (match_weight),
                        coalesce(slope, 1) * match_weight + coalesce(offset_bits, 0) AS bits
                    FROM {self.scored} AS s
                    LEFT JOIN {table(self.model.honest)} USING ({", ".join(f"gamma_{name}" for name in CELL)})
                ), judged AS (
                    SELECT summed.*, bits + if({self._alone()}, {self.alone_bits}, 0) AS match_weight
                    FROM summed
                ), named AS (
                    SELECT (l.member, l.record) > (r.member, r.record) AS turn, judged.*,
                        l.member AS a, l.record AS b, r.member AS c, r.record AS d
                    FROM judged
                    JOIN {self.made.table} AS l ON l.unique_id = unique_id_l
                    JOIN {self.made.table} AS r ON r.unique_id = unique_id_r
                    WHERE match_weight >= {self.least_bits}
                )
                SELECT if(turn, c, a) AS member_l, if(turn, d, b) AS record_l,
                    if(turn, a, c) AS member_r, if(turn, b, d) AS record_r,
                    match_weight, 1 / (1 + pow(2.0, -match_weight)) AS match_probability, {gammas}
                FROM named ORDER BY ALL
            ) TO '{path}' (FORMAT parquet, COMPRESSION zstd)
        """).fetchall()
        return int(self.con.execute(f"SELECT count(*) FROM read_parquet('{path}')").fetchall()[0][0])

    def _alone(self) -> str:
        """SQL: a pair of one name at one address, a birth not known, without namesakes there."""
        if not self.alone_bits:
            return "false"
        cell = " AND ".join(
            f"gamma_{name} = {gamma}" for name, gamma in zip(CELL, honest.undated_home(), strict=True)
        )
        key = "side, addrzip, first_name, last_name"
        twice = f"SELECT {key} FROM {self.made.table} GROUP BY {key} HAVING count(*) > 1"
        some = f"SELECT unique_id FROM {self.made.table} SEMI JOIN ({twice}) USING ({key})"
        known = f"SELECT unique_id FROM {self.made.table} WHERE suffix IS NOT NULL"
        return f"{cell} AND " + " AND ".join(
            f"unique_id_{side} NOT IN ({ids})" for side in "lr" for ids in (some, known)
        )

    def _drop(self) -> None:
        self.linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
        extra = [f"{self.made.all}_tf_{column}" for column in SHARED]
        for name in (self.scored, self.blocked, *extra):
            self.con.execute(f"DROP TABLE IF EXISTS {name}")
