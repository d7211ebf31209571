"""`agreement offer|counter|amend|withdraw|suspend|resume`: an agreement's life on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from commonroll.console import (
    acting,
    home_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    stdout,
    use,
)  # fmt: skip

DAY = click.DateTime(["%Y-%m-%d"])
as_option = acting("The party that acts.")


unsigned_option = click.option(
    "--unsigned", is_flag=True, help="Print the event, to be signed offline and entered."
)


def changes_options(command: Any) -> Any:
    """What is to be different from the text before; what is not named stays."""
    for option in reversed(
        (
            click.option("--purpose", "purposes", multiple=True, help="All purposes from now on."),
            click.option("--mode", "modes", multiple=True, help="All uses: count, view, contact, export."),
            click.option("--column", "columns", multiple=True, help="All columns or classes of columns."),
            click.option("--row", "rows", multiple=True, help="All limits, such as county_fips=39035,39049"),
            click.option("--mask", "masks", multiple=True, help="All masks, such as birth_date=year"),
            click.option("--from", "start", type=DAY),
            click.option("--until", type=DAY, help="First day on which it no longer holds, UTC."),
            click.option("--notice", "notice_days", type=click.IntRange(1), help="days"),
        )
    ):
        command = option(command)
    return command


def changes_in(given: dict[str, Any]) -> Any:
    """What `changes_options` were given, as `negotiations.Changes`."""
    from commonroll.server.actions.negotiations import Changes
    from commonroll.server.actions.wishes import qualified

    def pairs(name: str) -> list[tuple[str, str]]:
        found = [text.partition("=") for text in given[name]]
        if wrong := next((text for text in given[name] if "=" not in text), None):
            raise click.BadParameter(f"{wrong!r} is not NAME=VALUE")
        return [(key.strip(), value.strip()) for key, _, value in found]

    return Changes(
        purposes=given["purposes"] or None,
        modes=given["modes"] or None,
        columns=given["columns"] or None,
        masks={qualified(key): value for key, value in pairs("masks")} or None,  # type: ignore[misc]
        rows={key: value.split(",") for key, value in pairs("rows")} or None,
        start=_utc(given["start"]),
        until=_utc(given["until"]),
        notice_days=given["notice_days"],
    )


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)


@click.command()
@click.argument("number", type=int)
@as_option
@home_option
@refusing
def offer(number: int, member_key: str, home: Path | None) -> None:
    """Put a draft before the other side, unsigned as yet."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, negotiations
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    text = agreements.visible(number=number, by=by)
    negotiations.offer(text=text, member=federation.member(member_key), by=by)
    startup.fold(found)
    stdout.print(f"agreement {number} is before the other side")


@click.command()
@click.argument("number", type=int)
@as_option
@changes_options
@home_option
@refusing
def counter(number: int, member_key: str, home: Path | None, **given: Any) -> None:
    """Answer an offer with other terms; the text that is answered stays as it was."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, negotiations
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    text = agreements.visible(number=number, by=by)
    terms = changes_in(given).of(negotiations.terms_in(text))
    made = negotiations.counter(answered=text, member=federation.member(member_key), terms=terms, by=by)
    startup.fold(found)
    stdout.print(f"agreement {made.number} answers agreement {number}:")
    _say_difference(text, made)


@click.command()
@click.argument("number", type=int)
@changes_options
@home_option
@refusing
def amend(number: int, home: Path | None, **given: Any) -> None:
    """Draft the agreement that takes this one's place once both have signed it."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, negotiations
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    text = agreements.visible(number=number, by=by)
    made = negotiations.amend(agreement=text, terms=changes_in(given).of(negotiations.terms_in(text)), by=by)
    startup.fold(found)
    stdout.print(f"agreement {made.number} is drafted and takes the place of agreement {number}:")
    _say_difference(text, made)


def _say_difference(before: Any, now: Any) -> None:
    from commonroll.agreements.compare import compare
    from commonroll.server import meaning
    from commonroll.server.models import Member

    names = dict(Member.objects.values_list("key", "name"))
    lines = compare(meaning.grant_of(before), meaning.grant_of(now), names)
    for line in lines or ["Nothing but the dates of the text."]:
        stdout.print(f"  {line}", markup=False)


@click.command()
@click.argument("number", type=int)
@home_option
@refusing
def withdraw(number: int, home: Path | None) -> None:
    """Take a draft or an offer back before both have signed."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    agreements.withdraw(agreement=agreements.visible(number=number, by=by), by=by)
    startup.fold(found)
    stdout.print(f"agreement {number} is taken back")


@click.command()
@click.argument("number", type=int)
@as_option
@click.option(
    "--cause",
    type=click.Choice(["convenience", "breach", "law", "safety"]),
    default="breach",
    show_default=True,
)
@unsigned_option
@home_option
@passphrase_option
@refusing
def suspend(
    number: int,
    member_key: str,
    cause: str,
    unsigned: bool,
    home: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Suspend an agreement at once: it gives nothing until the owner resumes it."""
    _say(number, member_key, home, passphrase_file, cause, unsigned)


@click.command()
@click.argument("number", type=int)
@as_option
@unsigned_option
@home_option
@passphrase_option
@refusing
def resume(
    number: int, member_key: str, unsigned: bool, home: Path | None, passphrase_file: Path | None
) -> None:
    """Lift a suspension."""
    _say(number, member_key, home, passphrase_file, None, unsigned)


def _say(
    number: int,
    member_key: str,
    home: Path | None,
    passphrase_file: Path | None,
    cause: str | None,
    unsigned: bool,
) -> None:
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreement_events, agreements, federation
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    if unsigned:
        about: dict[str, Any] = {
            "agreement": agreements.visible(number=number, by=by),
            "member": federation.member(member_key),
        }
        said = (
            agreement_events.resumption(**about)
            if cause is None
            else agreement_events.suspension(cause=cause, **about)
        )
        say_json({"event": said, "cr:keyNames": {member_key: federation.federation().key_name(member_key)}})
        return
    signed: dict[str, Any] = {
        "home": found,
        "agreement": agreements.visible(number=number, by=by),
        "member": federation.member(member_key),
        "passphrase": passphrase(passphrase_file),
        "by": by,
    }
    if cause is None:
        agreement_events.resume(**signed)
    else:
        agreement_events.suspend(cause=cause, **signed)
    startup.fold(found)
    stdout.print(f"agreement {number} is {'resumed' if cause is None else 'suspended'}")


@click.command()
@click.argument("number", type=int)
@as_option
@click.option(
    "--text",
    "text_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The event, as `--unsigned` printed it.",
)
@click.option("--line", required=True, help="The signature line made offline.")
@home_option
@refusing
def enter(number: int, member_key: str, text_file: Path, line: str, home: Path | None) -> None:
    """Enter an event of an agreement that was signed offline."""
    found = use(home)
    from commonroll.agreements.events import event_text
    from commonroll.notes import canonical, parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import agreement_events, agreements, federation
    from commonroll.server.actor import Actor

    by, event = Actor.command_line(), parse_strict(text_file.read_bytes())["event"]
    made = agreement_events.enter_signed(
        agreement=agreements.visible(number=number, by=by),
        member=federation.member(member_key),
        document=canonical(event),
        note=f"{event_text(event)}\n{line}\n",
        by=by,
    )
    startup.fold(found)
    stdout.print(f"agreement {number}: {made.event.lower()}, from {made.effective:%Y-%m-%d %H:%M} UTC on")


COMMANDS = (enter, offer, counter, amend, withdraw, suspend, resume)
