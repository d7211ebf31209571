"""`report`, `refused`, `redact`: what the gate said of a load, what it put aside, who is taken out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal


@click.group()
def report() -> None:
    """The gate's signed reports: show one, save it, check one with the public key alone."""


@report.command("show")
@click.argument("member_key", metavar="MEMBER")
@click.argument("load_id", metavar="[LOAD]", required=False)
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Save the signed JSON and the page in this folder.")  # fmt: skip
@home_option
@json_option
@refusing
def show_report(
    member_key: str, load_id: str | None, folder: Path | None, home: Path | None, as_json: bool
) -> None:
    """What the gate said of a load, the newest unless named; the key that checks the files."""
    found = use(home)
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    load = loads.reported(member=member, pk=load_id, by=Actor.command_line())
    if folder is not None:
        save(found, load, folder)
    if as_json:
        say_json({"load": str(load.pk), "key": member.log_vkey, **load.report})
        return
    say_report(load.report)
    stdout.print(f"Load {load.pk}; the key that checks its report:\n  {member.log_vkey}", markup=False)


def say_report(said: dict[str, Any]) -> None:
    """The verdict and the sentences."""
    stdout.print(f"Verdict: {said['verdict']}", style="bold", markup=False)
    for sentence in said["sentences"]:
        stdout.print(f"  {sentence}", markup=False)
    if overruled := said.get("overruled"):
        stdout.print(f"  Overruled by {overruled['by']}: {overruled['reason']}", markup=False)


@contextmanager
def drift_said() -> Iterator[None]:
    """Show what a header has that its layout does not know, and what that may be, before it is refused."""
    from commonroll.roll.recognition.drift import HeaderDrift

    try:
        yield
    except HeaderDrift as refusal:
        rows = [
            [one.column, one.like or "nothing known", one.because or one.kind]
            for one in refusal.drift.unknown
        ]
        rows += [["not in the file", column, ""] for column in refusal.drift.missing]
        say_table(
            f"{refusal.drift.file} against {refusal.drift.layout}", ["column", "may be", "told by"], rows
        )
        raise


def save(home: Any, load: Any, folder: Path) -> None:
    """Put a load's signed report into a folder, as JSON and as a page."""
    from commonroll.server import gate_reports

    signed = gate_reports.of(home, load)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (signed.json, signed.html):
        name = f"gate-report-{load.member.key}-{load.pk}{path.suffix}"
        shutil.copyfile(path, folder / name)
        stdout.print(str(folder / name), markup=False)


@report.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", "vkey", required=True, help="The public key of the member's log.")
@json_option
@refusing
def verify(file: Path, vkey: str, as_json: bool) -> None:
    """Check a saved report, JSON or page, with the public key alone; needs no federation here."""
    from commonroll.roll.gate.gate_report import verify as check

    verdict = check(file.read_bytes(), vkey)
    if as_json:
        say_json(verdict.as_dict())
    else:
        for sentence in verdict.sentences:
            stdout.print(sentence, markup=False)
    if not verdict.ok:
        raise Refusal(
            "the report does not verify", next_step="ask the member for the report and its key again"
        )


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("load_id", metavar="LOAD")
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True,
              help="The CSV file to write.")  # fmt: skip
@home_option
@refusing
def refused(member_key: str, load_id: str, file: Path, home: Path | None) -> None:
    """Write a load's refused lines to a file, to be mended and loaded again with `load --mend`."""
    found = use(home)
    from commonroll.server.actions import federation, loads
    from commonroll.server.actor import Actor

    count = loads.save_refused(
        home=found, of=federation.member(member_key), pk=load_id, to=file, by=Actor.command_line()
    )
    stdout.print(f"{count:,} refused lines in {file}: mend the column text, then", markup=False)
    stdout.print(f"  commonroll load {member_key} {file} --mend {load_id}", markup=False)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def redact(member_key: str, home: Path | None, as_json: bool) -> None:
    """Take voters who are protected today out of retained snapshots, raw lines and refused lines."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, redactions
    from commonroll.server.actor import Actor

    done = redactions.redact(home=found, of=federation.member(member_key), by=Actor.command_line())
    startup.fold(found)
    if as_json:
        say_json(done.as_dict())
        return
    stdout.print(f"{done.voters:,} protected voters: {len(done.files):,} files were rewritten", markup=False)
    if done.held:
        stdout.print(f"{done.held:,} old files are still being read; they go with a later load", markup=False)
