"""`leave`, `arrive`: a member takes everything it has elsewhere, in one encrypted file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll.console import (
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    progress,
    refusing,
    say_json,
    say_table,
    stderr,
    stdout,
    use,
)
from commonroll.errors import Refusal

package_passphrase_option = click.option(
    "--package-passphrase-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File whose first line is the passphrase of the package, instead of a key.",
)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Where the package goes; with --remove alone, where it is.")  # fmt: skip
@click.option("--recipient", "recipients", multiple=True, metavar="AGE1...",
              help="Whom the package is encrypted to: the public half of a key by `age-keygen`.")  # fmt: skip
@package_passphrase_option
@click.option(
    "--at-once", is_flag=True, help="End agreements without the notice that was promised; the log shows it."
)
@click.option(
    "--remove", is_flag=True, help="Then remove the member's vault here, once the package was read back."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; do nothing.")
@home_option
@passphrase_option
@json_option
@refusing
def leave(
    member_key: str, target: Path | None, recipients: tuple[str, ...],
    package_passphrase_file: Path | None, at_once: bool, remove: bool, dry_run: bool, home: Path | None,
    passphrase_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Take everything that MEMBER has along, end its agreements, and leave.

    The package is one age file: tables as Parquet, lines as delivered, agreements, log, receipts, and a
    program that checks them without Commonroll. `arrive` takes it into another home.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, leaving, removal
    from commonroll.server.actor import Actor

    by, of = Actor.command_line(), federation.member(member_key)
    startup.fold(found)
    if dry_run:
        _say_prospect(leaving.prospect(home=found, of=of, at_once=at_once, by=by), as_json)
        return
    if target is None:
        raise Refusal("no file was named", next_step="name one with --to FILE")
    word = passphrase(passphrase_file)
    document: dict[str, Any] = {}
    if not (remove and of.left_at is not None and target.exists()):
        document = _packed(
            found, of, target.absolute(), recipients, package_passphrase_file, word, at_once, by
        )
        of.refresh_from_db()
    if remove:
        stays = removal.remove(home=found, of=of, passphrase=word, file=target, by=by)
        document |= {"removed": True, "kept": [one.as_dict() for one in stays]}
    startup.fold(found)
    if as_json:
        say_json(document)
    else:
        _say(document, target)


def _packed(
    home: Any, of: Any, target: Path, recipients: tuple[str, ...], word_file: Path | None, word: str,
    at_once: bool, by: Any,
) -> dict[str, Any]:  # fmt: skip
    from commonroll.server.actions import leaving, packing

    own = passphrase(word_file) if word_file else ""
    begun = leaving.begin(
        home=home,
        of=of,
        recipients=recipients,
        passphrase=word,
        package_passphrase=own,
        at_once=at_once,
        by=by,
    )
    with progress(f"packing {of.name}") as report:
        done = packing.run(
            home=home, leaving=begun, to=target, package_passphrase=own, by=by, progress=report
        )
    return {
        "member": of.key, "left": done.final, "until": done.until.isoformat() if done.until else None,
        "sha256": done.sha256, "bytes": done.bytes, "counts": done.counts, "kept": done.kept,
        "removed": False,
    }  # fmt: skip


def _say_prospect(found: Any, as_json: bool) -> None:
    ends = [
        {"agreement": one.agreement.number, "with": _other(one),
         "ends": one.ends.isoformat(timespec="minutes"), "cause": one.cause or "ends by then anyway"}
        for one in found.endings
    ]  # fmt: skip
    if as_json:
        say_json(
            {
                "files": found.files, "bytes": found.bytes, "snapshots": found.snapshots,
                "voters": found.voters, "events": found.events, "agreements": ends,
                "drafts": [one.number for one in found.drafts],
                "until": found.until.isoformat() if found.until else None,
                "kept": [one.as_dict() for one in found.kept],
            }
        )  # fmt: skip
        return
    stdout.print(f"{found.files:,} files of the vault, {found.bytes:,} bytes, {found.snapshots} snapshots, "
                 f"{found.voters:,} voters would be packed.", style="bold")  # fmt: skip
    if ends:
        say_table(
            "agreements that end", ["number", "with", "ends", "cause"], [list(e.values()) for e in ends]
        )
    if found.until:
        stdout.print(
            f"What it gives holds it until {found.until:%Y-%m-%d %H:%M} UTC: it can pack now, and leaves "
            "with the package that is made then. --at-once ends all but signed days before an election.",
            markup=False,
        )
    _say_kept([one.as_dict() for one in found.kept])
    stderr.print("Nothing was done.")


def _other(one: Any) -> str:
    return str(one.agreement.recipient.name if one.cause == "convenience" else one.agreement.owner.name)


def _say(document: dict[str, Any], target: Path) -> None:
    if "sha256" in document:
        stdout.print(f"{target}: {document['bytes']:,} bytes, read back whole.", style="bold", markup=False)
        stdout.print(f"SHA-256 {document['sha256']}", markup=False)
        if document["left"]:
            stdout.print("The member has left. Its vault is here until it says --remove.", markup=False)
        else:
            stdout.print(f"Notice was given; the member can leave from {document['until']} on.", markup=False)
    if document["removed"]:
        stdout.print("The vault was removed.", style="bold")
    _say_kept(document["kept"])


def _say_kept(kept: list[dict[str, Any]]) -> None:
    rows = [[k["what"], k["whose"], "" if k["count"] is None else k["count"], k["why"]] for k in kept]
    say_table("what stays here", ["what", "for", "how many", "because"], rows)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--identity", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="The key that opens the package: a file by `age-keygen`.")  # fmt: skip
@package_passphrase_option
@home_option
@json_option
@refusing
def arrive(
    file: Path, identity: Path | None, package_passphrase_file: Path | None, home: Path | None, as_json: bool
) -> None:
    """Take in a member with the package that it left another home with."""
    found = use(home)
    from commonroll.flow.leaving.age import Key, identities_in
    from commonroll.server import startup
    from commonroll.server.actions import arriving
    from commonroll.server.actor import Actor

    if (identity is None) == (package_passphrase_file is None):
        raise Refusal(
            "a package is opened by a key or by a passphrase",
            next_step="name one of --identity and --package-passphrase-file",
        )
    key = Key(identities_in(identity)) if identity else Key(passphrase=passphrase(package_passphrase_file))
    with progress(f"taking in {file.name}") as report:
        done = arriving.arrive(home=found, file=file, key=key, by=Actor.command_line(), progress=report)
    startup.fold(found)
    if as_json:
        say_json({"member": done.member.key, "counts": done.counts})
        return
    stdout.print(
        f"{done.member.name} arrived as {done.member.key}; its log goes on here.", style="bold", markup=False
    )
    say_table("", ["what", "how many"], [[name, count] for name, count in done.counts.items()], right=1)
    stdout.print(f"Next: commonroll invite {done.member.key} E-MAIL --role owner", markup=False)
