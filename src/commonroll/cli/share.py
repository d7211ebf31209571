"""`share`: profiles by which a recipient's programs read what an agreement grants, over Delta Sharing."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stderr, stdout, use

member_option = click.option("--member", "member_key", required=True, metavar="MEMBER", help="Who acts.")


@click.group()
def share() -> None:
    """Profiles for software that speaks Delta Sharing: of one recipient, for one agreement."""


@share.command()
@click.argument("number", type=int, metavar="AGREEMENT")
@member_option
@click.option(
    "--endpoint", default="http://127.0.0.1:8000/sharing", show_default=True, metavar="URL",
    help="Where the recipient's programs reach this site; https, or this machine itself.",
)  # fmt: skip
@click.option(
    "--days",
    default=366,
    show_default=True,
    help="How long it opens anything; never longer than the agreement.",
)
@click.option("--note", default="", metavar="TEXT", help="Which program holds it.")
@click.option(
    "--to", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Where to write the profile, readable by you alone; else it is printed.",
)  # fmt: skip
@home_option
@refusing
def create(
    number: int, member_key: str, endpoint: str, days: int, note: str, to: Path | None, home: Path | None
) -> None:
    """Make a profile for an agreement, as its recipient, once: its token is kept as a hash alone."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, share_profiles
    from commonroll.server.actor import Actor

    made, file = share_profiles.create(
        of=federation.member(member_key), number=number, endpoint=endpoint, days=days, note=note,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    text = json.dumps(file)
    if to is None:
        click.echo(text)
    else:
        to.touch(mode=0o600)
        to.write_text(text + "\n")
    stderr.print(
        f"Profile {made.pk} opens until {made.expires_at:%Y-%m-%d} at the latest; it is not shown again.",
        markup=False,
    )


@share.command("list")
@member_option
@home_option
@json_option
@refusing
def list_profiles(member_key: str, home: Path | None, as_json: bool) -> None:
    """Profiles by which the member reads, and by which others read its roll; `--json` has the last uses."""
    use(home)
    from commonroll.server.actions import federation, share_profiles
    from commonroll.server.actor import Actor

    known = share_profiles.profiles_of(of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json(known)
        return
    rows = [
        [
            one["id"],
            one["share"],
            one["agreement"],
            escape(one["note"]),
            one["state"],
            one["expires_at"][:10],
            one["last_uses"][0]["at"][:16] if one["last_uses"] else "",
            one["requests"],
        ]
        for one in known
    ]
    head = ["profile", "share", "agreement", "note", "", "until", "last use", "requests"]
    say_table("", head, rows, right=7) if rows else stdout.print("There is no profile.")


@share.command()
@click.argument("profile", metavar="PROFILE")
@member_option
@home_option
@json_option
@refusing
def revoke(profile: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Revoke a profile by its id, as recipient or owner: its token and its links open nothing any more."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, share_profiles
    from commonroll.server.actor import Actor

    done = share_profiles.revoke(of=federation.member(member_key), profile=profile, by=Actor.command_line())
    startup.fold(found)
    if as_json:
        say_json({"id": done.pk, "state": "revoked"})
    else:
        stdout.print(f"Profile {done.pk} opens nothing any more.", markup=False)
