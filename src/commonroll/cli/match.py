"""`match`, `unmatch`: a list of people comes in, matched to the member's roll; and goes out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll.console import (
    home_option,
    json_option,
    progress,
    refusing,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)
from commonroll.errors import Refusal

KINDS = "purchased, donors, volunteers, petition, dialer, event, hygiene, other"
SHOWN = 12
"""Counties and combinations of fields that are listed; `--json` has all."""


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--kind", default="", metavar="KIND", help=f"What list it is: {KINDS}.")
@click.option("--source", default="", metavar="TEXT", help="Who the list is from.")
@click.option("--licence", default="", metavar="TEXT", help="What its source permits to do with it.")
@click.option("--basis", default="", metavar="TEXT",
              help="Why its people may be held: consent and how given, an agreement, a law.")  # fmt: skip
@click.option("--dated", default="", metavar="YYYY-MM-DD", help="The day of which the list is.")
@click.option("--column", "columns", multiple=True, metavar="ROLE=NAME",
              help='What a column holds, where it is not told rightly: first_name="Given". '
              "Also leave=NAME, fact=NAME.")  # fmt: skip
@click.option("--sheet", default="", metavar="NAME", help="The sheet of a workbook of several.")
@click.option("--leave-alone", default="", metavar="CHANNEL,...",
              help="For hygiene: leave the people alone at door, mail, phone, text, email.")  # fmt: skip
@click.option("--again", is_flag=True, help="The same list came in before, and is meant to come in again.")
@click.option("--dry-run", is_flag=True, help="Match and report; keep nothing.")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.csv",
              help="Write the list's rows with voter ids here; a receipt is in the log first.")  # fmt: skip
@click.option("--purpose", default="list-building", show_default=True, help="Why rows are written; for --to.")
@home_option
@json_option
@refusing
def match(
    member_key: str, file: Path, kind: str, source: str, licence: str, basis: str, dated: str,
    columns: tuple[str, ...], sheet: str, leave_alone: str, again: bool, dry_run: bool, target: Path | None,
    purpose: str, home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Match a list (CSV, TSV, workbook, JSON, or a zip of one) to MEMBER's own roll, and keep what it says.

    Sure rows become facts of voters, others contacts; both with source, licence and basis, without which no
    list comes in. `unmatch` takes the whole of it back.
    """
    found = use(home)
    from commonroll.insight.import_output import no_rows
    from commonroll.insight.imports import HYGIENE
    from commonroll.server import startup
    from commonroll.server.actions import federation, import_rows, imports
    from commonroll.server.actor import Actor

    if dry_run and (target or leave_alone):
        raise Refusal("a dry run keeps nothing", where="--dry-run", next_step="leave out --to, --leave-alone")
    if target is not None and kind == HYGIENE:
        raise no_rows(file.name)
    member, by = federation.member(member_key), Actor.command_line()
    terms = imports.Terms(kind, source, licence, basis, dated)
    given: dict[str, Any] = {
        "home": found, "to": member, "path": file, "terms": terms, "columns": _columns(columns),
        "sheet": sheet or None, "again": again, "by": by,
    }  # fmt: skip
    document: dict[str, Any]
    with progress(f"matching {file.name}") as report:
        if dry_run:
            document = {"import": None, "brought": {}, "report": imports.dry_run(**given, progress=report)}
        else:
            channels = [one.strip() for one in leave_alone.split(",") if one.strip()]
            listed = imports.from_file(**given, leave_alone=channels, progress=report)
            document = {"import": listed.pk.hex, "brought": listed.brought, "report": listed.report}
            if target is not None:
                rows = import_rows.release(
                    home=found, of=member, import_id=listed.pk.hex, purpose=purpose, to=target, by=by
                )
                document["rows_written"] = rows.rows
            startup.fold(found)
    if as_json:
        say_json(document)
    else:
        _say(document, target)


def _columns(said: tuple[str, ...]) -> dict[str, str]:
    """ROLE=NAME as column -> role."""
    found = {}
    for one in said:
        role, equals, name = one.partition("=")
        if not equals or not name.strip():
            raise Refusal(
                "this says no column", where=f"--column {role}", next_step='write ROLE=NAME: zip="Postal"'
            )
        found[name.strip()] = role.strip()
    return found


def _expected(wrong: float) -> str:
    return "; fewer than one is expected to be wrong" if wrong < 1 else f"; about {wrong:,} may be wrong"


def _say(document: dict[str, Any], target: Path | None) -> None:
    told = document["report"]
    stdout.print(
        f"{told['sure']:,} of {told['rows']:,} rows ({told['rate']:.1%}) are surely one of your voters "
        f"({told['voters']:,} voters){_expected(told['wrong']) if told['sure'] else ''}.",
        style="bold",
    )
    say_table("", ["what came of the rows", "rows"], _outcomes(told), right=1)
    rows = [[column["name"], column["means"], column["why"]] for column in told["columns"]]
    say_table("columns", ["column", "taken for", "because"], rows)
    for title, key in (("by what a row holds", "fields"), ("by county", "counties"), ("by age", "ages")):
        rows = [[g["name"], g["rows"], g["sure"], f"{g['rate']:.1%}"] for g in told[key][:SHOWN]]
        say_table(title, ["", "rows", "sure", "rate"], rows, right=1)
    for note in (*told["notes"], *_bad(told), *told["uneven"]):
        stdout.print(f"  {note}", markup=False)
    if document["import"] is None:
        stderr.print("A dry run: nothing was kept.")
        return
    kept = ", ".join(f"{n:,} {table.replace('_', ' ')}" for table, n in document["brought"].items() if n)
    stdout.print(f"Import {document['import']}: {kept or 'counts alone'} kept.", markup=False)
    if target is not None:
        stdout.print(f"{document['rows_written']:,} rows in {target}", markup=False)


def _outcomes(told: dict[str, Any]) -> list[list[Any]]:
    made = [
        ["surely one voter, by the state's id", told["by_id"]],
        ["surely one voter, by what the row says", told["sure"] - told["by_id"]],
        [f"unsure; about {told['missed']:,} of them are right", told["unsure"]],
        ["somebody of a household on the roll", told["household"]],
        ["not matched", told["none"]],
        ["left out of every use; nothing kept", told["left_out"]],
        *([f"not read: {reason}", rows] for reason, rows in told["refused"].items()),
    ]
    return [row for row in made if row[1]]


def _bad(told: dict[str, Any]) -> list[str]:
    return [
        f"{rows:,} cells of {role.replace('_', ' ')} say nothing that can be read"
        for role, rows in told["unread"].items()
    ]


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("import_id", metavar="IMPORT")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays with the import.")
@click.option("--back", is_flag=True, help="Undo the undoing: what it brought counts again.")
@home_option
@json_option
@refusing
def unmatch(
    member_key: str, import_id: str, reason: str, back: bool, home: Path | None, as_json: bool
) -> None:
    """Undo a whole import: nothing that it brought counts any more. `commonroll imports` lists them."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, imports
    from commonroll.server.actor import Actor

    action = imports.restore if back else imports.undo
    done = action(
        home=found, of=federation.member(member_key), import_id=import_id, reason=reason,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    if as_json:
        say_json(done.as_dict())
    else:
        rows = sum(done.brought.values())
        counts = "counts again" if back else "counts nowhere"
        stdout.print(f"Import {done.import_id}: all that it brought ({rows:,} rows) {counts}.", markup=False)
