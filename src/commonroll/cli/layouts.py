"""`layout list`, `show`, `new`, `check`: what can be read, and how a layout is written for what cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonroll.cli.gate import drift_said
from commonroll.console import home_option, json_option, refusing, say_json, say_table, stderr, stdout
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.roll.drafting.check import Checked
    from commonroll.roll.layout.layout import Layout

state_argument = click.argument("state")
file_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...",
                               type=click.Path(path_type=Path, exists=True))  # fmt: skip


@click.group()
def layout() -> None:
    """Layouts of official files: those known, and how to write one in a few minutes."""


def _folders(home: Path | None) -> list[Path]:
    """Where layouts of one's own are: of the federation, and of each member."""
    from commonroll.server.home import Home

    found = Home.find(home)
    if home is not None:
        found.require()
    return [found.layouts, *sorted(found.vaults.glob("*/layouts"))] if found.exists() else []


def _known(home: Path | None) -> tuple[Layout, ...]:
    from commonroll.roll.layout.layout import layouts_in

    return layouts_in(_folders(home))


@layout.command("list")
@click.option("--state", help="One state's alone.")
@home_option
@json_option
@refusing
def list_layouts(state: str | None, home: Path | None, as_json: bool) -> None:
    """The layouts of official files that can be read, each with the confidence in it."""
    rows = [_row(one) for one in _known(home) if not state or one.state == state.upper()]
    if as_json:
        say_json(rows)
        return
    if not rows:
        raise Refusal(f"there is no layout of {state}", next_step="write one: `commonroll layout new`")
    say_table("", list(rows[0]), [list(row.values()) for row in rows], right=99)


def _row(one: Layout) -> dict[str, Any]:
    return {
        "key": one.key,
        "state": one.state,
        "role": one.role,
        "since": str(one.since),
        "confidence": one.confidence,
        "columns": len(one.order),
        "protected": one.protected or "",
        "own": one.own,
        "title": one.title,
    }


@layout.command()
@click.argument("key")
@home_option
@json_option
@refusing
def show(key: str, home: Path | None, as_json: bool) -> None:
    """What a layout makes of each column of a file."""
    from commonroll.roll.drafting.check import becomes
    from commonroll.roll.layout.layout import layout as find

    one = find(key, _known(home))
    made = becomes(one)
    columns = [
        {"column": name, "becomes": list(made.get(name, ())), "ignored": one.ignore.get(name, "")}
        for name in dict.fromkeys((*one.order, *one.ignore))
    ]
    said = {**_row(one), "files": list(one.files), "fills": sorted(one.published), "quirks": list(one.quirks),
            "sources": list(one.sources), "columns": columns}  # fmt: skip
    if as_json:
        say_json(said)
        return
    stdout.print(f"{one.key}: {one.title}, from {one.since}, {one.confidence}", style="bold", markup=False)
    for words in (*one.quirks, *(f"Source: {source}" for source in one.sources)):
        stdout.print(f"  {words}", markup=False)
    rows = [[c["column"], ", ".join(c["becomes"]) or f"left aside: {c['ignored']}"] for c in columns]
    say_table("", ["column", "becomes"], rows)


@layout.command()
@state_argument
@file_argument
@click.option("--role", type=click.Choice(["registration", "history", "absentee"]),
              help="What the file holds, where the names of its columns do not tell.")  # fmt: skip
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path(),
              help="The folder that gets STATE/LAYOUT.toml; else the current one.")  # fmt: skip
@home_option
@refusing
def new(state: str, files: tuple[Path, ...], role: str | None, folder: Path, home: Path | None) -> None:
    """Write a draft of a layout from a file. What cannot be guessed is TODO, and does not load."""
    from commonroll.roll.drafting.draft import draft, role_of

    today = datetime.now(UTC).date()
    made = draft(files, state=state, since=today, layouts=_known(home), role=role_of(role))
    path = folder / f"{made.key}.toml"
    if path.exists():
        raise Refusal(
            "there is a layout of this month already", where=str(path), next_step="name another --to"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.text, "utf-8")
    stdout.print(str(path), markup=False)
    counties = path.parent / "counties.csv"
    if made.county_list and not counties.exists():
        counties.write_text(made.county_list, "utf-8")
        stdout.print(str(counties), markup=False)
    stderr.print(f"{made.todo} things are TODO. When they are done:", markup=False)
    stderr.print(f"  commonroll layout check {state} {files[0]} --layout {path}", markup=False)


@layout.command()
@state_argument
@file_argument
@click.option("--layout", "which", metavar="PATH|KEY",
              help="The layout: a TOML file, or the key of a known one; else it is recognised.")  # fmt: skip
@click.option("--show", is_flag=True, help="Show texts as they stand in the file, not their patterns.")
@home_option
@json_option
@refusing
def check(
    state: str, files: tuple[Path, ...], which: str | None, show: bool, home: Path | None, as_json: bool
) -> None:
    """What a layout does to the first thousand rows of a file, column by column. Nothing is loaded."""
    from commonroll.roll.drafting.check import check as checked

    layouts, key = _chosen(state, which, home)
    with drift_said():
        found = checked(files, state=state, layouts=layouts, key=key, at=datetime.now(UTC), show=show)
    if as_json:
        say_json([one.as_dict() for one in found])
    else:
        for one in found:
            _say(one)
    if any(one.verdict == "refuse" for one in found):
        raise Refusal(
            "the gate would refuse these rows",
            where=", ".join(one.layout for one in found if one.verdict == "refuse"),
            next_step="correct the layout, then check again",
        )


def _chosen(state: str, which: str | None, home: Path | None) -> tuple[Sequence[Layout], str | None]:
    """The layouts to read by, and the key of the only one, if one is named."""
    known = _known(home)
    if which is None or not which.endswith(".toml"):
        return known, which
    from commonroll.roll.counties import LAYOUTS
    from commonroll.roll.layout.layout import load_layout

    path = Path(which).absolute()
    if not path.exists():
        raise Refusal("this layout is not there", where=which, next_step="check the path")
    mine = load_layout(path, [LAYOUTS, *_folders(home), path.parent.parent])
    others = [one for one in known if one.state == state.upper() and one.role != mine.role]
    return [mine, *others], None


def _say(one: Checked) -> None:
    stdout.print(f"{one.file} by {one.layout}: {one.evidence}", style="bold", markup=False)
    roll = {column.name: column for column in one.roll}
    rows = []
    for column in one.columns:
        made = [roll[name] for name in column.becomes if name in roll]
        rows.append([
            column.name,
            ", ".join(column.becomes) or f"left aside: {column.ignored}",
            f"{column.filled:.0%}",
            f"{made[0].filled:.0%}" if made else "",
            column.distinct,
            ", ".join(column.examples),
            ", ".join(made[0].examples) if made else "",
        ])  # fmt: skip
    head = ["column", "becomes", "filled", "in the roll", "different", "in the file", "becomes values"]
    say_table("", head, rows)
    for title, counted in _tables(one).items():
        if counted:
            said = ", ".join(f"{name or 'nothing'} {count:,}" for name, count in counted.items())
            stdout.print(f"{title}: {said}", markup=False)
    stdout.print(f"Verdict on {one.lines:,} rows: {one.verdict}", style="bold", markup=False)
    for sentence in one.sentences:
        stdout.print(f"  {sentence}", markup=False)


def _tables(one: Checked) -> Mapping[str, Mapping[str, int]]:
    """What was counted, by what it is about."""
    lost = {f"Became nothing in {column}": counted for column, counted in one.lost.items()}
    codes = {f"Unknown codes in {column}": counted for column, counted in one.unknown_codes.items()}
    return {
        "Rows": one.rows, "Districts": one.districts, "Elections": one.elections,
        "Did not load": one.refused, "State nothing": one.left_out, **lost, **codes,
    }  # fmt: skip
