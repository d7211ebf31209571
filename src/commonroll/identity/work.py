"""The folder of one linking under way: each of its files stands there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from importlib.resources import files as resources
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa

from commonroll.identity.patched import Patched, parquet
from commonroll.roll.engine import engine

Progress = Callable[[str, float], None]
Rows: TypeAlias = Path | Patched | str | pa.Table
"""A Parquet file, records that are kept in three, SQL of a relation, or the rows themselves."""


class Work:
    """Steps that make a file each. The next linking like a killed one goes on with its folder."""

    def __init__(self, folder: Path, tell: Progress) -> None:
        self.folder, self.tell = folder, tell

    def begin(self) -> None:
        """Make the folder, for nobody else's eyes: its records hold names."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def at(self, what: str) -> Path:
        """Where a file stands once it is made."""
        return self.folder / (f"{what}.json" if what == "model" else f"{what}.parquet")

    def step(self, what: str, share: float, make: Callable[[Path], None]) -> None:
        """Make one file, unless a killed linking like this one has made it."""
        self.tell(what, share)
        path = self.at(what)
        if path.exists():
            return
        fresh = path.with_name(f"fresh-{path.name}")
        fresh.unlink(missing_ok=True)
        make(fresh)
        fresh.replace(path)

    def asked(
        self, what: str, share: float, given: Mapping[str, Rows], values: Mapping[str, Any] | None = None
    ) -> None:
        """Make one file of the answer of `linking_<what>.sql`. `given`: relations; `values`: variables."""
        self.step(what, share, lambda to: ask(f"linking_{what}", to, given, values or {}))


def ask(name: str, to: Path, given: Mapping[str, Rows], values: Mapping[str, Any]) -> None:
    """Write the answer of a `.sql` file of this package to a Parquet file."""
    question = (resources(__package__) / f"{name}.sql").read_text("utf-8")
    copy(question, to, given, values)


def copy(question: str, to: Path, given: Mapping[str, Rows], values: Mapping[str, Any]) -> None:
    """Write the answer of a question to a Parquet file."""
    with closing(engine()) as con:
        for relation, rows in given.items():
            if isinstance(rows, pa.Table):
                con.register(relation, rows)
                continue
            con.execute(
                f"CREATE OR REPLACE TEMP VIEW {relation} AS SELECT * FROM {_relation(rows)}"
            ).fetchall()
        for name, value in values.items():
            con.execute(f"SET VARIABLE {name} = ?", [value]).fetchall()
        where = str(to).replace("'", "''")
        con.execute(f"COPY ({question}) TO '{where}' (FORMAT parquet, COMPRESSION zstd)").fetchall()


def _relation(rows: Path | Patched | str) -> str:
    if isinstance(rows, Patched):
        return rows.sql()
    return rows if isinstance(rows, str) else parquet(rows)
