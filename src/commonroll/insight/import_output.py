"""What may come back of an import: the member's own rows with voter ids, and for hygiene none.

A list of people who died, moved, were dropped or challenged yields counts and suppressions alone: a file of
such rows with voters' ids is what somebody would strike voters off a roll by (docs/adr/0061).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity.lists.headers import words_of
from commonroll.identity.lists.matching import REASONS
from commonroll.insight import import_optouts
from commonroll.insight.import_list import Import, imports_of
from commonroll.insight.imports import HYGIENE, KEPT, kept_report
from commonroll.roll.engine import engine
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault
from commonroll.views.export import guarded

ADDED = ("commonroll_voter_id", "commonroll_match", "commonroll_score", "commonroll_reason")
"""Columns that stand behind the list's own."""

CHANNELS = ("door", "mail", "phone", "text", "email")
"""Channels on which people of a hygiene list can be left alone."""

_ALTERNATIVES = "commonroll_alternatives"
_CHUNK = 10_000
Form = Literal["csv", "json"]

LEFT_ALONE = "left_alone.parquet"

_TELLS = re.compile(
    r"\b(deceased|dead|death|deaths|died|dod|ncoa|moved|movers?|forwarding|undeliverable|returned mail|"
    r"challenged?|challenges|ineligible|non ?citizens?|felons?|felony|purged?|dropped|cancell?ed|removed|"
    r"struck|duplicates?|double vot\w+)\b"
)


@dataclass(frozen=True)
class RowsFile:
    """A written file: its SHA-256 (hex), rows, the snapshot that its ids are of."""

    path: Path
    sha256: str
    rows: int
    snapshot: int


def tells_hygiene(columns: Iterable[str], *texts: str) -> bool:
    """Whether names of columns, or words on the list, say that it tells who died, moved or was challenged."""
    said = [" ".join(words_of(name)) for name in columns] + [" ".join(words_of(text)) for text in texts]
    return any(_TELLS.search(text) for text in said)


def no_rows(where: str) -> Refusal:
    """Why no row of a list for hygiene leaves."""
    return Refusal(
        "This list tells who died, moved or was challenged: it gives counts, and people can be left alone; "
        "no row of it leaves with a voter's id.",
        where=where,
        next_step="Read the report. A registration is ended by the election office alone.",
    )


def found(vault: Vault, import_id: str) -> Import:
    """An import of a vault; Refusal where there is none."""
    for one in imports_of(vault):
        if one.import_id == import_id:
            return one
    raise Refusal(
        "There is no such import.",
        where=f"vault of {vault.member}, imports",
        next_step=f"See `commonroll imports {vault.member}`.",
    )


def check_output(vault: Vault, import_id: str) -> Import:
    """The import, if its rows may come back; raises Refusal where they may not, or are not there."""
    one = found(vault, import_id)
    told = kept_report(vault, import_id) or {}
    names = [column["name"] for column in told.get("columns", ())]
    if one.kind == HYGIENE or tells_hygiene(names, one.source, one.file_name):
        raise no_rows(f"import {import_id}")
    if not one.stands:
        raise Refusal("This import was undone.", where=f"import {import_id}", next_step="Restore it first.")
    if not (vault.path / KEPT / import_id / "rows.parquet").exists():
        raise Refusal("The rows are not kept here.", where=f"import {import_id}", next_step="Match it anew.")
    return one


def write_rows(vault: Vault, import_id: str, to: Path, form: Form = "csv") -> RowsFile:
    """The list's own rows, each with the voter's id of a sure match, verdict, score and reason.

    As CSV with ADDED; or as JSON, `{"rows": [...]}`, each with line, row (the list's own cells), voter_id,
    match, score, reason, why (the reason in words) and alternatives (voter_id, score: whom an unsure row may
    be). Rows of people whom no read may show today are left out, and such alternatives. The caller writes the
    receipt before it hands the file on. Raises Refusal as `check_output`.
    """
    check_output(vault, import_id)
    folder = vault.path / KEPT / import_id
    hidden = vault.suppressed()
    with closing(engine()) as con:
        con.register("hidden", hidden.filter(pc.equal(hidden["channel"], EVERYTHING)))
        table = con.execute(
            _ROWS, {"rows": str(folder / "rows.parquet"), "matched": str(folder / "matched.parquet")}
        ).to_arrow_table()
    told: dict[str, Any] = kept_report(vault, import_id) or {}
    # what became of a call may say that somebody died or moved: it stays here
    table = table.drop([one["name"] for one in told.get("columns", ()) if one["role"] == "outcome"])
    (_write_json if form == "json" else _write_csv)(table, to)
    with to.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return RowsFile(to, digest, table.num_rows, int(told.get("snapshot", 0)))


def _write_csv(table: pa.Table, to: Path) -> None:
    safe = guarded(table.drop([_ALTERNATIVES]))
    pyarrow.csv.write_csv(safe.rename_columns(_safe_names(safe.column_names)), to)


def _write_json(table: pa.Table, to: Path) -> None:
    own = [name for name in table.column_names if name not in (*ADDED, _ALTERNATIVES, "line")]
    with to.open("w", encoding="utf-8") as out:
        out.write('{"rows": [')
        for at, batch in enumerate(table.to_batches(max_chunksize=_CHUNK)):
            rows = (json.dumps(_as_json(row, own), ensure_ascii=False) for row in batch.to_pylist())
            out.write((",\n" if at else "\n") + ",\n".join(rows))
        out.write("\n]}\n")


def _as_json(row: Mapping[str, Any], own: Sequence[str]) -> dict[str, Any]:
    voter, verdict, score, reason = (row[name] for name in ADDED)
    return {
        "line": row["line"],
        "row": {name: row[name] for name in own},
        "voter_id": voter,
        "match": verdict,
        "score": score,
        "reason": reason,
        "why": REASONS.get(reason, "") if reason else "",
        "alternatives": row[_ALTERNATIVES] or [],
    }


def _safe_names(names: Sequence[str]) -> list[str]:
    """Names of columns come from the list, too: a spreadsheet would run `=...` in the first row as well."""
    cells = guarded(pa.table({"name": pa.array(list(names), pa.string())}))
    return [str(name) for name in cells["name"].to_pylist()]


_ROWS = """
WITH matched AS (SELECT * FROM read_parquet($matched)),
offered AS (
    SELECT line, list({'voter_id': voter, 'score': round(probability, 4)} ORDER BY place) AS alternatives
    FROM (
        SELECT line, unnest(alternatives, max_depth := 2), generate_subscripts(alternatives, 1) AS place
        FROM matched
    )
    ANTI JOIN hidden ON hidden.state_voter_id = voter
    GROUP BY line
)
SELECT rows.*, matched.state_voter_id AS commonroll_voter_id, matched.verdict AS commonroll_match,
    round(matched.probability, 4) AS commonroll_score, matched.reason AS commonroll_reason,
    offered.alternatives AS commonroll_alternatives
FROM read_parquet($rows) AS rows
JOIN matched USING (line)
LEFT JOIN offered USING (line)
WHERE matched.state_voter_id IS NULL OR matched.state_voter_id NOT IN (SELECT state_voter_id FROM hidden)
ORDER BY line
"""


# Leaving people of a hygiene list alone


def check_channels(channels: Sequence[str]) -> None:
    """Raise Refusal for a channel that there is none of."""
    if set(channels) - set(CHANNELS):
        raise Refusal("There is no such channel.", next_step=f"Channels: {', '.join(CHANNELS)}.")


def leave_alone(vault: Vault, import_id: str, matched: Path, channels: Sequence[str]) -> int:
    """Leave the voters who are surely on a hygiene list alone on these channels; how many were not yet.

    Who was left alone for another reason stays so when the import is undone: only what is new is noted.
    """
    found = pq.read_table(matched, columns=["verdict", "state_voter_id"])
    sure = set(found.filter(pc.equal(found["verdict"], "sure"))["state_voter_id"].to_pylist())
    held = vault.suppressed().filter(pc.equal(vault.suppressed()["reason"], HYGIENE))
    rows: list[dict[str, str]] = []
    for channel in channels:
        already = set(held.filter(pc.equal(held["channel"], channel))["state_voter_id"].to_pylist())
        rows += [{"state_voter_id": one, "channel": channel} for one in sorted(sure - already)]
    schema = pa.schema([("state_voter_id", pa.string()), ("channel", pa.string())])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), vault.path / KEPT / import_id / LEFT_ALONE)
    again(vault, import_id)
    return len({row["state_voter_id"] for row in rows})


def again(vault: Vault, import_id: str) -> None:
    """Leave those alone whom the import left alone, or whom it names as asking for it."""
    import_optouts.again(vault, vault.path / KEPT / import_id)
    for channel, ids in _left_alone(vault, import_id).items():
        vault.suppress(ids, HYGIENE, channel=channel)


def take_back(vault: Vault, import_id: str) -> None:
    """Those whom the import alone left alone, or named as asking for it, are not any more."""
    import_optouts.take_back(vault, vault.path / KEPT / import_id)
    for channel, ids in _left_alone(vault, import_id).items():
        vault.lift(ids, HYGIENE, channel=channel)


def _left_alone(vault: Vault, import_id: str) -> dict[str, list[str]]:
    path = vault.path / KEPT / import_id / LEFT_ALONE
    found: dict[str, list[str]] = {}
    for row in pq.read_table(path).to_pylist() if path.exists() else ():
        found.setdefault(row["channel"], []).append(row["state_voter_id"])
    return found
