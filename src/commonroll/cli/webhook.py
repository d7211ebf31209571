"""`webhook`: other programs that are told what happens in a member's log."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stderr, stdout, use

member_option = click.option("--member", "member_key", required=True, metavar="MEMBER", help="Whose log.")


@click.group()
def webhook() -> None:
    """Other programs that are told of loads, agreements, lists, exports and answers."""


@webhook.command()
@click.argument("url", metavar="URL")
@member_option
@click.option(
    "--event", "events", multiple=True, required=True, metavar="EVENT",
    help="What it is told of: load, agreement, list, export, response. Repeat it.",
)  # fmt: skip
@home_option
@json_option
@refusing
def add(url: str, member_key: str, events: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    """Tell the program at URL; prints the secret by which messages are signed, once."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    made, secret = webhooks.create(
        home=found, of=federation.member(member_key), url=url, events=events, by=Actor.command_line()
    )
    startup.fold(found)
    if as_json:
        say_json({"id": made.pk, "secret": secret, "events": made.events})
        return
    click.echo(secret)
    stderr.print(f"Webhook {made.pk} is told from now on; its secret is not shown again.", markup=False)


@webhook.command("list")
@member_option
@home_option
@json_option
@refusing
def list_hooks(member_key: str, home: Path | None, as_json: bool) -> None:
    """The member's webhooks, what was sent, and what was last answered."""
    use(home)
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    known = webhooks.hooks_of(of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json(known)
        return
    rows = [
        [
            one["id"],
            escape(one["url"]),
            ", ".join(one["events"]),
            one["state"],
            (one["last_at"] or "")[:16],
            escape(one["last_said"]),
            one["sent"],
            one["failures"],
        ]
        for one in known
    ]
    head = ["webhook", "address", "told of", "", "last", "answered", "sent", "failed"]
    say_table("", head, rows, right=6) if rows else stdout.print("There is no webhook.")


@webhook.command()
@click.argument("hook_id", metavar="WEBHOOK")
@member_option
@home_option
@json_option
@refusing
def ping(hook_id: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Send a message of nothing now, and say what was answered."""
    found = use(home)
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    said = webhooks.ping(
        home=found, of=federation.member(member_key), hook_id=hook_id, by=Actor.command_line()
    )
    say_json({"id": hook_id, "answered": said}) if as_json else stdout.print(said, markup=False)


@webhook.command()
@click.argument("hook_id", metavar="WEBHOOK")
@member_option
@home_option
@json_option
@refusing
def renew(hook_id: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Give a webhook another secret and print it, once; the former one signs nothing more."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    made, secret = webhooks.renew(
        home=found, of=federation.member(member_key), hook_id=hook_id, by=Actor.command_line()
    )
    startup.fold(found)
    say_json({"id": made.pk, "secret": secret}) if as_json else click.echo(secret)


@webhook.command()
@click.argument("hook_id", metavar="WEBHOOK")
@member_option
@home_option
@json_option
@refusing
def resume(hook_id: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Tell a webhook again that stopped, from where it stood."""
    use(home)
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    done = webhooks.resume(of=federation.member(member_key), hook_id=hook_id, by=Actor.command_line())
    said = f"Webhook {done.pk} is told again."
    say_json({"id": done.pk, "state": done.state}) if as_json else stdout.print(said, markup=False)


@webhook.command()
@click.argument("hook_id", metavar="WEBHOOK")
@member_option
@home_option
@json_option
@refusing
def end(hook_id: str, member_key: str, home: Path | None, as_json: bool) -> None:
    """Tell a webhook nothing any more."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, webhooks
    from commonroll.server.actor import Actor

    done = webhooks.end(of=federation.member(member_key), hook_id=hook_id, by=Actor.command_line())
    startup.fold(found)
    said = f"Webhook {done.pk} is told nothing any more."
    say_json({"id": done.pk, "state": done.state}) if as_json else stdout.print(said, markup=False)
