"""`log open` and `log check`: what an entry committed to, for its parties and for whoever was shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commonroll.console import (
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    stdout,
    use,
)
from commonroll.errors import Refusal
from commonroll.transparency import decisions, openings, receipts
from commonroll.transparency.policy import Policy


@click.command("open")
@click.argument("name", metavar="OWNER")
@click.argument("index", type=click.IntRange(0))
@click.option("--as", "member_key", required=True, metavar="MEMBER", help="The party that opens it.")
@click.option("--strategy", is_flag=True, help="What the recipient searched for; the recipient alone can.")
@click.option("--dispute", is_flag=True, help="For the owner to see, by the charter's rule.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What an arbiter gave the owner (`log part`). Repeat it.",
)
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False),
              help="A file to hand on, which `log check` verifies.")  # fmt: skip
@passphrase_option
@home_option
@refusing
def open_(
    name: str,
    index: int,
    member_key: str,
    strategy: bool,
    dispute: bool,
    parts: tuple[Path, ...],
    to: Path | None,
    passphrase_file: Path | None,
    home: Path | None,
) -> None:
    """Open what entry INDEX of OWNER's log committed to. The log says that it was opened."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import disputes, federation, openings
    from commonroll.server.actor import Actor

    of, by = federation.member(member_key), Actor.command_line()
    if parts:
        if name != of.key:
            raise Refusal("parts of arbiters are given to the log's owner", next_step=f"open it --as {name}")
        opening = disputes.open_entry(
            home=found, of=of, index=index, parts=[file.read_bytes() for file in parts],
            passphrase=passphrase(passphrase_file), by=by,
        )  # fmt: skip
    else:
        opening = openings.open_entry(
            home=found, log=name, index=index, of=of, part="strategy" if strategy else "detail",
            passphrase=passphrase(passphrase_file), dispute=dispute, by=by,
        )  # fmt: skip
    startup.fold(found)
    if to is None:
        say_json({"part": opening.part, "details": opening.details})
        return
    to.touch(mode=0o600)
    to.write_text(str(opening))
    stdout.print(f"{to}: hand it on with the log's key; `commonroll log check` verifies it.", markup=False)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", "vkey", help="The log's verifier key.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Whose signatures count (tlog-policy); it brings the log's keys.")  # fmt: skip
@json_option
@refusing
def check(file: Path, vkey: str | None, policy_file: Path | None, as_json: bool) -> None:
    """Verify what `log open`, `log decision` or `log receipt` wrote: needs nothing but the log's key."""
    from commonroll.transparency.policy import parse_policy

    if (vkey is None) == (policy_file is None):
        raise Refusal("it is checked with a key or by a policy", next_step="give one of --key and --policy")
    trust = parse_policy(policy_file.read_text("utf-8")) if policy_file else vkey or ""
    good, sentences, shown = _checked(file.read_bytes(), trust)
    if as_json:
        say_json({"ok": good, **shown, "sentences": list(sentences)})
    else:
        for sentence in sentences:
            stdout.print(sentence, markup=False)
        if good:
            say_json(shown)
    if not good:
        raise Refusal("this file proves nothing", next_step="ask whoever gave it for another")


def _checked(data: bytes, trust: Policy | str) -> tuple[bool, tuple[str, ...], dict[str, Any]]:
    """Whether a file proves what it says, sentences, and what that is."""
    if data.startswith(b"c2sp.org/tlog-proof"):
        verdict = receipts.verify_receipt(data.decode("utf-8", "replace"), trust)
        return verdict.ok, verdict.sentences, {"entry": verdict.leaf.decode("utf-8", "replace")}
    if decisions.is_shown(data):
        one = decisions.parse_shown(data)
        return *decisions.check_shown(one, trust), {"decision": decisions.read_record(one.record)}
    opening = openings.parse_opening(data)
    shown = {"part": opening.part, "details": opening.details}
    return *openings.check_opening(opening, trust), shown
