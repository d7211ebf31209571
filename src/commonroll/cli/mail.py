"""`mail` and `ads`: files for a mailing, one piece a household, and hashed audiences; each for a cause."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from commonroll.cli.batches import say_batch
from commonroll.console import (
    acting,
    home_option,
    json_option,
    progress,
    refusing,
    say_gaps,
    say_json,
    say_table,
    stderr,
    stdout,
    table_format,
    use,
)  # fmt: skip

if TYPE_CHECKING:
    from commonroll.server.actions.mailings import Preview

as_option = acting("For whom the file is.")


def whom(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--for", "cause", required=True, help="What for: gotv, persuasion, fundraising, …"),
        click.option("--where", default="", help="Which voters, e.g. \"party = 'DEM' AND age < 30\"."),
        click.option("--list", "listed", type=int, metavar="LIST", help="Or a saved list's persons."),
    ):
        command = option(command)
    return command


def asked(
    kind: str, member_key: str, cause: str, where: str, listed: int | None, home: Path
) -> dict[str, Any]:
    """What the action takes."""
    from commonroll.server.actions import federation, lists
    from commonroll.server.actor import Actor

    by, viewer = Actor.command_line(), federation.member(member_key)
    found = lists.list_of(member=viewer, pk=listed, by=by) if listed is not None else None
    return {
        "home": home, "viewer": viewer, "kind": kind, "cause": cause, "where": where, "listed": found,
        "by": by,
    }  # fmt: skip


def say_preview(found: Preview, as_json: bool) -> None:
    """What a file would come to, as lines or as JSON."""
    from commonroll.server.actions.questions import gap_dict

    gaps = [gap_dict(gap) for gap in found.gaps]
    document = {
        "pieces": found.pieces, "persons": found.persons, "asked": found.asked,
        "left_out": dict(found.left_out), "gaps": gaps, "laws": [asdict(law) for law in found.laws],
    }  # fmt: skip
    if as_json:
        say_json(document)
        return
    stdout.print(f"{found.pieces:,} lines; {found.persons:,} of {found.asked:,} persons")
    for why, many in found.left_out.items():
        stdout.print(f"  {many:,} left out: {why}", markup=False)
    for law in found.laws:
        stdout.print(f"  law, {', '.join(law.owners)}: {law.says} ({law.cites})", markup=False)
    say_gaps(gaps)


def make_file(target: Path, as_json: bool, **given: Any) -> None:
    """Make a file and put it with its receipts where the command line asked."""
    from commonroll.server import startup
    from commonroll.server.actions import mailings, questions

    with progress("making the file"):
        extract = mailings.make(format=table_format(target), **given)
    proofs = questions.deliver(home=given["home"], extract=extract, target=target)
    startup.fold(given["home"])
    if as_json:
        say_json(mailings.file_dict(extract) | {"proofs": [str(path) for path in proofs]})
        return
    stdout.print(f"{extract.made['pieces']:,} lines in {target}, of {extract.rows:,} persons", markup=False)
    for why, many in extract.made["left_out"].items():
        if many:
            stdout.print(f"  {many:,} left out: {why}", markup=False)
    say_gaps(extract.gaps)
    stderr.print(f"receipts: {', '.join(str(path) for path in proofs)}", markup=False)


@click.group()
def mail() -> None:
    """Mail files: one piece for each household, with a code that comes back."""


@click.group()
def ads() -> None:
    """Audience files for ad platforms: hashed, which hides nobody from whoever can list the numbers."""


to_option = click.option("--to", "target", required=True, type=click.Path(path_type=Path, dir_okay=False),
                         help="FILE.csv or FILE.parquet")  # fmt: skip


def _preview(kind: str, what: str) -> click.Command:
    @click.command("preview", help=f"Count what {what} would come to, and who is left out why.")
    @as_option
    @whom
    @home_option
    @json_option
    @refusing
    def preview(
        member_key: str, cause: str, where: str, listed: int | None, home: Path | None, as_json: bool
    ) -> None:
        found = use(home)
        from commonroll.server import startup
        from commonroll.server.actions import mailings

        told = mailings.preview(**asked(kind, member_key, cause, where, listed, found))
        startup.fold(found)
        say_preview(told, as_json)

    return preview


def _make(kind: str, what: str) -> click.Command:
    @click.command("make", help=f"Write {what}; its receipts go to FILE.tlog-proof beside it.")
    @as_option
    @whom
    @to_option
    @home_option
    @json_option
    @refusing
    def make(
        member_key: str, cause: str, where: str, listed: int | None, target: Path, home: Path | None,
        as_json: bool,
    ) -> None:  # fmt: skip
        found = use(home)
        make_file(target, as_json, **asked(kind, member_key, cause, where, listed, found))

    return make


for group, kind, what in ((mail, "mail", "a mail file"), (ads, "audience", "an audience file")):
    group.add_command(_preview(kind, what))
    group.add_command(_make(kind, what))


sheet_argument = click.argument("sheet", type=click.UUID)


@mail.command()
@as_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@home_option
@json_option
@refusing
def returned(member_key: str, file: Path, home: Path | None, as_json: bool) -> None:
    """Load a CSV of mail that came back: code, reason, date, and new_address where it was forwarded."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import answers, federation, returned_mail
    from commonroll.server.actor import Actor

    batch = returned_mail.load(
        home=found, gathered_by=federation.member(member_key), file=file, by=Actor.command_line()
    )
    startup.fold(found)
    first = f"sheet {batch.pk}: {batch.loaded:,} facts about addresses"
    say_batch(answers.as_dict(batch), first, as_json)


@mail.command()
@as_option
@home_option
@json_option
@refusing
def sheets(member_key: str, home: Path | None, as_json: bool) -> None:
    """The sheets of returned mail that MEMBER loaded, the newest first."""
    use(home)
    from commonroll.server.actions import answers, federation, returned_mail
    from commonroll.server.actor import Actor

    found = returned_mail.batches(member=federation.member(member_key), by=Actor.command_line())
    if as_json:
        say_json([answers.as_dict(one) | {"undone": one.undone_at is not None} for one in found])
        return
    rows = [
        (str(one.pk), f"{one.at:%Y-%m-%d}", one.file, f"{one.loaded:,}", "undone" if one.undone_at else "")
        for one in found
    ]
    say_table("", ("sheet", "loaded", "file", "facts", "stands"), rows, right=4)


@mail.command()
@as_option
@sheet_argument
@home_option
@refusing
def undo(member_key: str, sheet: UUID, home: Path | None) -> None:
    """Take back all that one sheet of returned mail said, here and with the owners."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, returned_mail
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member(member_key)
    batch = returned_mail.batch_of(member=member, pk=str(sheet), by=by)
    returned_mail.undo(home=found, batch=batch, by=by)
    startup.fold(found)
    stdout.print(f"{batch.loaded:,} facts about addresses taken back")
