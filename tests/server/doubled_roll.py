"""Ohio's invented file with more registrations of the same people, and a linking that is unsure of them.

What a model thinks of a pair changes with the model; what the pages do with a pair does not. So the verdicts
of a real linking are overwritten for chosen pairs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.identity.verdicts import SIDES
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault

Row = dict[str, str]
Pairs = list[tuple[str, str]]

FIRST_ID = 900_000_000
UNSURE = {"match_weight": 2.0, "match_probability": 0.8, "best_l": True, "best_r": True}


def double(folder: Path, *, every: int = 7, most: int = 40) -> Pairs:
    """Append to Ohio's files in `folder` a second registration of every `every`-th voter, at another address
    and without the middle name; pairs of state ids, the smaller first."""
    made: Pairs = []
    for path in sorted(folder.glob("*.txt")):
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
        again = []
        for row in list(_grown_up(rows))[::every][: most - len(made)]:
            new = f"OH{FIRST_ID + len(made):010d}"
            address = {"RESIDENTIAL_ADDRESS1": "77 OTHER ST", "RESIDENTIAL_SECONDARY_ADDR": ""}
            again.append(
                {**row, **address, "SOS_VOTERID": new, "MIDDLE_NAME": "", "COUNTY_ID": f"9{len(made)}"}
            )
            made.append((row["SOS_VOTERID"], new))
        with path.open("a", encoding="utf-8", newline="") as out:
            csv.DictWriter(out, list(rows[0]), quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(again)
    return made


def _grown_up(rows: Sequence[Row]) -> Iterator[Row]:
    return (row for row in rows if "1925" < row["DATE_OF_BIRTH"][:4] < "1990" and row["MIDDLE_NAME"])


def doubt(vault: Vault, pairs: Sequence[tuple[str, str]], reason: str = "band") -> None:
    """Let the last linking be unsure of these pairs, for a reason; the later ones are worth a look less."""
    path, table = _verdicts(vault)
    rows = {(row["record_l"], row["record_r"]): row for row in table.to_pylist()}
    for at, pair in enumerate(pairs):
        named = dict(zip(SIDES, (vault.member, pair[0], vault.member, pair[1]), strict=True))
        likely = {"match_probability": 0.9 - at / 1000, "match_weight": 3.0 - at / 100}
        empty = {name: -1 if name.startswith("gamma_") else None for name in table.column_names}
        rows[pair] = {
            **empty,
            **rows.get(pair, {}),
            **named,
            **UNSURE,
            **likely,
            "verdict": "unsure",
            "reason": reason,
        }
    pq.write_table(pa.Table.from_pylist(list(rows.values()), table.schema), path)


def settle(vault: Vault, pairs: Sequence[tuple[str, str]]) -> None:
    """Let the last linking be sure of these pairs; who is one person follows with the next."""
    doubt(vault, pairs)
    path, table = _verdicts(vault)
    sure: Mapping[str, object] = {
        "verdict": "sure",
        "reason": None,
        "match_weight": 20.0,
        "match_probability": 1.0,
    }
    rows = [
        {**row, **(sure if (row["record_l"], row["record_r"]) in pairs else {})} for row in table.to_pylist()
    ]
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def _verdicts(vault: Vault) -> tuple[Path, pa.Table]:
    last = kept.linked(vault.catalogue)
    assert last is not None
    path = vault.path / last.files["verdicts"]
    return path, pq.read_table(path)
