"""`doctor`: is this home whole, and what to do where it is not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, progress, refusing, say_json, stdout, use

if TYPE_CHECKING:
    from commonroll.server.doctor import Finding


@click.command()
@click.option("--member", default="", metavar="MEMBER", help="This member's log, vault, keys and work alone.")
@click.option(
    "--mend", "mending", is_flag=True, help="Mend what is safe; what would be mended is said first."
)
@click.option("--deep", is_flag=True, help="Read every file to its last byte and compare its hash.")
@home_option
@json_option
@refusing
def doctor(member: str, mending: bool, deep: bool, home: Path | None, as_json: bool) -> None:
    """Examine a home: logs, vaults, files, rights, work. Exit 0: nothing is wrong; 1: something is.

    With --deep each file is held against the hash that its load, its export or the last such examination
    recorded, and a damaged one is named, with what is lost and what restores it.
    """
    found = use(home)
    from commonroll.server import doctor as examining

    findings = examining.examine(found, member)
    read = None
    if deep:
        with progress("reading") as tell:
            read = examining.deep.examine(found, member, tell)
        findings += read.found
    if not as_json:
        for one in findings:
            _say(one, mending)
    mended = examining.mend(findings) if mending else []
    left = [one for one in findings if one not in mended]
    wrong = [one for one in left if one.weight == examining.Weight.WRONG]
    if as_json:
        parts = {"findings": left, "mended": mended}
        told = {"deep": read.as_dict()} if read else {}
        listed = {name: [one.as_dict() for one in part] for name, part in parts.items()}
        say_json({"whole": not wrong} | listed | told)
    else:
        if read is not None:
            stdout.print(read.said)
        stdout.print("This home is whole." if not findings else _sum(len(wrong), len(mended)))
    if wrong:
        sys.exit(1)


def _say(one: Finding, mending: bool) -> None:
    style = "bold red" if one.weight == "wrong" else "bold"
    stdout.print(f"{one.weight}  {one.where}: {one.what}", style=style, markup=False)
    stdout.print(f"       Next: {one.next_step}", markup=False)
    if one.mends:
        stdout.print(f"       {'Mending' if mending else '--mend would'}: {one.mends}", markup=False)


def _sum(wrong: int, mended: int) -> str:
    return f"{wrong} wrong, {mended} mended." if mended else f"{wrong} wrong."
