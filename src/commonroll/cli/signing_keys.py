"""`signing-key`: the keys by which a member signs, kept here or elsewhere, followed by others, withdrawn."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import (
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)  # fmt: skip

FILE = click.Path(path_type=Path, dir_okay=False)
READ = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("signing-key")
def signing_key() -> None:
    """The keys by which a member signs agreements and events."""


@signing_key.command()
@click.argument("file", type=FILE)
@click.option("--name", required=True, help="What the member's keys are called: HOST/MEMBER/agreements")
@passphrase_option
@refusing
def make(file: Path, name: str, passphrase_file: Path | None) -> None:
    """Make a key in FILE, on a machine of one's own; needs no federation. Prints its public half."""
    from commonroll.notes import generate, save_key

    signer = generate(name)
    save_key(file, signer, passphrase(passphrase_file, confirm=True))
    stdout.print(signer.vkey, markup=False)


@signing_key.command("list")
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def list_keys(member_key: str, home: Path | None, as_json: bool) -> None:
    """A member's entries in the register, oldest first."""
    use(home)
    from commonroll.server.actions import federation

    rows = [
        {
            "key": key.vkey,
            "from": f"{key.valid_from:%Y-%m-%d %H:%M}",
            "stands": "withdrawn" if key.withdrawn_at else "retired" if key.retired_at else "in use",
        }
        for key in federation.member(member_key).keys.all()
    ]
    if as_json:
        say_json(rows)
    else:
        say_table("", ["key", "from", "stands"], [list(row.values()) for row in rows])


@signing_key.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--to", "vkey", help="A key made elsewhere: prints the word that both keys have to sign.")
@home_option
@passphrase_option
@refusing
def rotate(member_key: str, vkey: str | None, home: Path | None, passphrase_file: Path | None) -> None:
    """Let another key follow the one in use; what the former one signed goes on counting."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, signing_keys
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    if vkey:
        names = {member.key: federation.federation().key_name(member.key)}
        say_json({"key": signing_keys.rotation_to(member=member, vkey=vkey), "cr:keyNames": names})
        return
    made = signing_keys.rotate(
        home=found, member=member, passphrase=passphrase(passphrase_file), by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(made.vkey, markup=False)


@signing_key.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--text", "text_file", type=READ, required=True, help="The word, as `rotate --to` printed it.")
@click.option("--line", "lines", multiple=True, required=True, help="The line of each of the two keys.")
@home_option
@refusing
def enter(member_key: str, text_file: Path, lines: tuple[str, ...], home: Path | None) -> None:
    """Enter a rotation that was signed elsewhere."""
    found = use(home)
    from commonroll.agreements.keys import word_text
    from commonroll.notes import canonical, parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import federation, signing_keys
    from commonroll.server.actor import Actor

    word = parse_strict(text_file.read_bytes())["key"]
    note = word_text(word) + "\n" + "".join(f"{line}\n" for line in lines)
    made = signing_keys.enter_rotation(
        member=federation.member(member_key), document=canonical(word), note=note, by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(f"{made.vkey} signs from now on", markup=False)


@signing_key.command()
@click.argument("member_key", metavar="MEMBER")
@click.argument("vkey")
@home_option
@refusing
def withdraw(member_key: str, vkey: str, home: Path | None) -> None:
    """A lost or stolen key counts for nothing any more, nor does what it signed."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, signing_keys
    from commonroll.server.actor import Actor

    signing_keys.withdraw(member=federation.member(member_key), vkey=vkey, by=Actor.command_line())
    startup.fold(found)
    stdout.print("The key is withdrawn. `commonroll signing-key sign-again` renews what it had signed.")


@signing_key.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@passphrase_option
@refusing
def add(member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """A new key after the last one was withdrawn; it signs after a week in every member's sight."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, signing_keys
    from commonroll.server.actor import Actor

    made = signing_keys.add(
        home=found,
        member=federation.member(member_key),
        passphrase=passphrase(passphrase_file, confirm=True),
        by=Actor.command_line(),
    )
    startup.fold(found)
    stdout.print(f"{made.vkey} signs from {made.valid_from:%Y-%m-%d %H:%M} UTC on", markup=False)


@signing_key.command("sign-again")
@click.argument("member_key", metavar="MEMBER")
@home_option
@passphrase_option
@refusing
def sign_again(member_key: str, home: Path | None, passphrase_file: Path | None) -> None:
    """Sign anew all agreements that rest because a key was withdrawn; each binds when both have."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, signing_keys
    from commonroll.server.actor import Actor

    done = signing_keys.sign_again(
        home=found,
        member=federation.member(member_key),
        passphrase=passphrase(passphrase_file),
        by=Actor.command_line(),
    )
    startup.fold(found)
    for text in done:
        stdout.print(f"agreement {text.number}: {text.get_state_display()}", markup=False)
    if not done:
        stdout.print("Every agreement in force is signed by keys that count.")
