"""Which cells of a list become facts: of the person, or of the household that the person lives in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.identity.lists.columns import ListColumn
from commonroll.identity.lists.look import Look
from commonroll.insight.facts import attribute_code
from commonroll.insight.import_terms import ImportTerms
from commonroll.roll.places.places import places_file
from commonroll.roll.vault.vault import Vault

OF_HOUSEHOLD = "household_fact"
OF_FACTS = ("fact", OF_HOUSEHOLD)
"""Roles of columns that are kept as facts."""

LONGEST_VALUE = 1_000
"""Characters of a cell that is kept as a fact; a longer one stays with the row alone."""

_ESTIMATES = re.compile(
    r"(^|_)(score|scores|model|modeled|modelled|prob|probability|likelihood|propensity|predicted|prediction"
    r"|estimate|estimated|est|decile|percentile|quintile|index|imputed|inferred|likely)(_|$)"
)
"""Columns that hold what somebody estimated: guessed, whoever sold or said the rest."""

_NAMES = pa.schema(
    [("name", pa.string()), ("attribute", pa.string()), ("kind", pa.string()), ("of_household", pa.bool_())]
)


def with_households(
    found: Sequence[ListColumn], stated: Mapping[str, str], *, known: bool
) -> tuple[ListColumn, ...]:
    """The columns; without households none is about one: refused where somebody stated it."""
    if known:
        return tuple(found)
    if OF_HOUSEHOLD in stated.values():
        raise Refusal(
            "No household is known: the addresses of the roll were not read apart yet.",
            where="--column household_fact",
            next_step="Run `commonroll places MEMBER`, then match the list.",
        )
    why = "its name says that it is of the household, and none is known: run `commonroll places`"
    return tuple(replace(one, role="leave", why=why) if one.role == OF_HOUSEHOLD else one for one in found)


def said(con: duckdb.DuckDBPyConnection, looked: Look, terms: ImportTerms) -> None:
    """The table `said`: line, attribute, value, kind, of_household of each cell that is kept as a fact."""
    kept = attributes(looked.columns, terms.fact_kind)
    names = pa.Table.from_pylist([asdict(one) for one in kept], _NAMES)
    con.register("attribute_names", names)
    view(con, "list_rows", looked.listed.path)
    if not kept:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE said AS SELECT line, '' AS attribute, '' AS value, '' AS kind, "
            "false AS of_household FROM list_rows LIMIT 0"
        )
        return
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE said AS
        SELECT line, attribute, cell AS value, kind, of_household
        FROM (UNPIVOT list_rows ON COLUMNS(* EXCLUDE (line)) INTO NAME "column" VALUE cell)
        JOIN attribute_names ON attribute_names.name = "column"
        WHERE length(cell) <= $longest
        """,
        {"longest": LONGEST_VALUE},
    )


def lived(con: duckdb.DuckDBPyConnection, vault: Vault) -> None:
    """The table `lived`: state_voter_id and household_id of the current roll; none where no places are."""
    snapshot = vault.current()
    path = places_file(vault, snapshot) if snapshot else None
    if path is None:
        con.execute("CREATE OR REPLACE TEMP TABLE lived (state_voter_id VARCHAR, household_id VARCHAR)")
    else:
        view(con, "lived", path)


@dataclass(frozen=True)
class FactColumn:
    """A column that is kept as facts: its name, the attribute (each once), their kind, and whether they are
    of the household."""

    name: str
    attribute: str
    kind: str
    of_household: bool


def attributes(columns: Sequence[ListColumn], fact_kind: str) -> list[FactColumn]:
    """The columns of a list that are kept as facts. Estimates are guessed."""
    found: list[FactColumn] = []
    taken: set[str] = set()
    for column in columns:
        if column.role not in OF_FACTS:
            continue
        code = attribute_code(column.name) or "column"
        plain, number = code, 1
        while code in taken:
            number += 1
            code = f"{plain[:60]}_{number}"
        taken.add(code)
        kind = "guessed" if _ESTIMATES.search(code) else fact_kind
        found.append(FactColumn(column.name, code, kind, column.role == OF_HOUSEHOLD))
    return found


def view(con: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    where = str(path).replace("'", "''")
    con.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM read_parquet('{where}')")
