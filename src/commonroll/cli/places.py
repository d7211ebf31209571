"""`places`, `geocode`: addresses and households of a member's roll, and where they are on the map."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use

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
    "point": "at its own address point",
    "between": "between known neighbours",
    "zip": "somewhere in its ZIP: not to walk to",
    "": "not placed",
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
@click.option("--points", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=True,
              help="Public address points: CSV, GeoJSON or Parquet.")  # fmt: skip
@home_option
@json_option
@refusing
def geocode(member_key: str, points: Path, home: Path | None, as_json: bool) -> None:
    """Place the roll's doors by a county's address points, which stay in the vault."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import places as actions
    from commonroll.server.actor import Actor

    kept, made = actions.geocode(
        home=found, of=federation.member(member_key), points=points, by=Actor.command_line()
    )
    if not as_json:
        stdout.print(f"{kept.file}: {kept.kept:,} of {kept.rows:,} rows are address points.")
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
