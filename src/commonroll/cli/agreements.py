"""`agreement` and `statement`: terms drafted, shown, signed, revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)  # fmt: skip

DAY = click.DateTime(["%Y-%m-%d"])
READ = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def agreement() -> None:
    """Signed terms between an owner and a recipient."""


@agreement.command()
@click.argument("owner")
@click.argument("recipient")
@click.option("--purpose", "purposes", multiple=True, required=True)
@click.option("--mode", "modes", multiple=True, required=True, help="count, view, contact, export")
@click.option("--column", "columns", multiple=True, required=True,
              help="A column such as party or history.method, or a class such as district.")  # fmt: skip
@click.option("--row", "rows", multiple=True,
              help="A limit such as county_fips=39035,39049 or district/council=1,2")  # fmt: skip
@click.option("--mask", "masks", multiple=True, help="A mask such as birth_date=year or first_name=initial")
@click.option("--universe", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="A JSON file with a tree of data that limits the rows further.")  # fmt: skip
@click.option("--from", "start", type=DAY, required=True)
@click.option("--until", type=DAY, required=True, help="First day on which it no longer holds, UTC.")
@click.option("--rows-per-day", default=0, type=click.IntRange(0), help="Rows that exports hold in a day.")
@click.option("--export-free", is_flag=True, help="Exports of any number of rows.")
@click.option("--approval", is_flag=True, help="Each export waits for the owner's word.")
@click.option(
    "--contacts",
    nargs=2,
    type=int,
    default=(3, 30),
    show_default=True,
    help="COUNT DAYS: contacts per household within so many days.",
)
@click.option("--contacts-by", nargs=3, multiple=True, type=(str, int, int),
              help="CHANNEL COUNT DAYS: fewer by door, phone, text, mail, email.")  # fmt: skip
@click.option("--answers-within", default=7, show_default=True, type=click.IntRange(0), help="days")
@click.option("--release", type=DAY, help="Day until which answers from doors wait.")
@click.option(
    "--bounces-within", default=0, type=click.IntRange(0), help="days; phones that bounced come back"
)
@click.option("--addresses-within", default=0, type=click.IntRange(0), help="days; new addresses come back")
@click.option("--lists-within", default=0, type=click.IntRange(0),
              help="days; the recipient's saved lists go to the owner")  # fmt: skip
@click.option("--scores-within", default=0, type=click.IntRange(0),
              help="days; scores of the recipient's models go to the owner")  # fmt: skip
@click.option("--scripts-within", default=0, type=click.IntRange(0),
              help="days; scripts that the recipient used go to the owner")  # fmt: skip
@click.option("--notice", default=14, show_default=True, type=click.IntRange(0), help="days")
@click.option("--appeal", default=0, type=click.IntRange(0), help="days within the notice")
@click.option("--blackout", nargs=2, type=DAY, help="FROM UNTIL: no end for convenience takes effect.")
@click.option("--onward", multiple=True, help="A member to whom the recipient may license on.")
@click.option("--price", nargs=2, type=(float, int), help="DOLLARS DAYS: what the recipient pays, by when.")
@click.option(
    "--royalty", default=0, type=click.IntRange(0, 100), help="percent of any paid or onward licence"
)
@click.option("--credit", is_flag=True, help="The owner is named wherever its data is used.")
@click.option(
    "--group", help="Group with its version (friends-v2) whose common text this is; the recipient is in it."
)
@click.option("--law", help="The state whose law governs; the owner's unless another is named.")
@home_option
@refusing
def draft(home: Path | None, owner: str, recipient: str, **wishes: Any) -> None:
    """Draft an agreement: OWNER lets RECIPIENT use its voters."""
    use(home)
    from commonroll.server.actions import agreements, federation
    from commonroll.server.actor import Actor

    made = agreements.draft(
        owner=federation.member(owner),
        recipient=federation.member(recipient),
        wishes=_wishes(wishes),
        by=Actor.command_line(),
    )
    stdout.print(f"agreement {made.number} is drafted; both sides read it with `commonroll agreement show`")


def _wishes(given: dict[str, Any]) -> Any:
    from commonroll.agreements.profile import ContactQuota, Mask, Price
    from commonroll.agreements.universe_reading import universe_in
    from commonroll.server.actions.wishes import Wishes, qualified

    by_channel = [
        ContactQuota(count, "household", days, channel) for channel, count, days in given["contacts_by"]
    ]

    return Wishes(
        purposes=given["purposes"],
        modes=given["modes"],
        columns=given["columns"],
        rows={name: words.split(",") for name, words in map(_pair, given["rows"])},
        masks={qualified(name): cast(Mask, mask) for name, mask in map(_pair, given["masks"])},
        start=_utc(given["start"]),
        until=_utc(given["until"]),
        rows_per_day=given["rows_per_day"],
        export_free=given["export_free"],
        approval=given["approval"],
        contact=(ContactQuota(given["contacts"][0], "household", given["contacts"][1]), *by_channel),
        return_within_days=given["answers_within"],
        release=given["release"].date() if given["release"] else None,
        bounces_within_days=given["bounces_within"],
        addresses_within_days=given["addresses_within"],
        lists_within_days=given["lists_within"],
        scores_within_days=given["scores_within"],
        scripts_within_days=given["scripts_within"],
        notice_days=given["notice"],
        appeal_days=given["appeal"],
        blackout=_window(given["blackout"]),
        onward=given["onward"],
        price=Price(round(given["price"][0] * 100), given["price"][1]) if given["price"] else None,
        royalty_percent=given["royalty"],
        credit=given["credit"],
        group=given["group"],
        governing_law=(given["law"] or "").upper(),
        universe=universe_in(given["universe"].read_bytes()) if given["universe"] else None,
    )


def _window(days: tuple[datetime, datetime] | None) -> tuple[datetime, datetime] | None:
    return (_utc(days[0]), _utc(days[1])) if days else None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name.strip(), value.strip()


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


@agreement.command()
@click.argument("number", type=int)
@home_option
@json_option
@refusing
def show(number: int, home: Path | None, as_json: bool) -> None:
    """The agreement in plain English, rendered from what will be enforced; its document with --json."""
    place = use(home)
    from commonroll.server import meaning
    from commonroll.server.actions import agreements
    from commonroll.server.actions.statements import in_the_way
    from commonroll.server.actor import Actor

    found = agreements.visible(number=number, by=Actor.command_line())
    if as_json:
        say_json(meaning.exported(found))
        return
    stdout.print(f"Agreement {found.number}: {found.get_state_display()}", style="bold", markup=False)
    for clause, sentence in enumerate(meaning.sentences(found), 1):
        stdout.print(f"  {clause}. {sentence}", markup=False)
    for sentence in in_the_way(home=place, owner=found.owner):
        stdout.print(f"  {sentence}", style="bold", markup=False)
    for step in meaning.timeline(found):
        stdout.print(f"  {step.at:%Y-%m-%d %H:%M} UTC  {step.what}", markup=False)


@agreement.command()
@click.argument("number", type=int, required=False)
@acting("The party that signs.")
@click.option("--line", "lines", multiple=True, help="What was signed offline, instead of the key kept here.")
@click.option("--key", "key_file", type=READ, help="Sign offline with this key: needs --text and no home.")
@click.option("--text", "text_file", type=READ, help="The exported text (`agreement show NUMBER --json`).")
@home_option
@passphrase_option
@refusing
def sign(
    number: int | None,
    member_key: str,
    lines: tuple[str, ...],
    key_file: Path | None,
    text_file: Path | None,
    home: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Sign for one party; with both signatures the agreement binds.

    With --key and --text nothing of a federation is read or written: the text's meaning goes to stderr, the
    signature lines to stdout, to be entered with --line.
    """
    if key_file is not None and text_file is not None:
        _sign_offline(member_key, key_file, text_file, passphrase(passphrase_file))
        return
    if number is None or key_file is not None or text_file is not None:
        raise click.UsageError("Name a number to sign here, or both --key and --text to sign offline.")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreements, federation
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member(member_key)
    text = agreements.visible(number=number, by=by)
    if lines:
        signed = agreements.add_line(agreement=text, member=member, line="\n".join(lines), by=by)
    else:
        signed = agreements.sign(
            home=found, agreement=text, member=member, passphrase=passphrase(passphrase_file), by=by
        )
    startup.fold(found)
    stdout.print(f"agreement {signed.number}: {signed.get_state_display()}", markup=False)


def _sign_offline(member_key: str, key_file: Path, text_file: Path, secret: str) -> None:
    from commonroll.agreements.offline import read_paper
    from commonroll.errors import Refusal
    from commonroll.notes import load_key

    paper = read_paper(text_file.read_bytes())
    name = paper.key_names.get(member_key)
    if name is None:
        raise Refusal(f"{member_key} signs nothing of this text", next_step="name a party with --as")
    signer = load_key(key_file, name, secret)
    for sentence in paper.says:
        stderr.print(f"  {sentence}", markup=False)
    stdout.print(paper.sign(signer), markup=False)


@agreement.command()
@click.argument("number", type=int)
@acting("The party that ends it.")
@click.option(
    "--cause", type=click.Choice(["convenience", "breach", "law", "safety", "renounced"]), required=True
)
@click.option("--at-once", is_flag=True, help="Cut without the notice that was promised; the log shows it.")
@click.option("--unsigned", is_flag=True, help="Print the event, to be signed offline and entered.")
@home_option
@passphrase_option
@refusing
def revoke(
    number: int,
    member_key: str,
    cause: str,
    at_once: bool,
    unsigned: bool,
    home: Path | None,
    passphrase_file: Path | None,
) -> None:
    """End a signed agreement."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import agreement_events, agreements, federation
    from commonroll.server.actor import Actor

    by = Actor.command_line()
    if unsigned:
        text, member = agreements.visible(number=number, by=by), federation.member(member_key)
        said = agreement_events.revocation(agreement=text, member=member, cause=cause, at_once=at_once)
        say_json({"event": said, "cr:keyNames": {member_key: federation.federation().key_name(member_key)}})
        return
    event = agreement_events.revoke(
        home=found,
        agreement=agreements.visible(number=number, by=by),
        member=federation.member(member_key),
        cause=cause,
        passphrase=passphrase(passphrase_file),
        by=by,
        at_once=at_once,
    )
    startup.fold(found)
    stdout.print(f"agreement {number} ends on {event.effective:%Y-%m-%d %H:%M} UTC")


@agreement.command("list")
@home_option
@json_option
@refusing
def list_agreements(home: Path | None, as_json: bool) -> None:
    """All agreements of this federation, newest first."""
    use(home)
    from commonroll.server.models import Agreement

    rows = [
        {
            "number": a.number,
            "owner": a.owner.key,
            "recipient": a.recipient.key,
            "state": a.get_state_display(),
            "from": f"{a.start:%Y-%m-%d}",
            "until": f"{a.until:%Y-%m-%d}",
        }
        for a in Agreement.objects.select_related("owner", "recipient")
    ]
    if as_json:
        say_json(rows)
    else:
        say_table(
            "", ["number", "owner", "recipient", "state", "from", "until"], [list(r.values()) for r in rows]
        )


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@passphrase_option
@refusing
def statement(member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Sign that voters whose protection the state does not publish may be shown."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, statements
    from commonroll.server.actor import Actor

    statements.make_statement(
        home=found,
        member=federation.member(member_key),
        passphrase=passphrase(passphrase_file),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print("The statement is signed and in the log.")
