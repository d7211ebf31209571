"""`recall`: what is out of a member's rows, what is to be deleted, and the statement that it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    passphrase,
    passphrase_option,
    refusing,
    say_json,
    say_table,
    stdout,
    use,
)

as_option = acting("For whom you act.")


@click.group()
def recall() -> None:
    """Extracts that must be deleted: when an agreement ends, or a voter must leave."""


@recall.command("list")
@as_option
@home_option
@json_option
@refusing
def list_(member_key: str, home: Path | None, as_json: bool) -> None:
    """Recalls by MEMBER and to MEMBER, with the days left (UTC); what is due to be recalled is so first."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, recalls
    from commonroll.server.actor import Actor

    asked: dict[str, Any] = {"home": found, "of": federation.member(member_key), "by": Actor.command_line()}
    given, taken = recalls.of_owner(**asked), recalls.of_holder(**asked)
    startup.fold(found)
    if as_json:
        say_json(
            {
                "recalled": [recalls.as_dict(r) for r in given],
                "to_delete": [recalls.as_dict(r) for r in taken],
            }
        )
        return
    for title, rows in (("Recalled by you", given), ("For you to delete", taken)):
        say_table(
            title,
            ("recall", "agreement", "of", "by", "what", "extracts", "due (UTC)", "days left", "stands"),
            [_line(recalls, one) for one in rows],
            right=99,
        )


def _line(recalls: Any, one: Any) -> list[str]:
    stands = recalls.standing(one)
    return [
        str(one.pk), str(one.agreement.number), one.agreement.owner.key, one.agreement.recipient.key,
        one.get_about_display(), str(len(recalls.extracts_of(one))), f"{one.due:%Y-%m-%d %H:%M}",
        str(stands.days), stands.state,
    ]  # fmt: skip


@recall.command()
@as_option
@home_option
@json_option
@refusing
def held(member_key: str, home: Path | None, as_json: bool) -> None:
    """Who has what: every extract with rows of MEMBER and what became of it."""
    use(home)
    from commonroll.server.actions import federation, recalls
    from commonroll.server.actor import Actor

    found = recalls.held(of=federation.member(member_key), by=Actor.command_line())
    rows = [
        {
            "extract": str(one.lent.extract), "recipient": one.lent.agreement.recipient.key,
            "agreement": one.lent.agreement.number, "purpose": one.lent.purpose, "rows": one.lent.rows,
            "at": one.lent.at.isoformat(timespec="minutes"), "state": one.state,
        }
        for one in found
    ]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    say_table(
        "",
        ("extract", "recipient", "agreement", "purpose", "rows", "when", "stands"),
        [list(row.values()) for row in rows],
    )


@recall.command()
@click.argument("recall_id", metavar="RECALL", type=click.UUID)
@as_option
@home_option
@json_option
@refusing
def show(recall_id: UUID, member_key: str, home: Path | None, as_json: bool) -> None:
    """One recall: the extracts that it names and, where people are recalled, the rows of each."""
    use(home)
    from commonroll.server.actions import federation, recalls
    from commonroll.server.actor import Actor

    found = recalls.one(pk=str(recall_id), of=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json(recalls.as_dict(found))
        return
    stands = recalls.standing(found)
    stdout.print(
        f"{found.agreement.owner.name} asks {found.agreement.recipient.name} to delete "
        f"{found.get_about_display()} (agreement {found.agreement.number}).",
        markup=False,
    )
    stdout.print(f"Due {found.due:%Y-%m-%d %H:%M} UTC, {stands.days} days left; {stands.state}.")
    lines = []
    for one in recalls.extracts_of(found):
        rows = ", ".join(str(row.number) for row in one.rows) or "all of them"
        refs = ", ".join(row.voter_ref for row in one.rows if row.voter_ref)
        lines.append((one.extract.removeprefix("urn:uuid:"), rows, refs))
    say_table("", ("extract", "rows", "pseudonyms"), lines)


@recall.command()
@click.argument("recall_id", metavar="RECALL", type=click.UUID)
@as_option
@click.option("--unsigned", is_flag=True, help="Print the statement, to be signed offline and entered.")
@click.option(
    "--text",
    "text_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The statement, as `--unsigned` printed it; with --line.",
)
@click.option("--line", default="", help="The signature line made offline; with --text.")
@home_option
@passphrase_option
@refusing
def acknowledge(
    recall_id: UUID, member_key: str, unsigned: bool, text_file: Path | None, line: str, home: Path | None,
    passphrase_file: Path | None,
) -> None:  # fmt: skip
    """Sign for MEMBER that every copy of what the recall names is deleted."""
    if bool(text_file) != bool(line):
        raise click.UsageError("--text and --line belong together")
    found = use(home)
    from commonroll.agreements.recall import deletion_text
    from commonroll.notes import canonical, parse_strict
    from commonroll.server import startup
    from commonroll.server.actions import federation, recalls
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member(member_key)
    one = recalls.one(pk=str(recall_id), of=member, by=by)
    if unsigned:
        said = recalls.to_sign(recall=one, member=member)
        say_json(
            {"statement": said, "cr:keyNames": {member_key: federation.federation().key_name(member_key)}}
        )
        return
    if text_file is not None:
        said = parse_strict(text_file.read_bytes())["statement"]
        note = f"{deletion_text(said)}\n{line}\n"
        recalls.enter(recall=one, member=member, document=canonical(said), note=note, by=by)
    else:
        recalls.acknowledge(
            home=found, recall=one, member=member, passphrase=passphrase(passphrase_file), by=by
        )
    startup.fold(found)
    stdout.print(
        f"signed and sent to {one.agreement.owner.name}: what the recall names is deleted", markup=False
    )
