"""`secrets`: which secrets a home keeps, under which keys, and new keys for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll import at_rest
from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal


@click.group()
def secrets() -> None:
    """What a home keeps secret, sealed under a master key that may lie elsewhere."""


@secrets.command()
@home_option
@json_option
@refusing
def show(home: Path | None, as_json: bool) -> None:
    """Each secret of the home, and whether a copy of its file is of use to anybody. No secret is shown."""
    found = use(home).path
    master = at_rest.master_of(found)
    rows = [_row(found, path) for path in at_rest.every(found)]
    if as_json:
        say_json({
            "master_key": str(master), "outside": not master.is_relative_to(found),
            "secrets": [{"file": file, "what": what, "sealed": sealed} for file, what, sealed in rows],
        })  # fmt: skip
        return
    head = ["File", "What it is", "Sealed"]
    shown: list[list[Any]] = [[file, what, "yes" if sealed else "NO"] for file, what, sealed in rows]
    say_table("Secrets of this home", head, shown, right=len(head))
    stdout.print(f"The master key is in {master}.", markup=False)
    if master.is_relative_to(found):
        stdout.print("It lies in the home: whoever copies the whole home has it. Move it with --to.")


@secrets.command()
@click.option("--to", type=click.Path(path_type=Path), help="Keep the master key in this new file.")
@click.option("--all", "everything", is_flag=True, help="Seal every secret anew under new data keys, too.")
@home_option
@refusing
def rotate(to: Path | None, everything: bool, home: Path | None) -> None:
    """Make a new master key; the old one opens nothing any more. Stop the site before."""
    found = use(home).path
    if to is not None and to.exists():
        raise Refusal("this file stands already", where=to.name, next_step="name another one")
    count = at_rest.change_data(found) if everything else 0
    place = at_rest.change_master(found, to)
    if count:
        stdout.print(f"{count} secrets are sealed under new keys.")
    if to is None:
        stdout.print(f"The master key in {place} is a new one.", markup=False)
        return
    stdout.print(f"The master key is in {place}. Name it for the site and every command:", markup=False)
    stdout.print(f"  {at_rest.ENVIRONMENT}={place}", markup=False)


@secrets.command("rotate-site")
@home_option
@refusing
def rotate_site(home: Path | None) -> None:
    """Make a new secret for sessions, links and second factors; the former one is known for a while."""
    found = use(home)
    from commonroll.server import site_secret

    site_secret.change(found)
    stdout.print("The site has a new secret: start `commonroll serve` anew.")
    stdout.print("After 12 hours (after a theft at once): `commonroll secrets forget-former`.", markup=False)


@secrets.command("rotate-derived")
@home_option
@refusing
def rotate_derived(home: Path | None) -> None:
    """Derive webhooks' secrets from another key; each webhook signs as before until it is renewed.

    `forget-former` ends the former key, and with it every secret that was not renewed.
    """
    found = use(home)
    from commonroll.server import derived

    derived.change(found)
    stdout.print("There is a new key to derive from. Let members renew these webhooks:")
    for hook in derived.waiting(found):
        stdout.print(f"  commonroll webhook renew {hook.pk} --member {hook.member.key}", markup=False)
    stdout.print("Then (after a theft at once): `commonroll secrets forget-former`.", markup=False)


@secrets.command("forget-former")
@home_option
@refusing
def forget_former(home: Path | None) -> None:
    """Former secrets end: everybody signs in again, webhooks that were not renewed sign by another secret.

    Second factors stay.
    """
    found = use(home)
    from commonroll.server import derived, site_secret

    site, more = bool(found.former_secrets()), len(found.derived_secrets()) > 1
    if site or not more:
        count = site_secret.forget(found)
        stdout.print(f"The former secret is forgotten; second factors encrypted anew: {count}.")
    if more:
        changed = derived.forget(found)
        stdout.print(f"The former key to derive from is forgotten; webhooks not renewed: {len(changed)}.")
        for hook in changed:
            stdout.print(f"  renew it: {hook.pk} of {hook.member.key}", markup=False)


def _row(home: Path, path: Path) -> tuple[str, str, bool]:
    return path.relative_to(home).as_posix(), what(path), at_rest.is_sealed(path)


def what(path: Path) -> str:
    """A secret's use in words."""
    if "decoys" in path.parts:
        return f"invented voters of {path.parts[path.parts.index('marks') - 1]}: {path.stem}"
    if path.parent.name == "keys":
        return f"marks in copies of {path.parents[2].name}'s scores, {path.stem}"
    if path.name.endswith(".log.key"):
        return f"signs the log of {path.name.removesuffix('.log.key')}"
    return _SITE.get(path.name, "of this site")


_SITE = {
    "django.key": "signs sessions and links, keeps second factors",
    "derived.key": "makes webhooks' secrets and ids of records from elsewhere",
    "references.key": "pseudonyms of voters, hashes of codes",
    "field.key": "opens what phones sealed",
}
