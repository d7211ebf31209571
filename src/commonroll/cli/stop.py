"""`stop`: leave people alone for all members, take it back, and look up who asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

import click

from commonroll.console import acting, home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.server.actions.stop_looks import Word

Command = TypeVar("Command", bound=Callable[..., None])
CHANNEL = click.Choice(["all", "door", "call", "text", "mail", "email"])
channel_option = click.option(
    "--channel", type=CHANNEL, default="all", show_default=True, help="By which way nobody comes any more."
)


@click.group()
def stop() -> None:
    """Leave people alone, for every member of the federation."""


def _meant(voter: str, phone: str, email: str, address: str) -> tuple[str, str]:
    given = {"person": voter, "phone": phone, "email": email, "address": address}
    named = [(kind, text) for kind, text in given.items() if text]
    if len(named) != 1:
        raise Refusal(
            "who is meant is not said" if not named else "more than one is named",
            next_step="name one: --voter, --phone, --email, or --address with --zip",
        )
    return named[0]


def _who(command: Command) -> Command:
    """The options that name a voter, a number, an e-mail or an address."""
    for option in (
        click.option("--zip", "zip5", default="", help="The address's ZIP code."),
        click.option("--unit", default="", help="The address's unit, if it is not in the line."),
        click.option("--address", default="", help="An address, as somebody writes it."),
        click.option("--email", default="", help="An e-mail."),
        click.option("--phone", default="", help="A phone number."),
        click.option("--voter", default="", metavar="ID", help="A voter's id on the member's roll."),
    ):
        option(command)
    return command


@stop.command("add")
@acting("The member that heard it.")
@_who
@channel_option
@home_option
@refusing
def add(
    member_key: str,
    voter: str,
    phone: str,
    email: str,
    address: str,
    unit: str,
    zip5: str,
    channel: str,
    home: Path | None,
) -> None:
    """Leave one person, number, e-mail or address alone from now on."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, stops
    from commonroll.server.actor import Actor
    from commonroll.server.models import Stop

    kind, text = _meant(voter, phone, email, address)
    of = federation.member(member_key)
    said = "phone" if channel == "call" else channel
    asked = (
        stops.of_voter(of.key, text.strip(), said)
        if kind == "person"
        else stops.read(kind, text, said, unit=unit, zip5=zip5)
    )
    heard = stops.hear(
        home=found, asked=[asked], source=Stop.Source.LEAD, heard_by=of, by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(f"No member comes there any more. Taken back with `commonroll stop undo {heard.act}`.")


@stop.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@acting("The member that brings the list.")
@channel_option
@click.option("--protected", is_flag=True, help="A list of protected persons: they are in no answer at all.")
@click.option("--dry-run", is_flag=True, help="Say what the list would do, and do nothing.")
@home_option
@json_option
@refusing
def import_(
    file: Path,
    member_key: str,
    channel: str,
    protected: bool,
    dry_run: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Bring a CSV of those who asked to stop: columns state_voter_id, phone, email, address with zip.

    Columns channel and date are read where there are any. The list is undone as a whole.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, stop_lists
    from commonroll.server.actor import Actor

    of, by = federation.member(member_key), Actor.command_line()
    channel = "phone" if channel == "call" else channel
    told = stop_lists.preview(home=found, of=of, path=file, channel=channel, protected=protected, by=by)
    act: UUID | None = None
    if not dry_run:
        _, heard = stop_lists.bring(home=found, of=of, path=file, channel=channel, protected=protected, by=by)
        act = heard.act
        startup.fold(found)
    if as_json:
        say_json(told | {"act": str(act) if act else None})
        return
    for one in told["refused"]:
        lines = ", ".join(map(str, one["lines"]))
        stdout.print(f"{one['count']:,} lines ask nothing: {one['reason']} (line {lines}).", markup=False)
    stdout.print(
        f"{told['requests']:,} requests; of the member's own voters {told['own_voters']:,} are meant."
    )
    stdout.print(f"Taken back with `commonroll stop undo {act}`." if act else "Nothing was changed.")


@stop.command("undo")
@click.argument("act", type=click.UUID)
@click.option(
    "--as", "member_key", metavar="MEMBER", help="The member that heard it; none for the public form."
)
@click.option("--request", type=int, help="One request alone, by the number that `stop who --json` says.")
@click.option("--reason", required=True, help="Why; it is kept, and in every member's log.")
@home_option
@refusing
def undo(act: UUID, member_key: str | None, request: int | None, reason: str, home: Path | None) -> None:
    """Take back what was heard at once, a list or one word. What others heard stands."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, stops
    from commonroll.server.actor import Actor

    of = federation.member(member_key) if member_key else None
    heard = stops.undo(home=found, act=act, of=of, request=request, reason=reason, by=Actor.command_line())
    startup.fold(found)
    stdout.print(f"{heard.count:,} request{'s' if heard.count > 1 else ''} taken back.")


@stop.command("who")
@acting("The member that asks.")
@_who
@home_option
@json_option
@refusing
def who(
    member_key: str,
    voter: str,
    phone: str,
    email: str,
    address: str,
    unit: str,
    zip5: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Who asked to stop, and when: everybody who lives with a voter, or one number, e-mail or address."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, stop_looks
    from commonroll.server.actor import Actor

    kind, text = _meant(voter, phone, email, address)
    of, by = federation.member(member_key), Actor.command_line()
    if kind == "person":
        words = stop_looks.of_household(home=found, of=of, voter=text, by=by)
    else:
        words = stop_looks.of_value(home=found, of=of, kind=kind, text=text, unit=unit, zip5=zip5, by=by)
    startup.fold(found)
    if as_json:
        say_json([word.as_dict() for word in words])
    elif not words:
        stdout.print("Nobody asked to stop.")
    else:
        say_table(
            "Who asked to stop",
            ["on", "what", "way", "heard by", "through", ""],
            [_row(word) for word in words],
        )


def _row(word: Word) -> list[str]:
    ends = "" if word.undone_at is None else f"taken back on {word.undone_at:%Y-%m-%d}"
    return [f"{word.asked_on}", word.what, word.channel, word.heard_by, word.source, ends]


@stop.command("list")
@click.option("--as", "member_key", metavar="MEMBER", help="Whose; none for what came by the public form.")
@home_option
@json_option
@refusing
def list_(member_key: str | None, home: Path | None, as_json: bool) -> None:
    """What a member heard, the newest first, each with what takes it back."""
    use(home)
    from commonroll.server.actions import federation, stop_looks
    from commonroll.server.actor import Actor

    of = federation.member(member_key) if member_key else None
    found = stop_looks.acts(of=of, by=Actor.command_line())
    if as_json:
        say_json([one.as_dict() for one in found])
        return
    rows = [
        [f"{one.at:%Y-%m-%d %H:%M}", str(one.act), one.file or one.source, f"{one.left:,} of {one.count:,}"]
        for one in found
    ]
    say_table("What was heard", ["at", "act", "through", "stands"], rows, right=1)
