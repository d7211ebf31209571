"""`agreement override`: rules of a state's law that an owner sets aside with a signed reason."""

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
    say_table,
    stdout,
    use,
)  # fmt: skip

as_option = acting("The owner that acts.")
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def override() -> None:
    """Rules of law that an owner sets aside, with a reason that it signs."""


@override.command()
@as_option
@home_option
@refusing
def rules(member_key: str, home: Path | None) -> None:
    """The rules above the agreements of MEMBER, and which of them it may set aside."""
    use(home)
    from commonroll.server.actions import federation, overrides

    found = overrides.rules(federation.member(member_key))
    say_table(
        "",
        ("rule", "pack", "says", "may be set aside"),
        [(rule.id, pack.id, rule.says, f"no: {stays}" if stays else "yes") for pack, rule, stays in found],
    )


@override.command("list")
@as_option
@home_option
@refusing
def listed(member_key: str, home: Path | None) -> None:
    """What MEMBER has set aside, for what, why and until when."""
    use(home)
    from commonroll.server.actions import federation, overrides
    from commonroll.server.actor import Actor

    found = overrides.listed(owner=federation.member(member_key), by=Actor.command_line())
    say_table(
        "",
        ("id", "rule", "about", "until", "stands", "reason"),
        [
            (str(one.row.pk), one.row.rule, _about(one.agreement), f"{one.row.until:%Y-%m-%d}", one.words,
             one.reason)
            for one in found
        ],
    )  # fmt: skip


def _about(agreement: Any) -> str:
    return f"agreement {agreement.number}" if agreement else "the whole file"


@override.command()
@click.argument("rule")
@as_option
@click.option("--agreement", "number", type=int, help="The agreement that it is about.")
@click.option("--whole-file", is_flag=True, help="It is about every agreement that MEMBER gives.")
@click.option("--reason", required=True, help="Why, in 20 to 400 characters; both parties read it.")
@click.option("--until", type=DAY, required=True, help="First day on which the rule bites again, UTC.")
@click.option("--unsigned", is_flag=True, help="Print it, to be signed offline and entered.")
@home_option
@passphrase_option
@refusing
def make(
    rule: str,
    member_key: str,
    number: int | None,
    whole_file: bool,
    reason: str,
    until: datetime,
    unsigned: bool,
    home: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Set RULE aside for one agreement, or for the whole file."""
    if (number is None) == (not whole_file):
        raise click.UsageError("Say either --agreement NUMBER or --whole-file.")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation, overrides
    from commonroll.server.actor import Actor

    by, owner = Actor.command_line(), federation.member(member_key)
    asked: dict[str, Any] = {
        "owner": owner,
        "rule": rule,
        "reason": reason,
        "until": until.replace(tzinfo=UTC),
        "agreement": None if number is None else agreements.visible(number=number, by=by),
    }
    if unsigned:
        names = {member_key: federation.federation().key_name(member_key)}
        say_json({"override": overrides.drafted(**asked), "cr:keyNames": names})
        return
    made = overrides.make(home=found, passphrase=passphrase(passphrase_file), by=by, **asked)
    startup.fold(found)
    stdout.print(f"{rule} is set aside until {made.until:%Y-%m-%d}: override {made.pk}")


@override.command()
@as_option
@click.option(
    "--text",
    "text_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The override, as `--unsigned` printed it.",
)
@click.option("--line", required=True, help="The signature line made offline.")
@home_option
@refusing
def enter(member_key: str, text_file: Path, line: str, home: Path | None) -> None:
    """Enter an override that was signed offline."""
    found = use(home)
    from commonroll.agreements.overrides import text_of
    from commonroll.notes import canonical, parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import federation, overrides
    from commonroll.server.actor import Actor

    document = parse_strict(text_file.read_bytes())["override"]
    made = overrides.enter(
        owner=federation.member(member_key),
        document=canonical(document),
        note=f"{text_of(document)}\n{line}\n",
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"{made.rule} is set aside until {made.until:%Y-%m-%d}: override {made.pk}")


@override.command()
@click.argument("number", metavar="OVERRIDE", type=int)
@as_option
@home_option
@passphrase_option
@refusing
def end(number: int, member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Take an override back: the rule bites again at once."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, overrides
    from commonroll.server.actor import Actor

    overrides.end(
        home=found,
        owner=federation.member(member_key),
        pk=number,
        passphrase=passphrase(passphrase_file),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"override {number} is taken back")
