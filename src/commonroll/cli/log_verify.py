"""`log verify`: of a log here, or, with nothing but its key, of a folder or an address anywhere."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from commonroll.console import home_option, json_option, refusing, say_json, stderr, stdout, use
from commonroll.errors import Refusal
from commonroll.notes import parse_vkey
from commonroll.transparency.checking import FRESH, Check, Seen, check, keep_seen, read_seen
from commonroll.transparency.policy import Policy, parse_policy

UNREAD = 3
"""Exit code where the log could not be read; 1 says that it was and does not verify."""


@click.command()
@click.argument("what", metavar="MEMBER|FOLDER|URL")
@click.option("--key", "vkey", help="The log's verifier key: WHAT is then a folder or an https address.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Which witnesses must have signed (tlog-policy); it may bring the key.")  # fmt: skip
@click.option("--seen", "seen_file", type=click.Path(path_type=Path, dir_okay=False),
              help="Where the last check is remembered  [default: beside the folder].")  # fmt: skip
@click.option("--since", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="An earlier checkpoint that it must have grown from; nothing is remembered.")  # fmt: skip
@click.option("--copy", type=click.Path(path_type=Path, file_okay=False),
              help="Where the copy of an address is kept  [default: a folder of its name here].")  # fmt: skip
@click.option("--api-key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Its first line is a key that may copy logs, where members alone read them; else "
              "COMMONROLL_KEY, for an address of COMMONROLL_URL.")  # fmt: skip
@click.option("--inner", default="", metavar="NAMES", help="Names and networks of your own to ask.")
@click.option("--any-age", is_flag=True, help="Of an archive: witnesses may have signed long ago.")
@home_option
@json_option
@refusing
def verify(
    what: str,
    vkey: str | None,
    policy_file: Path | None,
    seen_file: Path | None,
    since: Path | None,
    copy: Path | None,
    api_key_file: Path | None,
    inner: str,
    any_age: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Re-derive a log from all its entries and compare with its signed checkpoint and the last check.

    With --key or --policy it needs no federation: a copy of the log and its key are enough. Exit codes: 0 it
    verifies, 1 it does not, 3 it could not be read.
    """
    policy = parse_policy(policy_file.read_text("utf-8")) if policy_file else None
    api_key = _api_key(what, api_key_file)
    if policy and not vkey:
        vkey = _only_key(policy)
    if vkey is None:
        folder, vkey, seen_file = *_own(what, home), None
    else:
        folder = _copied(what, copy, inner, api_key, as_json) if "://" in what else _folder(what)
        seen_file = seen_file or folder.with_name(f"{folder.name}.seen.json")
    seen = _earlier(since, seen_file, vkey)
    now = datetime.now(UTC)
    fresh = None if any_age else FRESH
    found = check(folder, vkey, policy=policy, seen=seen, now=now, fresh=fresh)
    if not found.ok and "://" in what and seen:
        # which of them is wrong, the tiles kept or those that came, shows in a copy of its own
        apart = folder.with_name(f"{folder.name}-refused-{now:%Y%m%dT%H%M%SZ}")
        folder = _copied(what, apart, inner, api_key, as_json)
        found = check(folder, vkey, policy=policy, seen=seen, now=now, fresh=fresh)
    if found.ok and seen_file and not since:
        keep_seen(seen_file, folder, now)
    _say(found, as_json)


def _only_key(policy: Policy) -> str:
    """A log's first key, which those that followed are found from: a policy lists the newest first."""
    if len({parse_vkey(vkey).name for vkey in policy.logs}) != 1:
        raise Refusal("the policy is of several logs", next_step="say which with --key")
    return policy.logs[-1]


def _own(name: str, home: Path | None) -> tuple[Path, str]:
    if "://" in name or Path(name).is_dir():
        raise Refusal("a copied log needs its key", next_step="name it with --key, or a policy with --policy")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import diary
    from commonroll.server.actor import Actor

    startup.fold(found)
    return diary.log_folder(home=found, log=name, by=Actor.command_line())


def _folder(what: str) -> Path:
    """The log's folder: the one named, or its `log` as in a package or an export."""
    path = Path(what)
    if not path.is_dir():
        _unread("there is no such folder", path)
    inner = path / "log"
    return (inner if (inner / "checkpoint").is_file() else path).resolve()


def _api_key(url: str, file: Path | None) -> str:
    """The key to send along; one of the environment goes to its own site alone."""
    if file:
        return (file.read_text("utf-8").split("\n")[0]).strip()
    if "://" not in url:
        return ""
    from urllib.parse import urlsplit

    from commonroll.client import KEY, URL

    own, asked = urlsplit(os.environ.get(URL, "")), urlsplit(url)
    return os.environ.get(KEY, "") if own[:2] == asked[:2] else ""


def _copied(url: str, copy: Path | None, inner: str, api_key: str, as_json: bool) -> Path:
    from commonroll.server import log_copy, outgoing

    _may_ask(inner)
    try:
        parts = outgoing.check(url)
        if parts.query or parts.fragment:
            raise outgoing.NoSite("the address ends before ? and #, and no key stands in it")
        folder = copy or Path(f"{parts.hostname}{parts.path}".strip("/").replace("/", "-"))
        came = log_copy.bring(url, folder, key=api_key)
    except (outgoing.NoSite, outgoing.NoAnswer) as error:
        why = "" if api_key else "; a member's log needs a key that may copy it: --api-key-file"
        _unread(f"{error.what}{why}", url.partition("?")[0])
    if not as_json:
        stderr.print(f"{came} files came into {folder}.", markup=False)
    return folder.resolve()


def _may_ask(inner: str) -> None:
    """Names and networks of one's own; without a site's settings there are no others."""
    from django.conf import settings

    from commonroll.server import outgoing

    names, networks = outgoing.allowed(inner)
    if not settings.configured:
        settings.configure(OUTGOING_NAMES=names, OUTGOING_NETWORKS=networks)


def _unread(what: str, where: object) -> NoReturn:
    stderr.print(f"Not read: {where}: {what}", markup=False)
    sys.exit(UNREAD)


def _earlier(since: Path | None, seen_file: Path | None, vkey: str) -> Seen | None:
    if since:
        return Seen(since.read_text("utf-8"))
    return read_seen(seen_file, vkey) if seen_file else None


def _say(found: Check, as_json: bool) -> None:
    if as_json:
        say_json(found.as_dict())
    else:
        for line in in_words(found):
            stdout.print(line, markup=False)
    if not found.ok:
        raise Refusal(
            "the log does not verify",
            next_step="keep the folder and what was seen before as evidence, and ask its operator",
        )


def in_words(found: Check) -> list[str]:
    """The result, as a person reads it."""
    if found.problems:
        return ["What is wrong:", *(f"- {line}" for line in found.problems)]
    span = f", dated {found.first_at} to {found.last_at}" if found.first_at else ""
    new = "" if found.before is None else f", {found.size - found.before} of them since the last check"
    return [
        f"The log {found.origin} verifies: {found.size} entries{span}{new}.",
        "What is proved:",
        *(f"- {line}" for line in found.proved),
        "What is not proved:",
        *(f"- {line}" for line in found.not_proved),
    ]
