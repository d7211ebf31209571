"""`streets`: maps that a member brings, so that its turf is cut and walked along streets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    progress,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.field.maps.keep import Brought

as_option = acting("Whose walks they are for.")


@click.group()
def streets() -> None:
    """Streets of a public map, brought by a member for its own walks."""


@streets.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@as_option
@click.option("--source", required=True, help="Where the files are from.")
@click.option("--licence", required=True, help="What the source permits, by its licence's name.")
@click.option("--as-of", required=True, metavar="DATE", help="The day of which the map is.")
@home_option
@json_option
@refusing
def load(
    files: Sequence[Path],
    member_key: str,
    source: str,
    licence: str,
    as_of: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Take in OpenStreetMap (.osm.pbf, .osm), shapefiles (.zip, .shp) or GeoJSON (.geojson)."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import streets as actions
    from commonroll.server.actor import Actor

    with progress("reading streets"):
        made = actions.load(
            home=found, of=federation.member(member_key), paths=files, source=source, licence=licence,
            as_of=as_of, by=Actor.command_line(),
        )  # fmt: skip
    if as_json:
        say_json(actions.as_dict(made))
    else:
        _say(made)


@streets.command(name="list")
@as_option
@home_option
@json_option
@refusing
def listed(member_key: str, home: Path | None, as_json: bool) -> None:
    """What a member brought, the newest first."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import streets as actions
    from commonroll.server.actor import Actor

    known = actions.brought(home=found, of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json([actions.as_dict(one) for one in known])
        return
    rows = [
        [
            one.id[:8],
            ", ".join(one.files),
            one.source,
            one.as_of,
            "put away" if one.away else one.state,
            one.kept,
        ]
        for one in known
    ]
    say_table("Streets", ["Streets", "Files", "Source", "As of", "State", "Lines"], rows, right=5)


@streets.command(name="put-away")
@click.argument("streets_id", metavar="STREETS")
@as_option
@click.option("--back", is_flag=True, help="Have them again.")
@home_option
@refusing
def put_away(streets_id: str, member_key: str, back: bool, home: Path | None) -> None:
    """No further cut uses them; with --back it does again, within 30 days."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import streets as actions
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    one = actions.put_away(home=found, of=member, name=streets_id, away=not back, by=Actor.command_line())
    stdout.print(f"{', '.join(one.files)}: {'here again' if back else 'put away'}.", markup=False)


def _say(made: Brought) -> None:
    from commonroll.field.maps.gathered import LEFT_OUT

    stdout.print(
        f"{', '.join(made.files)}: {made.kept:,} of {made.read:,} lines are kept, as of {made.as_of}. "
        f"Streets {made.id[:8]}.",
        markup=False,
    )
    for why, many in sorted(made.left.items()):
        stdout.print(f"{many:,} left out: {LEFT_OUT[why]}.")
    if made.classless:
        stdout.print(f"Of {made.classless:,} nothing says what they are: they count as local streets.")
