"""Layouts made up in a test: a state ZZ whose file has the columns and the [unpivot] that a test is about."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from made_lines import raw

from commonroll.roll.canonical.normalise import to_history, to_voters
from commonroll.roll.layout.layout import Layout, load_layout

TODAY = datetime.date(2026, 11, 24)
COUNTIES = "code,fips,name\n1,37001,Alamance\n01,37001,Alamance\nLa Moure,37003,Alexander\n"
VOTER = 'state_voter_id = "ID"\nstatus = { constant = "active" }\n'


def made(
    folder: Path,
    order: Sequence[str],
    body: str = "",
    *,
    role: str = "registration",
    columns: str = "",
    top: str = "",
    elections: str = "",
) -> Layout:
    """The layout whose file has the columns ID and `order`. `body`: further tables of its TOML.

    `columns`: lines of [columns]; `top`: keys before the tables; `elections`: lines of elections.csv.
    """
    state = folder / "zz"
    state.mkdir(exist_ok=True)
    (state / "counties.csv").write_text(COUNTIES)
    if elections:
        (state / "elections.csv").write_text(f"code,date,type,name,source\n{elections}")
    path = state / f"2020-01.{role}.toml"
    path.write_text(_toml(order, body, role, columns, top), encoding="utf-8")
    return load_layout(path)


def _toml(order: Sequence[str], body: str, role: str, columns: str, top: str) -> str:
    names = ", ".join(f'"{name}"' for name in ("ID", *order))
    voter = {"registration": VOTER, "history": 'state_voter_id = "ID"\n', "elections": ""}[role]
    if "state_voter_id" in columns:
        voter = voter.replace('state_voter_id = "ID"\n', "")
    protected = 'protected = "unstated"\n' if role == "registration" and "protected" not in top else ""
    dates = "" if "dates =" in top else 'dates = ["%m/%d/%Y"]\n'
    return (
        f'state = "ZZ"\nrole = "{role}"\ntitle = "A state of nowhere"\nsince = 2020-01-01\n'
        f'confidence = "official"\n{protected}files = ["{role}*.txt"]\n{dates}{top}\n'
        f"columns_order = [{names}]\n"
        '[format]\nkind = "delimited"\ndelimiter = "|"\nencoding = "latin-1"\n'
        'header = true\nquoting = "none"\n'
        f"[columns]\n{voter}{columns}\n{body}\n[expect]\nrows = {{ min = 1, max = 1_000_000 }}\n"
    )


def voters(layout: Layout, lines: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """The voters that lines become, ids given where a line has none."""
    table = raw(layout, [{"ID": str(at), **line} for at, line in enumerate(lines, start=1)])
    made = to_voters(table, layout, "zz", as_of=TODAY).order_by("source_line")
    return list(made.to_pyarrow().to_pylist())


def history(
    layout: Layout, lines: Sequence[Mapping[str, str]], extra: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The elections that lines become, by line."""
    table = raw(layout, [{"ID": str(at), **line} for at, line in enumerate(lines, start=1)], extra)
    return list(to_history(table, layout, as_of=TODAY).order_by("source_line").to_pyarrow().to_pylist())
