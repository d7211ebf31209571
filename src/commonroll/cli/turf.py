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
@click.option("--walkers", type=int, help="As many turfs as there are people, whatever their size.")
@click.option("--short", type=int, default=0, help="How many cannot walk far: turfs of half the size.")
@click.option("--bike", type=int, default=0, help="How many come on a bike: longer ones, in the country.")
@click.option(
    "--within", default="", help="A border no turf crosses: county, precinct, congress, senate, house."
)
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
    walkers: int | None,
    short: int,
    bike: int,
    within: str,
    at_door: float,
    seed: int,
    home: Path | None,
    as_json: bool,
) -> None:
    """Cut the doors of everybody whom a WHERE finds and who may be called on now."""
    if sum(each is not None for each in (doors, minutes, walkers)) > 1:
        raise click.UsageError("say one of --doors, --minutes and --walkers")
    found = use(home)
    from commonroll.console import stderr
    from commonroll.field.capacity import Capacities
    from commonroll.field.divide import Size
    from commonroll.server import turf_checks
    from commonroll.server.actions import federation
    from commonroll.server.actions import turf as actions
    from commonroll.server.actor import Actor

    size = Size("minutes", minutes, at_door) if minutes is not None else Size("doors", doors or 50, at_door)
    with progress("cutting turf"):
        made = actions.cut(
            home=found, member=federation.member(member_key), name=name, purpose=purpose, where=where,
            size=size, walkers=walkers, capacities=Capacities(short, bike), within=within, seed=seed,
            by=Actor.command_line(),
        )  # fmt: skip
    _say(made, as_json)
    if said := turf_checks.made_for(list(made.turfs.all()), short, bike):
        stderr.print(f"Of these turfs {said}.")


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


@turf.command()
@cut_argument
@as_option
@click.option("--turf", "turf_number", type=int, required=True, help="Its number in the cut.")
@click.option("--walker", required=True, help="Who walks it.")
@click.option("--hours", type=click.IntRange(1, 48), default=4, show_default=True, help="Hours of the shift.")
@click.option("--script", "script_number", type=int, help="A script that goes along, by its number.")
@home_option
@json_option
@refusing
def give(
    number: int,
    member_key: str,
    turf_number: int,
    walker: str,
    hours: int,
    script_number: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Give a turf to somebody: the code for its phone, which works once within half an hour."""
    found = use(home)
    from datetime import timedelta

    from django.utils import timezone

    from commonroll.server.actions import hand_outs
    from commonroll.server.actor import Actor

    cut, by = _one(member_key, number), Actor.command_line()
    ends_at = timezone.now() + timedelta(hours=hours) + hand_outs.AFTER_SHIFT
    script = None if script_number is None else _script(cut, script_number)
    made, code = hand_outs.give(
        home=found, turf=hand_outs.turf_of(cut, turf_number), walker=walker, ends_at=ends_at, script=script,
        by=by,
    )  # fmt: skip
    if as_json:
        say_json({"id": made.pk, "code": code, "until": made.code_until, "ends_at": made.ends_at})
        return
    stdout.print(
        f"{made.walker} has turf {turf_number} with the code {hand_outs.spaced(code)}: at /f/ of the site."
    )


@turf.command()
@cut_argument
@as_option
@home_option
@json_option
@refusing
def taken(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """Who has which turf of a cut, since when, and how many doors are done."""
    use(home)
    from commonroll.server import out

    documents = [each for one in out.standing(_one(member_key, number)) for each in out.as_dicts(one)]
    if as_json:
        say_json(documents)
        return
    rows: list[list[Any]] = [
        [str(d["turf"]), str(d["id"] or ""), d["walker"], d["state"], d["since"][:16], d["last_contact"][:16],
         f"{d['done']} of {d['doors']}"]
        for d in documents
    ]  # fmt: skip
    head = ["Turf", "In hand", "Who", "State", "Since", "Last contact", "Doors done"]
    say_table("Who has which turf", head, rows, right=6)


@turf.command()
@click.argument("number", type=int, metavar="CUT")
@as_option
@click.option("--minutes", type=click.IntRange(1, 1_440), help="How much time they have.")
@click.option("--way", type=click.Choice(["short", "bike"]), help="Who cannot walk far; on a bike.")
@click.option("--no-stairs", is_flag=True, help="No flats.")
@click.option("--near", default="", help="Where they start: latitude, longitude; or a turf's number.")
@home_option
@json_option
@refusing
def fits(
    number: int, member_key: str, minutes: int | None, way: str | None, no_stairs: bool, near: str,
    home: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Free turfs of a cut that fit a walker, the best first."""
    use(home)
    from commonroll.server import out, turf_checks, turf_fits

    every = out.standing(_one(member_key, number))
    free, usual = [one.turf for one in every if one.free], turf_checks.usual_walk([one.turf for one in every])
    asked = {"time": str(minutes or ""), "way": way or "", "flats": "no" if no_stairs else "", "near": near}
    walker = turf_fits.read(asked, free)
    found = turf_fits.fitting(walker, free, usual)
    if as_json:
        say_json([
            {"turf": fit.turf.number, "name": fit.turf.name, "doors": fit.turf.doors, "fits": fit.words}
            for fit in found
        ])  # fmt: skip
        return
    if not found:
        stdout.print(f"No free turf fits. {turf_fits.why_none(walker, free, usual)}")
        return
    rows: list[list[Any]] = [[str(f.turf.number), f.turf.name, f.words, f.turf.doors] for f in found]
    head = ["Turf", "Streets", "What it is", "Doors"]
    say_table("Free turfs that fit, the best first", head, rows, right=3)


@turf.command()
@click.argument("hand_out", type=int, metavar="IN-HAND")
@as_option
@click.option("--why", default="", help="Take it away, and say why.")
@click.option("--lost", is_flag=True, help="Its phone is lost: a new code for the same walker.")
@click.option("--to", "walker", default="", help="Hand the rest on to somebody else.")
@click.option("--undo", is_flag=True, help="Have it again, as long as its phone has not heard of the end.")
@home_option
@refusing
def end(
    hand_out: int, member_key: str, why: str, lost: bool, walker: str, undo: bool, home: Path | None
) -> None:
    """Take a turf out of somebody's hands; without an option it was handed back."""
    if sum(map(bool, (why, lost, walker, undo))) > 1:
        raise click.UsageError("say one of --why, --lost, --to, --undo")
    found = use(home)
    from commonroll.server.actions import federation, hand_out_ends, hand_outs
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    one = hand_outs.hand_out_of(member=federation.member(member_key), number=hand_out, by=by)
    if lost or walker:
        made, code = (
            hand_out_ends.lost(home=found, hand_out=one, by=by)
            if lost
            else hand_out_ends.hand_on(home=found, hand_out=one, walker=walker, by=by)
        )
        stdout.print(f"{made.walker} has turf {one.turf.number} with the code {hand_outs.spaced(code)}.")
        return
    if undo:
        hand_out_ends.have_again(hand_out=one, by=by)
    elif why:
        hand_out_ends.revoke(hand_out=one, why=why, by=by)
    else:
        hand_out_ends.hand_back(hand_out=one, by=by)
    words = "is in the same hands again" if undo else "is taken away" if why else "is handed back"
    stdout.print(f"Turf {one.turf.number} of {one.walker} {words}.")


def _one(member: str, number: int) -> TurfCut:
    from commonroll.server.actions import federation
    from commonroll.server.actions import turf as actions
    from commonroll.server.actor import Actor

    return actions.cut_of(member=federation.member(member), number=number, by=Actor.command_line())


def _script(cut: TurfCut, number: int) -> dict[str, Any]:
    """The newest version of a script that may be walked with."""
    from commonroll.server.actions import scripts
    from commonroll.server.actor import Actor

    script = scripts.script_of(member=cut.member, number=number, by=Actor.command_line())
    return scripts.to_take_along(script)


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
