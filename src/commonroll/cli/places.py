"""`places`, `geocode`: addresses and households of a member's roll, and where they are on the map."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.roll.places.unwalkable import REASONS

if TYPE_CHECKING:
    from commonroll.roll.places.places import Places

KINDS = {
    "street": "a street and number",
    "rural_route": "a rural route",
    "po_box": "a PO box, no door",
    "military": "military mail",
    "unread": "not understood, kept whole",
}
METHODS = {
    "hand": "where a person put it",
    "point": "at its own address point",
    "between": "between known neighbours",
    "range": "along the numbers of its street",
    "zip": "somewhere in its ZIP: not to walk to",
    "": "not placed",
}


FAULTS = {
    "crowd": "more than 40 addresses at one place",
    "outside": "far from all else of their ZIP",
    "off_street": "far from the numbers before and after",
}


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def places(member_key: str, home: Path | None, as_json: bool) -> None:
    """Take the roll's addresses apart into doors and households, anew."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import places as actions
    from commonroll.server.actor import Actor

    made = actions.make(home=found, of=federation.member(member_key), by=Actor.command_line())
    _say(made, as_json)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--points", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Public address points: CSV, GeoJSON or Parquet.")  # fmt: skip
@click.option("--ranges", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Streets with their sides' numbers: TIGER's ADDRFEAT as GeoJSON.")  # fmt: skip
@home_option
@json_option
@refusing
def geocode(
    member_key: str, points: Path | None, ranges: Path | None, home: Path | None, as_json: bool
) -> None:
    """Place the roll's doors by address points and ranges of streets, which stay in the vault."""
    if points is None and ranges is None:
        raise click.UsageError("Name a file: --points or --ranges, or both.")
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import places as actions
    from commonroll.server.actor import Actor

    kept, sides, made = actions.geocode(
        home=found, of=federation.member(member_key), points=points, ranges=ranges, by=Actor.command_line()
    )
    if kept and not as_json:
        stdout.print(f"{kept.file}: {kept.kept:,} of {kept.rows:,} rows are address points.")
        for fault, count in kept.faults.items():
            stdout.print(f"{count:,} left out: {FAULTS[fault]}.")
    if sides and not as_json:
        stdout.print(f"{sides.file}: {sides.streets:,} streets, {sides.sides:,} sides with numbers.")
    _say(made, as_json)


def _say(made: Places, as_json: bool) -> None:
    if as_json:
        say_json(asdict(made))
        return
    stdout.print(
        f"Snapshot {made.snapshot}: {made.addresses:,} voters with an address, {made.sure:,} of them sure; "
        f"{made.households:,} households."
    )
    say_table("addresses", ["kind", "voters"], [[KINDS[k], n] for k, n in made.kinds.items()], right=1)
    say_table("on the map", ["place", "voters"], [[METHODS[m], n] for m, n in made.methods.items()], right=1)
    if made.reasons:
        say_table(
            "no door to walk to",
            ["why", "voters"],
            [[REASONS[r], n] for r, n in made.reasons.items()],
            right=1,
        )
