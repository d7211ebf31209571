"""`generate`, `load`, `protect`: files in, snapshots out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonroll.cli.gate import drift_said, save, say_report
from commonroll.console import (
    home_option,
    json_option,
    progress,
    refusing,
    say_json,
    stderr,
    stdout,
    use,
)  # fmt: skip
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.roll.gate.gate import GateReport


@click.command()
@click.argument("states", metavar="STATE...", nargs=-1, required=True)
@click.option("--voters", default=50_000, show_default=True, type=click.IntRange(1, 50_000_000))
@click.option("--seed", default=1, show_default=True)
@click.option("--snapshot", default=1, show_default=True, type=click.IntRange(1, 2),
              help="2 writes the next delivery of the same people.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@refusing
def generate(states: tuple[str, ...], voters: int, seed: int, snapshot: int, out: Path) -> None:
    """Write states' official files, full of invented people, with the truth beside them.

    States named together share their people: who moved stands on both rolls.
    """
    from commonroll.invented import generate as write

    with progress("inventing people") as report:
        made = write(
            [state.upper() for state in states], voters, seed, out, snapshot=snapshot, progress=report
        )
    for files in made:
        stdout.print(f"{files.state}: {files.rows:,} rows in {len(files.files)} files under {files.folder}")


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@home_option
@click.option("--layout", "layout_key", help="Read the files by this layout instead of recognising it.")
@click.option("--piece", is_flag=True,
              help="The files hold some counties or elections; the others stay as they are.")  # fmt: skip
@click.option("--mend", metavar="LOAD",
              help="The files are lines that LOAD refused, mended: they join the roll.")  # fmt: skip
@click.option("--accept", type=click.Choice(["gate", "quarantine"]), default="gate", show_default=True,
              help="quarantine: take the good rows where the gate asks you.")  # fmt: skip
@click.option("--overrule", metavar="REASON",
              help="Take what the gate refuses, for a reason that goes into the log.")  # fmt: skip
@click.option("--report", "report_folder", type=click.Path(path_type=Path, file_okay=False),
              help="Save the signed gate report, JSON and page, in this folder.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Report; write nothing.")
@json_option
@refusing
def load(
    member_key: str, files: tuple[Path, ...], home: Path | None, layout_key: str | None,
    piece: bool, mend: str | None, accept: str, overrule: str | None, report_folder: Path | None,
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Load a state's official files: a file, a folder, a zip or a gzip each."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import decisions, federation, loads
    from commonroll.server.actor import Actor

    reason = decisions.reason_of(overrule) if overrule is not None else ""
    missing = [str(f) for f in files if not f.exists()]
    if missing:
        raise Refusal("this file is not there", where=missing[0], next_step="check the path")
    if mend and (piece or layout_key):
        raise Refusal(
            "mended lines are read as the file was that they came from", where="--mend",
            next_step="leave out --layout and --piece",
        )  # fmt: skip
    member = federation.member(member_key)
    by = Actor.command_line()
    with drift_said(), progress(f"loading {member.key}") as report:
        if dry_run:
            result = loads.dry_run(
                home=found, to=member, paths=files, by=by, layout=layout_key, piece=piece, mend=mend,
                accept=accept,
            )  # fmt: skip
        else:
            result = loads.from_files(
                home=found, to=member, paths=files, accept=accept, layout=layout_key, piece=piece, by=by,
                reason=reason, mend=mend, progress=report,
            )  # fmt: skip
    startup.fold(found)
    if report_folder is not None and not dry_run:
        save(found, loads.reported(member=member, pk=result.load, by=by), report_folder)
    if as_json:
        say_json(result.report.as_dict())
    else:
        _say_report(result.report.as_dict(), result.snapshot.number if result.snapshot else None, dry_run)
    if not dry_run and not result.snapshot:
        raise _not_taken(result.report)


def _not_taken(report: GateReport) -> Refusal:
    """Why nothing was published, and what the owner can do."""
    if report.final:
        return Refusal(
            f"the gate refuses this delivery for good; the roll stays as it was: {' '.join(report.final)}",
            next_step="get the state's files again; no reason overrules this",
        )
    if report.verdict == "refuse":
        return Refusal(
            "the gate refuses this delivery; the roll stays as it was",
            next_step='correct the files and load them again, or repeat with --overrule "REASON"',
        )
    return Refusal(
        "the gate wants your decision; the roll stays as it was",
        next_step="repeat with --accept quarantine to take the good rows, or correct the files",
    )


def _say_report(report: dict[str, Any], snapshot: int | None, dry_run: bool) -> None:
    say_report(report)
    if dry_run:
        stderr.print("A dry run: nothing was written.")
    elif snapshot is not None:
        stdout.print(f"Snapshot {snapshot} is the roll now.")


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@home_option
@refusing
def protect(member_key: str, file: Path, home: Path | None) -> None:
    """Take the voters of a list (CSV with a column state_voter_id) out of every view, at once."""
    found = use(home)
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    count = loads.protect(home=found, of=federation.member(member_key), file=file, by=Actor.command_line())
    stdout.print(f"{count:,} voters are in no view from now on")
