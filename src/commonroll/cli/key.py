"""`key`: keys by which a member's programs come to the HTTP interfaces."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stderr, stdout, use

member_option = click.option("--member", "member_key", required=True, metavar="MEMBER", help="Whose key.")


@click.group()
def key() -> None:
    """Keys for the HTTP interfaces: of one member, for one purpose, until a day."""


@key.command()
@member_option
@click.option("--purpose", required=True, metavar="PURPOSE", help="Why data is used with it.")
@click.option(
    "--may",
    "scopes",
    multiple=True,
    default=("lists",),
    show_default=True,
    metavar="SCOPE",
    help="What it may do: lists (bring lists to match), ask (counts and extracts), answers, stop, log (copy "
    "the log). Repeat it.",
)
@click.option("--days", default=90, show_default=True, help="How long it opens anything, 366 at most.")
@click.option("--note", default="", metavar="TEXT", help="Which program holds it.")
@home_option
@json_option
@refusing
def create(
    member_key: str,
    purpose: str,
    scopes: tuple[str, ...],
    days: int,
    note: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make a key and print it, once: it is kept as a hash alone."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, keys
    from commonroll.server.actor import Actor

    made, text = keys.create(
        of=federation.member(member_key), purpose=purpose, scopes=scopes, days=days, note=note,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    if as_json:
        until = made.expires_at.isoformat(timespec="seconds")
        say_json({"id": made.pk, "key": text, "purpose": purpose, "may": made.scopes, "expires_at": until})
        return
    click.echo(text)
    stderr.print(
        f"Key {made.pk} opens until {made.expires_at:%Y-%m-%d}; it is not shown again.", markup=False
    )


@key.command("list")
@member_option
@click.option("--purpose", default="", metavar="PURPOSE", help="Only keys for this purpose.")
@home_option
@json_option
@refusing
def list_keys(member_key: str, purpose: str, home: Path | None, as_json: bool) -> None:
    """The member's keys, how often each was used, and what was refused; `--json` has the last uses."""
    use(home)
    from commonroll.server.actions import federation, keys
    from commonroll.server.actor import Actor

    known = keys.keys_of(of=federation.member(member_key), purpose=purpose, by=Actor.command_line())
    if as_json:
        say_json(known)
        return
    rows = [
        [
            one["id"],
            one["purpose"],
            escape(one["note"]),
            one["state"],
            one["expires_at"][:10],
            one["last_uses"][0]["at"][:16] if one["last_uses"] else "",
            one["requests"],
            one["refused"],
        ]
        for one in known
    ]
    head = ["key", "purpose", "note", "", "until", "last use", "requests", "refused"]
    say_table("", head, rows, right=6) if rows else stdout.print("There is no key.")


@key.command()
@click.argument("key_id", metavar="KEY")
@member_option
@home_option
@json_option
@refusing
def revoke(key_id: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Revoke a key by its id: from now on it opens nothing."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, keys
    from commonroll.server.actor import Actor

    done = keys.revoke(of=federation.member(member_key), key_id=key_id, by=Actor.command_line())
    startup.fold(found)
    if as_json:
        say_json({"id": done.pk, "state": "revoked"})
    else:
        stdout.print(f"Key {done.pk} opens nothing any more.", markup=False)
