"""`ballots`: daily files of ballots under way, and who is to be chased or helped to cure."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

from commonroll.console import (
    Command,
    acting,
    home_option,
    json_option,
    progress,
    refusing,
    say_gaps,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)  # fmt: skip

as_option = acting("Whose ballots they are, or who asks.")


def _day(_: click.Context, parameter: click.Parameter, text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write the day as 2026-11-03", param=parameter) from None


def day_option(name: str, help: str, *, required: bool = False) -> Callable[[Command], Command]:
    return click.option(name, callback=_day, metavar="DATE", help=help, required=required)


@click.group()
def ballots() -> None:
    """Ballots under way: load each day's absentee or early-vote file, chase, cure."""


@ballots.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@as_option
@day_option("--election", "The election that the file is of.", required=True)
@day_option("--as-of", "The day on which the county or state made the file.", required=True)
@day_option("--opened", "First day on which ballots were asked for.  [default: four years before]")
@day_option("--printed", "First day on which a ballot was printed.  [default: 90 days before]")
@click.option("--layout", "layout_key", help="Read the files by this layout instead of recognising it.")
@click.option("--piece", is_flag=True, help="The files hold some counties alone.")
@click.option("--shorter-is-right", is_flag=True,
              help="Take a file with fewer voters than the one before it.")  # fmt: skip
@click.option("--accept", type=click.Choice(["gate", "quarantine"]), default="gate", show_default=True,
              help="quarantine: take the good lines where the gate asks you.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Report; write nothing.")
@home_option
@json_option
@refusing
def load(
    files: tuple[Path, ...], member_key: str, election: datetime.date, as_of: datetime.date,
    opened: datetime.date | None, printed: datetime.date | None, layout_key: str | None, piece: bool,
    shorter_is_right: bool, accept: str, dry_run: bool, home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a day's file of ballots to what is known. The same file twice changes nothing."""
    found = use(home)
    from commonroll.errors import Refusal
    from commonroll.server import startup
    from commonroll.server.actions import ballots as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    missing = [str(f) for f in files if not f.exists()]
    if missing:
        raise Refusal("this file is not there", where=missing[0], next_step="check the path")
    with progress("loading ballots") as report:
        taken, _ = actions.take(
            home=found, to=federation.member(member_key), paths=files, election=election, as_of=as_of,
            opened=opened, printed=printed, layout=layout_key, piece=piece,
            shorter_is_right=shorter_is_right, accept=accept, dry_run=dry_run, by=Actor.command_line(),
            progress=report,
        )  # fmt: skip
    startup.fold(found)
    result = taken.result
    if as_json:
        say_json({"verdict": result.verdict, "snapshot": result.snapshot and result.snapshot.number,
                  "sentences": result.report.as_dict()["sentences"], **taken.as_dict()})  # fmt: skip
    else:
        _say(taken.as_dict())
    if dry_run:
        stderr.print("A dry run: nothing was written.")
    elif result.snapshot is None:
        raise Refusal(
            "the gate does not take this file; what was known stays: "
            + " ".join(result.report.as_dict()["sentences"]),
            next_step="get the file again, or repeat with --accept quarantine to take the good lines",
        )


_COUNTS = {
    "changed": "voters of whom it says something new",
    "doubtful": "voters with a day that cannot be: kept, and not used",
    "earlier": "lines of a voter's other ballots",
    "elsewhere": "lines of other elections, left out",
    "off_roll": "voters who are not on the roll",
    "gone": "voters of earlier files of whom it says nothing: what was last said of them stays",
}


def _say(counts: dict[str, int]) -> None:
    stdout.print(f"{counts['voters']:,} voters with a ballot", style="bold")
    for name, words in _COUNTS.items():
        if counts[name] or name == "changed":
            stdout.print(f"  {counts[name]:,} {words}")


@ballots.command()
@as_option
@day_option("--election", "Which election.  [default: the latest]")
@home_option
@json_option
@refusing
def status(member_key: str, election: datetime.date | None, home: Path | None, as_json: bool) -> None:
    """What each county is known to say: as of when, its usual lag, its counts."""
    found = use(home)
    from commonroll.server.actions import ballots as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    day, words = actions.status(
        home=found, of=federation.member(member_key), election=election, by=Actor.command_line()
    )
    if as_json:
        say_json({"election": day.isoformat(), "counties": words})
        return
    head = ["County", "As of", "", "Usual lag", "Ballots", "Out", "Back", "Rejected", "Odd dates"]
    rows = [
        [w["county"], w["as_of"], _mark(w), _lag(w["usual_lag_days"]), w["ballots"],
         w["sent"] if w["returns"] == "told" else "unknown",
         w["returned"] if w["returns"] == "told" else "unknown", w["rejected"], w["impossible_dates"]]
        for w in words
    ]  # fmt: skip
    say_table(f"Ballots for {day}", head, rows, right=4)


def _mark(word: dict[str, Any]) -> str:
    if word["no_file_for_days"]:
        return "no file for three days"
    return "nothing new for three days" if word["no_news_for_days"] else ""


def _lag(days: float | None) -> str:
    return "" if days is None else f"{days:g} days"


purpose_option = click.option("--purpose", required=True, help="Why: gotv, persuasion, ...")
where_option = click.option("--where", default="", help="Within which universe, as for `count`.")


def _found(
    home: Path | None, which: Literal["chase", "cure"], member_key: str, purpose: str,
    election: datetime.date, where: str,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """The lines of a list of ballots as documents, and its gaps; receipts are folded."""
    found = use(home)
    from django.utils import timezone

    from commonroll.server import startup
    from commonroll.server.actions import ballot_lists, federation, questions
    from commonroll.server.actor import Actor

    ask = ballot_lists.chase if which == "chase" else ballot_lists.cure
    answer, lines = ask(
        home=found, viewer=federation.member(member_key), purpose=purpose, election=election, where=where,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    today = timezone.localdate()
    return [line.as_dict(today) for line in lines], questions.as_dict(answer)["gaps"]


@ballots.command()
@as_option
@purpose_option
@day_option("--election", "Which election.", required=True)
@where_option
@home_option
@json_option
@refusing
def chase(
    member_key: str, purpose: str, election: datetime.date, where: str, home: Path | None, as_json: bool
) -> None:
    """Whose ballot was sent and is not back, by county, as of when. Rows: `export` with chase('DATE')."""
    documents, gaps = _found(home, "chase", member_key, purpose, election, where)
    if as_json:
        say_json({"election": election.isoformat(), "counties": documents, "gaps": gaps})
        return
    head = ["Owner", "County", "As of", "", "Usual lag", "To chase", "Unknown"]
    rows = [
        [d["owner"], d["county"], d["as_of"] or "", "no file for three days" if d["no_file_for_days"] else "",
         _lag(d["usual_lag_days"]), d["chase"], d["unknown"]]
        for d in documents
    ]  # fmt: skip
    say_table(f"To chase for {election}", head, rows, right=5)
    if any(d["unknown"] for d in documents):
        stdout.print("Unknown: sent, in a county that does not say which came back; nobody is chased there.")
    say_gaps(gaps)


@ballots.command()
@as_option
@purpose_option
@day_option("--election", "Which election.", required=True)
@where_option
@home_option
@json_option
@refusing
def cure(
    member_key: str, purpose: str, election: datetime.date, where: str, home: Path | None, as_json: bool
) -> None:
    """Rejected ballots that can still be cured, by days left. Rows: `export` with cure('DATE')."""
    documents, gaps = _found(home, "cure", member_key, purpose, election, where)
    if as_json:
        say_json({"election": election.isoformat(), "lines": documents, "gaps": gaps})
        return
    head = ["Days left", "Until", "Owner", "County", "Why", "Who may do it", "Voters"]
    rows = [
        ["?" if d["days_left"] is None else str(d["days_left"]), f"{d['until']} {d['at']}".strip(),
         d["owner"], d["county"], d["why"], d["who"], d["voters"]]
        for d in documents
    ]  # fmt: skip
    say_table(f"To cure for {election}", head, rows, right=6)
    for source in sorted({d["source"] for d in documents if d["source"]}):
        stdout.print(f"Deadline by {source}. Facts to start from, not legal advice.", markup=False)
    say_gaps(gaps)
