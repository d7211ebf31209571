"""`field`: what a member's walks came to."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from commonroll.console import acting, home_option, json_option, refusing, say_json, say_table, stdout, use

as_option = acting("Whose walks they are.")
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def field() -> None:
    """What is recorded at doors and on the phone, and what it comes to."""


@field.command()
@as_option
@click.option("--cut", "cut_number", type=int, help="Of one cut alone.")
@click.option("--from", "first", type=_DAY, help="From this day on, in the member's own zone.")
@click.option("--to", "last", type=_DAY, help="To this day.")
@click.option(
    "--by", type=click.Choice(["turf", "canvasser", "day", "script"]), default="day", show_default=True,
    help="What a row is.",
)  # fmt: skip
@home_option
@json_option
@refusing
def numbers(
    member_key: str,
    cut_number: int | None,
    first: datetime | None,
    last: datetime | None,
    by: Any,
    home: Path | None,
    as_json: bool,
) -> None:
    """Doors, attempts, conversations, answers and people of a member's walks; the rows add up."""
    found_home = use(home)
    from commonroll.server.actions import federation, walk_numbers
    from commonroll.server.actions import turf as cuts
    from commonroll.server.actor import Actor

    member, me = federation.member(member_key), Actor.command_line()
    cut = cuts.cut_of(member=member, number=cut_number, by=me) if cut_number is not None else None
    found = walk_numbers.walked(
        home=found_home, member=member, cut=cut, first=_day(first), last=_day(last), by=me
    )
    if as_json:
        say_json(walk_numbers.as_dict(found))
        return
    rows: list[list[Any]] = [
        [label, *walk_numbers.values(row)[:5]] for label, row in walk_numbers.labelled(found, by)
    ]
    held = found.tables[by]
    if held.twice_doors or held.twice_people:
        rows.append(["in several rows", -held.twice_doors, 0, 0, 0, -held.twice_people])
    rows.append(["together", *walk_numbers.values(held.total)[:5]])
    head = [by.capitalize(), "Doors", "Attempts", "Conversations", "Answers", "People"]
    say_table(f"Field, by {by}", head, rows, right=1)
    if found.nearly_all is not None:
        took = found.nearly_all.total_seconds()
        stdout.print(f"95 of 100 records were here {took:,.0f} s after the door, or sooner.")
    if found.held:
        stdout.print(f"{found.held:,} records wait for a lead and are in no number.")


@field.command()
@home_option
@json_option
@refusing
def fold(home: Path | None, as_json: bool) -> None:
    """Bring what was recorded at doors into the vaults now, and to the owners what is due; the site does it
    by itself. The same again changes nothing."""
    found_home = use(home)
    from commonroll.server.actions import folding, releasing

    done, gone = folding.run(found_home), releasing.run(found_home)
    if as_json:
        say_json(vars(done) | {"returned": gone})
        return
    stdout.print(
        f"{done.records:,} records: {done.put:,} answers put, {done.withdrawn:,} taken back, "
        f"{done.stops:,} stops and {done.words:,} words told. "
        f"{sum(gone.values()):,} answers went on to {len(gone):,} owners."
    )


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
