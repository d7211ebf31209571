"""`log export`: a log for an auditor, one folder that is read and checked anywhere."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import home_option, passphrase, passphrase_option, refusing, stdout, use
from commonroll.errors import Refusal


@click.command()
@click.argument("name", metavar="MEMBER")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A new folder.")
@click.option("--open", "opened", multiple=True, type=click.IntRange(0), metavar="INDEX",
              help="Open what this entry committed to for both; the log says so. Repeat.")  # fmt: skip
@click.option("--proof", "proofs", multiple=True, type=click.IntRange(0), metavar="INDEX",
              help="A proof of this entry too, though it is none of the newest 10,000. Repeat.")  # fmt: skip
@click.option("--as", "member_key", metavar="MEMBER", help="The party that opens; else the log's own member.")
@passphrase_option
@home_option
@refusing
def export(
    name: str,
    to: Path,
    opened: tuple[int, ...],
    proofs: tuple[int, ...],
    member_key: str | None,
    passphrase_file: Path | None,
    home: Path | None,
) -> None:
    """Write MEMBER's log for an auditor: log, proofs, policy, verify.py, entries.csv, index.html to print.

    What a recipient searched for stays sealed; what both parties may read is opened where --open asks.
    """
    found = use(home)
    from commonroll.server.actions import log_exports
    from commonroll.server.actor import Actor

    if to.exists():
        raise Refusal("this folder is there already", where=str(to), next_step="name a new one")
    size = log_exports.export(
        home=found,
        log=name,
        to=to,
        opened=opened,
        proofs=proofs,
        of=member_key or name,
        passphrase=passphrase(passphrase_file) if opened else "",
        by=Actor.command_line(),
    )
    stdout.print(f"{size} entries written to {to}; print {to / 'index.html'}.", markup=False)
