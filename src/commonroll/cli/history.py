"""`snapshots`, `diff`, `changes`, `voter`, `retain`: a member's roll over time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use

if TYPE_CHECKING:
    from commonroll.roll.changes.one_voter import Standing, Timeline
    from commonroll.roll.vault.retention import Sweep

LISTED = 20


@click.command()
@click.argument("member_key", metavar="MEMBER")
@home_option
@json_option
@refusing
def snapshots(member_key: str, home: Path | None, as_json: bool) -> None:
    """A member's snapshots, newest first, and why each stays."""
    found = use(home)
    from commonroll.server.actions import federation, retention
    from commonroll.server.actor import Actor

    kept = retention.preview(home=found, of=federation.member(member_key), by=Actor.command_line())
    listed = sorted([*kept.stays, *((one, "the next load removes it") for one in kept.goes)],
                    key=lambda row: -row[0].number)  # fmt: skip
    rows = [
        {"number": s.number, "made_at": s.made_at.isoformat(timespec="seconds"), **s.rows, "stays": why}
        for s, why in listed
    ]
    if as_json:
        say_json(rows)
    else:
        head = ["number", "made_at", "stays", "voters", "districts", "history", "ballots"]
        say_table("", head, [[r.get(k, 0) for k in head] for r in rows], right=3)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--from", "old", default="", metavar="N|DAY",
              help="Snapshot, or day (YYYY-MM-DD), to compare from; else the one before.")  # fmt: skip
@click.option("--to", "new", default="", metavar="N|DAY", help="The same to compare to; else the newest.")
@home_option
@json_option
@refusing
def diff(member_key: str, old: str, new: str, home: Path | None, as_json: bool) -> None:
    """What changed between two snapshots or days: added, dropped, moved, party, status; per county."""
    found = use(home)
    from commonroll.roll.changes.diff import KINDS
    from commonroll.server.actions import federation, history
    from commonroll.server.actor import Actor

    report = history.difference(
        home=found, of=federation.member(member_key), old=old, new=new, by=Actor.command_line()
    ).as_dict()
    if as_json:
        say_json(report)
        return
    rows = [["all counties", *(report[kind] for kind in KINDS)]]
    rows += [[county["name"], *(county[kind] for kind in KINDS)] for county in report["counties"]]
    say_table(f"snapshot {report['from']} to {report['to']}", ["county", *KINDS], rows, right=1)
    for column in ("party", "status"):
        turns = report[f"{column}_turns"][:LISTED]
        pairs = [[one["from"] or "none", one["to"] or "none", one["voters"]] for one in turns]
        if pairs:
            say_table(column, ["from", "to", "voters"], pairs, right=2)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--county", default="", metavar="FIPS", help="One county instead of all.")
@home_option
@json_option
@refusing
def changes(member_key: str, county: str, home: Path | None, as_json: bool) -> None:
    """What changed from each kept snapshot to the next: who came, went and moved."""
    found = use(home)
    from commonroll.roll.changes.timeline import COUNTED
    from commonroll.server.actions import federation, history
    from commonroll.server.actor import Actor

    counted, _ = history.periods(home=found, of=federation.member(member_key), by=Actor.command_line())
    rows = [
        {"from": one.old, "to": one.new, "until": one.until.date().isoformat(), **one.total(county)}
        for one in counted
    ]
    if as_json:
        say_json(rows)
    else:
        head = ["from", "to", "until", "voters", *COUNTED]
        say_table(county or "all counties", head, [[row[k] for k in head] for row in rows], right=3)


def of_one_voter(command: Callable[..., None]) -> Callable[..., None]:
    """MEMBER, ID, how the id is meant, and why one looks."""
    for option in (
        click.option("--purpose", default="hygiene", show_default=True,
                     help="Why you look; it stands in the log."),
        click.option("--county", default="", metavar="FIPS|NAME", help="The county whose id it is."),
        click.option("--county-id", is_flag=True, help="ID is a county's, not the state's."),
        click.argument("voter_id", metavar="ID"),
        click.argument("member_key", metavar="MEMBER"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@of_one_voter
@home_option
@json_option
@refusing
def voter(
    member_key: str,
    voter_id: str,
    county_id: bool,
    county: str,
    purpose: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """One of the member's voters through time; the look is in its log first, 30 an hour at most."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, history
    from commonroll.server.actor import Actor

    seen = history.look(
        home=found, of=federation.member(member_key), voter=voter_id, by_county_id=county_id, county=county,
        purpose=purpose, by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    if as_json:
        say_json(_timeline(seen))
        return
    if seen.hidden:
        stdout.print(f"Not shown. {seen.hidden}", markup=False)
    elif not seen.standings:
        stdout.print(f"None of {seen.snapshots} snapshots has this id; ids keep their leading zeros.")
    for one in seen.standings:
        _say_standing(one)


def _timeline(seen: Timeline) -> dict[str, Any]:
    return {
        "id": seen.id,
        "snapshots": seen.snapshots,
        "hidden": seen.hidden,
        "standings": [
            {
                "first": one.first.number,
                "last": one.last.number,
                "from": one.first.made_at.isoformat(timespec="seconds"),
                "row": dict(one.row) if one.row else None,
                "changed": sorted(one.changed),
                "another_person": one.another,
                "lines": _lines(one.lines),
                "came": _lines(one.came),
                "went": _lines(one.went),
            }
            for one in seen.standings
        ],
    }


def _lines(told: Any) -> dict[str, list[dict[str, Any]]]:
    from commonroll.roll.changes.one_voter import LISTS

    return {
        name: [dict(zip(LISTS[name][1], line, strict=True)) for line in lines] for name, lines in told.items()
    }


def _say_standing(one: Standing) -> None:
    from commonroll.roll.changes.one_voter import FACTS

    last = "" if one.first == one.last else f" to {one.last.number}"
    note = ": another person under this id" if one.another else "" if one.row else ": not in the file"
    stdout.print(
        f"Snapshot {one.first.number}{last}, from {one.first.made_at:%Y-%m-%d}{note}",
        style="bold",
        markup=False,
    )
    for fact, columns in FACTS.items() if one.row else ():
        row = one.row or {}
        said = " ".join(str(row[column]) for column in columns if row[column] is not None)
        if said or fact in one.changed:
            mark = "*" if fact in one.changed else " "
            stdout.print(f" {mark} {fact}: {said or 'none'}", markup=False)
    for name, lines in one.lines.items():
        for sign, told in ((" ", lines), ("-", one.went.get(name, ()))):
            for line in told:
                new = "+" if line in one.came.get(name, ()) else sign
                said = ", ".join(str(value) for value in line if value is not None)
                stdout.print(f" {new} {name}: {said}", markup=False)


@click.command()
@click.argument("member_key", metavar="MEMBER")
@click.option("--keep", "rule", default="", metavar="RULE",
              help="Such as daily:14,monthly:24: all of the last 14 days, the first of each of 24 months; "
              "newest:N the newest so many. Else the member's rule.")  # fmt: skip
@click.option("--remove", is_flag=True, help="Remove what does not stay; without it, only show it.")
@click.option("--always", is_flag=True, help="With --remove: do the same after every load.")
@home_option
@json_option
@refusing
def retain(member_key: str, rule: str, remove: bool, always: bool, home: Path | None, as_json: bool) -> None:
    """Which snapshots a rule keeps; with --remove, the others go, and the log has it first."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, retention
    from commonroll.server.actor import Actor

    if always and not remove:
        raise click.UsageError("--always goes with --remove")
    member, by = federation.member(member_key), Actor.command_line()
    if remove:
        swept = retention.remove(home=found, of=member, text=rule, always=always, by=by)
        startup.fold(found)
    else:
        swept = retention.preview(home=found, of=member, text=rule, by=by)
    if as_json:
        say_json(_swept(swept, remove))
    else:
        _say_swept(swept, remove)


def _swept(swept: Sweep, removed: bool) -> dict[str, Any]:
    return {
        "rule": str(swept.rule),
        "stays": [{"number": one.number, "because": why} for one, why in swept.stays],
        "goes": [one.number for one in swept.goes],
        "bytes": swept.freed,
        "removed": removed,
    }


def _say_swept(swept: Sweep, removed: bool) -> None:
    rows = [(one, f"stays: {why}") for one, why in swept.stays]
    rows += [(one, "removed" if removed else "would go") for one in swept.goes]
    said = [
        [str(one.number), f"{one.made_at:%Y-%m-%d}", why]
        for one, why in sorted(rows, key=lambda r: -r[0].number)
    ]
    say_table(str(swept.rule), ["snapshot", "made", ""], said)
    verb = "went, noted in the log first" if removed else "would go"
    stdout.print(f"{len(swept.goes)} snapshots {verb}; {swept.freed:,} bytes.", markup=False)
    if swept.goes and not removed:
        stdout.print("Repeat with --remove to remove them: they cannot be read again.")
