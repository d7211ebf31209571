"""`marks`: the keys by which an owner's copies can be told apart, and one that leaked is burnt."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import acting, home_option, json_option, refusing, say_json, say_table, stdout, use

as_option = acting("The owner of the keys.")


@click.group()
def marks() -> None:
    """Keys by which copies of a roll and its scores can be told apart."""


@marks.command()
@as_option
@home_option
@json_option
@refusing
def show(member_key: str, home: Path | None, as_json: bool) -> None:
    """Each key of MEMBER's, what its log says of it, and how many exports name it. No key is shown."""
    found = use(home)
    from commonroll.server.actions import federation, mark_keys
    from commonroll.server.actor import Actor

    owner = federation.member(member_key)
    known = mark_keys.of(home=found, owner=owner, by=Actor.command_line())
    rows = [
        {
            "key": line.key.name, "commitment": line.key.commitment, "exports": line.exports,
            "logged_at": line.logged_at.isoformat(timespec="seconds") if line.logged_at else None,
            "burnt": line.key.burnt,
            "burnt_at": line.burnt_at.isoformat(timespec="seconds") if line.burnt_at else None,
            "made_decoys": line.key.name == known.decoy_key,
        }
        for line in known.keys
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    head = ["key", "commitment", "in the log since", "burnt", "exports"]
    shown = [
        [row["key"], f"{str(row['commitment'])[:16]}…", row["logged_at"] or "never",
         row["burnt_at"] or ("yes" if row["burnt"] else "no"), row["exports"]]
        for row in rows
    ]  # fmt: skip
    say_table("", head, shown) if rows else stdout.print("There is no mark key yet.")


@marks.command()
@click.argument("key", metavar="KEY")
@as_option
@click.option("--why", default="", help="Why; sealed for MEMBER, its log commits to it.")
@home_option
@refusing
def burn(key: str, member_key: str, why: str, home: Path | None) -> None:
    """Mark nothing under MEMBER's KEY (2026) any more: it leaked, or was shown. Nothing brings it back.

    A new key marks what leaves next. What left before is traced by this one. The log says that it is burnt,
    and no log verifies in which a later file is marked under it.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, mark_keys
    from commonroll.server.actor import Actor

    owner, by = federation.member(member_key), Actor.command_line()
    before = mark_keys.of(home=found, owner=owner, by=by).decoy_key
    mark_keys.burn(home=found, owner=owner, name=key, why=why, by=by)
    startup.fold(found)
    stdout.print(f"Key {key} is burnt; the log says so. A new one marks what leaves next.", markup=False)
    if before == key:
        stdout.print("Its invented voters stand in no copy any more.")
