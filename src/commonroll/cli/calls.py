"""`calls`: lists of people to call, what calls came to, and results that dialers bring."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.server.models import CallList

as_option = acting("Whose calls they are.")
list_argument = click.argument("number", type=int, metavar="LIST")


@click.group()
def calls() -> None:
    """Lists of people to call; the calls themselves are made on the page Calls or with a dialer."""


@calls.command()
@as_option
@click.option("--name", required=True, help="What the list is called.")
@click.option("--purpose", required=True, help="What it is for.")
@click.option("--where", default="", help="Whom to call, as for `count`.")
@click.option("--script", "script_number", type=int, help="A script that goes along, by its number.")
@home_option
@json_option
@refusing
def make(
    member_key: str,
    name: str,
    purpose: str,
    where: str,
    script_number: int | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Keep everybody whom a WHERE finds, who may be called now and has a phone."""
    found = use(home)
    from commonroll.server.actions import calls as actions
    from commonroll.server.actions import federation, scripts
    from commonroll.server.actor import Actor

    member, me = federation.member(member_key), Actor.command_line()
    script = None
    if script_number is not None:
        script = scripts.to_take_along(scripts.script_of(member=member, number=script_number, by=me))
    made = actions.make(
        home=found, member=member, name=name, purpose=purpose, where=where, script=script, by=me
    )
    _say(made, as_json)


@calls.command("list")
@as_option
@home_option
@json_option
@refusing
def list_(member_key: str, home: Path | None, as_json: bool) -> None:
    """The member's lists, with how many were called and how many wait."""
    use(home)
    from commonroll.server.actions import calls as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    held: list[Any] = actions.lists(federation.member(member_key), by=Actor.command_line())
    rows = [
        {"id": one.pk, "name": one.name, "purpose": one.purpose, "people": one.many, "called": one.called,
         "waiting": one.waiting}
        for one in held
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    head = ["No.", "Name", "For", "People", "Called", "Waiting"]
    say_table("Lists to call", head, [list(row.values()) for row in rows], right=3)


@calls.command()
@list_argument
@as_option
@home_option
@json_option
@refusing
def show(number: int, member_key: str, home: Path | None, as_json: bool) -> None:
    """What the calls of a list came to, by caller."""
    use(home)
    _say(_list(number, member_key), as_json)


@calls.command()
@list_argument
@as_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--column", "columns", multiple=True, metavar="COLUMN=ROLE",
              help="What a column is: phone, code, result, at, question:ID. Repeat it.")  # fmt: skip
@click.option("--channel", type=click.Choice(["phone", "text"]), default="phone", show_default=True,
              help="How they were reached.")  # fmt: skip
@home_option
@json_option
@refusing
def bring(
    number: int,
    member_key: str,
    file: Path,
    columns: tuple[str, ...],
    channel: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Take in results of a dialer or a texting tool (CSV). The same file again changes nothing."""
    if wrong := next((one for one in columns if "=" not in one), None):
        raise click.UsageError(f"--column {wrong!r}: say COLUMN=ROLE")
    found = use(home)
    from commonroll.server.actions import call_files
    from commonroll.server.actor import Actor

    of = _list(number, member_key)
    sheet = call_files.read(file.read_bytes())
    named = dict(one.rpartition("=")[::2] for one in columns)
    taken = call_files.take(
        home=found, of=of, sheet=sheet, mapping=call_files.guess(of, sheet) | named, channel=channel,
        by=Actor.command_line(),
    )  # fmt: skip
    said = {
        "new": taken.new, "known": taken.known, "endings": dict(taken.by_ending),
        "refused": [{"line": line, "reason": reason} for line, reason in taken.refused],
    }  # fmt: skip
    if as_json:
        say_json(said)
        return
    stdout.print(
        f"{taken.new:,} calls are new, {taken.known:,} were here, {len(taken.refused):,} lines refused."
    )
    for line, reason in taken.refused[: call_files.MOST_SAID]:
        stdout.print(f"line {line}: {reason}")


def _list(number: int, member_key: str) -> CallList:
    from commonroll.server.actions import calls as actions
    from commonroll.server.actions import federation
    from commonroll.server.actor import Actor

    return actions.list_of(member=federation.member(member_key), number=number, by=Actor.command_line())


def _say(of: CallList, as_json: bool) -> None:
    from commonroll.server.actions import call_numbers

    by_caller, _ = call_numbers.tables(of)
    total = by_caller.total
    said: dict[str, Any] = {
        "id": of.pk, "name": of.name, "purpose": of.purpose, "people": of.people.count(),
        "attempts": total.attempts, "conversations": total.conversations, "answers": total.answers,
        "gaps": of.gaps,
    }  # fmt: skip
    if as_json:
        say_json(said)
        return
    stdout.print(f"{of.name} (list {of.pk}): {said['people']:,} people to call.")
    stdout.print(
        f"{total.attempts:,} calls, {total.conversations:,} conversations, {total.answers:,} answers."
    )
    for gap in of.gaps:
        stdout.print(gap)
