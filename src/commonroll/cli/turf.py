"""`turf`: doors of people whom a member may call on, cut for walking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from commonroll.server.models import TurfCut

as_option = acting("Whose walk it is.")
cut_argument = click.argument("number", type=int, metavar="CUT")


@click.group()
def turf() -> None:
    """Doors of people whom a member may call on, cut into what one person walks in one go."""


@turf.command()
@as_option
@click.option("--name", required=True, help="What the walk is called.")
@click.option("--purpose", required=True, help="What it is for.")
@click.option("--where", default="", help="Whom to call on, as for `count`.")
@click.option("--doors", type=int, help="Doors in a turf.  [default: 50]")
@click.option("--minutes", type=int, help="Minutes in a turf instead: for the country.")
@click.option("--at-door", type=float, default=2.0, show_default=True, help="Minutes at a door.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed cuts the same.")
@home_option
@json_option
@refusing
def cut(
    member_key: str,
    name: str,
    purpose: str,
    where: str,
    doors: int | None,
    minutes: int | None,
    at_door: float,
    seed: int,
    home: Path | None,
    as_json: bool,
) -> None:
    """Cut the doors of everybody whom a WHERE finds and who may be called on now."""
    if doors is not None and minutes is not None:
        raise click.UsageError("say --doors or --minutes, not both")
    found = use(home)
    from commonroll.field.divide import Size
    from commonroll.server.actions import federation
    from commonroll.server.actions import turf as actions
    from commonroll.server.actor import Actor

    size = Size("minutes", minutes, at_door) if minutes is not None else Size("doors", doors or 50, at_door)
    with progress("cutting turf"):
        made = actions.cut(
            home=found, member=federation.member(member_key), name=name, purpose=purpose, where=where,
            size=size, seed=seed, by=Actor.command_line(),
        )  # fmt: skip
    _say(made, as_json)


@turf.command(name="list")
@as_option
@home_option
@json_option
@refusing
def listed(member_key: str, home: Path | None, as_json: bool) -> None:
    """The cuts of a member, the newest first."""
    use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import turf as actions

    documents = [actions.as_dict(each, count) for each, count in actions.cuts(federation.member(member_key))]
    if as_json:
        say_json(documents)
        return
    rows: list[list[Any]] = [
        [str(d["id"]), d["name"], d["purpose"], d["made_at"][:10], d["gone"] or "", d["turf"], d["doors"]]
        for d in documents
    ]
    say_table("Cuts", ["Cut", "Name", "Purpose", "Made", "Gone", "Turfs", "Doors"], rows, right=5)


@turf.command()
@cut_argument
@as_option
@home_option
@json_option
@refusing
def show(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """The turfs of a cut."""
    use(home)
    _say(_one(member_key, number), as_json)


@turf.command(name="put-away")
@cut_argument
@as_option
@click.option("--back", is_flag=True, help="Have it again.")
@home_option
@refusing
def put_away(number: int, member_key: str, back: bool, home: Path | None) -> None:
    """Put a cut away; with --back it is there again."""
    use(home)
    from commonroll.server.actions import turf as actions
    from commonroll.server.actor import Actor

    act = actions.take_back if back else actions.put_away
    found = act(cut=_one(member_key, number), by=Actor.command_line())
    stdout.print(f"{found.name} is {'here again' if back else 'put away'}.")


def _one(member: str, number: int) -> TurfCut:
    from commonroll.server.actions import federation
    from commonroll.server.actions import turf as actions
    from commonroll.server.actor import Actor

    return actions.cut_of(member=federation.member(member), number=number, by=Actor.command_line())


def _say(found: TurfCut, as_json: bool) -> None:
    from commonroll.server.actions import turf as actions

    turfs = list(found.turfs.all())
    document = actions.as_dict(found, len(turfs), turfs)
    if as_json:
        say_json(document)
        return
    rows: list[list[Any]] = [
        [str(t["number"]), t["name"], "by car" if t["car"] else "", t["doors"], t["people"], *_round(t)]
        for t in document["turfs"]
    ]
    head = ["Turf", "Streets", "", "Doors", "People", "Metres", "Minutes"]
    say_table(f"{found.name}: {found.doors:,} doors", head, rows, right=4)
    for reason, people in document["not_placed"].items():
        stdout.print(f"{people:,} people are in no turf: {reason}.")
    for gap in document["gaps"]:
        stdout.print(gap["sentence"])


def _round(turf: dict[str, Any]) -> list[str]:
    """Metres and minutes, empty where the cut is older than walks are."""
    metres, minutes = turf["metres"], turf["minutes"]
    return ["" if metres is None else f"{metres:,}", "" if minutes is None else f"{minutes:.0f}"]
