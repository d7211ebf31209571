"""`list`: lists of persons that a member keeps, in folders: made, combined, drawn, read, rebuilt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    progress,
    refusing,
    say_gaps,
    say_json,
    say_table,
    stdout,
    table_format,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.server.models import SavedList

as_option = acting("Whose lists they are.")
name_option = click.option("--name", required=True, help="What the new list is called.")
seed_option = click.option("--seed", default="1", show_default=True, help="The same seed draws the same.")
list_argument = click.argument("number", type=int, metavar="LIST")


@click.group(name="list")
def saved() -> None:
    """Lists of persons: fixed ones, each read under today's agreements, law and opt-outs."""


def _one(member_key: str, number: int) -> SavedList:
    from commonroll.server.actions import federation, lists
    from commonroll.server.actor import Actor

    return lists.list_of(member=federation.member(member_key), pk=number, by=Actor.command_line())


def _say(found: Iterable[SavedList], as_json: bool, home: Path) -> None:
    from commonroll.server import startup
    from commonroll.server.actions import lists
    from commonroll.server.home import Home

    startup.fold(Home(home))
    documents = [lists.as_dict(each) for each in found]
    if as_json:
        say_json(documents)
        return
    rows: list[list[Any]] = [
        [str(d["id"]), d["name"], d["folder"] or "", d["purpose"], f"{d['rows']:,}", d["made_at"][:10]]
        for d in documents
    ]
    say_table("", ("list", "name", "folder", "purpose", "kept", "made"), rows, right=4)


@saved.command()
@as_option
@name_option
@click.option("--purpose", required=True, help="Why: gotv, persuasion, fundraising, …")
@click.option("--where", default="", help="Which voters, e.g. \"party = 'DEM' AND age < 30\".")
@click.option("--folder", default="", help="The folder it lies in.")
@home_option
@json_option
@refusing
def make(
    member_key: str, name: str, purpose: str, where: str, folder: str, home: Path | None, as_json: bool
) -> None:
    """Keep the persons whom a question finds now."""
    found = use(home)
    from commonroll.server.actions import federation, list_folders, lists
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member(member_key)
    within = list_folders.named(member=member, name=folder, by=by) if folder else None
    made = lists.make(
        home=found, member=member, name=name, purpose=purpose, where=where, folder=within, by=by
    )
    _say([made], as_json, found.path)


@saved.command(name="all")
@as_option
@home_option
@json_option
@refusing
def every(member_key: str, home: Path | None, as_json: bool) -> None:
    """The lists of MEMBER."""
    found = use(home)
    from commonroll.server.actions import federation
    from commonroll.server.models import SavedList

    kept = SavedList.objects.filter(member=federation.member(member_key), deleted_at=None)
    _say(kept.select_related("folder"), as_json, found.path)


@saved.command()
@list_argument
@as_option
@home_option
@json_option
@refusing
def show(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """How many of a list may be seen today, and who is missing and why."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import list_reading, lists, questions
    from commonroll.server.actor import Actor

    listed = _one(member_key, number)
    today = list_reading.standing(home=found, listed=listed, by=Actor.command_line())
    startup.fold(found)
    gaps = [questions.gap_dict(gap) for gap in today.gaps]
    if as_json:
        counts = {"shown": today.shown, "suppressed": today.suppressed, "left_out": today.left_out}
        say_json(lists.as_dict(listed) | counts | {"gaps": gaps})
        return
    stdout.print(
        f"{today.shown:,} of {today.rows:,} may be seen today; {today.suppressed:,} are left out by opt-outs,"
        f" law or terms, or left the roll; {today.left_out:,} are of owners that share none now",
        markup=False,
    )
    say_gaps(gaps)


@saved.command()
@click.argument("operation", type=click.Choice(["union", "intersection", "difference"]))
@click.argument("one", type=int)
@click.argument("other", type=int)
@as_option
@name_option
@home_option
@json_option
@refusing
def combine(
    operation: str, one: int, other: int, member_key: str, name: str, home: Path | None, as_json: bool
) -> None:
    """A list of the persons of ONE or OTHER, of both, or of ONE without OTHER."""
    found = use(home)
    from commonroll.server.actions import lists
    from commonroll.server.actor import Actor

    first, second = (_one(member_key, number) for number in (one, other))
    made = lists.combine(
        home=found, operation=operation, one=first, other=second, name=name, by=Actor.command_line()
    )
    _say([made], as_json, found.path)


@saved.command()
@list_argument
@click.argument("size", type=int)
@as_option
@name_option
@seed_option
@home_option
@json_option
@refusing
def sample(
    number: int, size: int, member_key: str, name: str, seed: str, home: Path | None, as_json: bool
) -> None:
    """Draw SIZE persons of a list at random."""
    found = use(home)
    from commonroll.server.actions import lists
    from commonroll.server.actor import Actor

    drawn = lists.sample(
        home=found, of=_one(member_key, number), size=size, seed=seed, name=name, by=Actor.command_line()
    )
    _say([drawn], as_json, found.path)


@saved.command()
@list_argument
@click.argument("names", nargs=-1, required=True)
@as_option
@seed_option
@home_option
@json_option
@refusing
def split(
    number: int, names: tuple[str, ...], member_key: str, seed: str, home: Path | None, as_json: bool
) -> None:
    """Split a list at random into parts of these NAMES that have nobody in common."""
    found = use(home)
    from commonroll.server.actions import lists
    from commonroll.server.actor import Actor

    parts = lists.split(
        home=found, of=_one(member_key, number), names=list(names), seed=seed, by=Actor.command_line()
    )
    _say(parts, as_json, found.path)


@saved.command()
@list_argument
@as_option
@click.option("--columns", required=True, metavar="COL,...")
@click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="FILE.csv or FILE.parquet")  # fmt: skip
@home_option
@json_option
@refusing
def export(
    number: int, member_key: str, columns: str, target: Path, home: Path | None, as_json: bool
) -> None:
    """Write a list's persons to a file; its receipts go beside it."""
    found = use(home)
    from commonroll.server.actions import list_reading, questions
    from commonroll.server.actor import Actor

    kind = table_format(target)
    chosen = [word.strip() for word in columns.split(",") if word.strip()]
    with progress("exporting"):
        extract = list_reading.export(
            home=found, listed=_one(member_key, number), columns=chosen, format=kind, by=Actor.command_line()
        )
        questions.deliver(home=found, extract=extract, target=target)
    if as_json:
        say_json(questions.extract_dict(extract))
    else:
        stdout.print(f"{extract.rows:,} rows in {target}")
        say_gaps(extract.gaps)


@saved.command()
@list_argument
@as_option
@home_option
@json_option
@refusing
def history(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """What a list was: who did what when, by which definition, from which versions of the rolls."""
    use(home)
    from commonroll.server.actions import list_history

    steps = list_history.history(_one(member_key, number))
    if as_json:
        say_json([list_history.step_dict(step) for step in steps])
        return
    rows: list[list[Any]] = [
        [str(s.pk), s.get_step_display(), f"{s.at:%Y-%m-%d %H:%M}", s.by, f"{s.rows or 0:,}",
         ", ".join(f"{owner} {version}" for owner, version in sorted(s.versions.items()))]
        for s in steps
    ]  # fmt: skip
    say_table("", ("step", "what", "when (UTC)", "who", "kept", "rolls"), rows, right=5)


@saved.command()
@list_argument
@as_option
@home_option
@json_option
@refusing
def fill(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """Choose a list's persons anew by its own definition."""
    found = use(home)
    from commonroll.server.actions import lists
    from commonroll.server.actor import Actor

    listed = lists.refill(home=found, listed=_one(member_key, number), by=Actor.command_line())
    _say([listed], as_json, found.path)


@saved.command()
@list_argument
@click.argument("step", type=int)
@as_option
@name_option
@home_option
@json_option
@refusing
def rebuild(number: int, step: int, member_key: str, name: str, home: Path | None, as_json: bool) -> None:
    """A list as it was at a STEP of its history, from the versions of the rolls of then."""
    found = use(home)
    from commonroll.server.actions import list_history, lists
    from commonroll.server.actor import Actor

    then = list_history.step_of(_one(member_key, number), step)
    _say([lists.rebuild(home=found, step=then, name=name, by=Actor.command_line())], as_json, found.path)


@saved.command(name="rebuild-universe")
@click.argument("universe")
@as_option
@click.option("--on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day.")
@name_option
@home_option
@json_option
@refusing
def rebuild_universe(
    universe: str, member_key: str, on: datetime, name: str, home: Path | None, as_json: bool
) -> None:
    """Whom the saved UNIVERSE of that name found on a day."""
    found = use(home)
    from commonroll.server.actions import federation, lists, universes
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    kept = universes.named(member=federation.member(member_key), name=universe, by=by)
    made = lists.rebuild_universe(home=found, universe=kept, on=on.date(), name=name, by=by)
    _say([made], as_json, found.path)


@saved.command()
@list_argument
@as_option
@click.option("--back", is_flag=True, help="Take it back instead.")
@home_option
@refusing
def delete(number: int, member_key: str, back: bool, home: Path | None) -> None:
    """Put a list away; with --back it is there again."""
    use(home)
    from commonroll.server.actions import federation, list_history
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    if back:
        found = list_history.restore(member=federation.member(member_key), pk=number, by=by)
        stdout.print(f"{found.name} is there again", markup=False)
        return
    listed = _one(member_key, number)
    list_history.delete(of=listed, by=by)
    stdout.print(f"{listed.name} is put away; --back takes it back", markup=False)


@saved.command()
@click.argument("name")
@as_option
@click.option("--put", "numbers", type=int, multiple=True, metavar="LIST", help="A list to put into it.")
@home_option
@refusing
def folder(name: str, member_key: str, numbers: tuple[int, ...], home: Path | None) -> None:
    """Make a folder where there is none of this NAME, and put lists into it."""
    use(home)
    from commonroll.server.actions import federation, list_folders, list_history
    from commonroll.server.actor import Actor, Unknown

    by, member = Actor.command_line(), federation.member(member_key)
    try:
        kept = list_folders.named(member=member, name=name, by=by)
    except Unknown:
        kept = list_folders.make(member=member, name=name, by=by)
    for number in numbers:
        list_history.move(of=_one(member_key, number), folder=kept, by=by)
    stdout.print(f"{len(numbers)} put into {kept.name}", markup=False)
