"""`script`: what is said and asked at doors, from files and into files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from commonroll.console import acting, home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal

as_option = acting("Whose scripts.")
name_argument = click.argument("name")


@click.group()
def script() -> None:
    """What is said and asked at doors, with branches; versions never change."""


@script.command("list")
@as_option
@home_option
@json_option
@refusing
def listed(member_key: str, home: Path | None, as_json: bool) -> None:
    """The scripts of a member with their versions."""
    use(home)
    from commonroll.server.actions import federation, scripts

    found = [scripts.as_dict(one) for one in scripts.listed(federation.member(member_key))]
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one["name"],
            ", ".join(str(v["version"]) + ("" if v["usable"] else " (not in use)") for v in one["versions"]),
            "; ".join(one["problems"][:1]) or "can be published",
        )
        for one in found
    ]
    say_table("", ("script", "versions", "draft"), rows)


@script.command()
@name_argument
@as_option
@click.option("--version", type=int, help="Which version.  [default: the newest that may be used]")
@home_option
@json_option
@refusing
def show(name: str, member_key: str, version: int | None, home: Path | None, as_json: bool) -> None:
    """A version in words: each question, its answers, and where they lead."""
    use(home)
    document = _document(member_key, name, version)
    if as_json:
        say_json(document)
        return
    from commonroll.field.script import length, parse

    read = parse(document)
    least, most = length(read)
    stdout.print(f"{read.name}, version {read.version}: {least} to {most} questions", markup=False)
    rows = [
        (
            one.id,
            one.code,
            read.said(one.text, read.languages[0]),
            each.answer,
            each.next or one.next or "end",
        )
        for one in read.questions
        for each in one.answers
    ]
    say_table("", ("id", "code", "question", "answer", "goes on to"), rows)


@script.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_option
@click.option("--name", default="", help="What it is called, if not as the file says.")
@home_option
@json_option
@refusing
def add(file: Path, member_key: str, name: str, home: Path | None, as_json: bool) -> None:
    """Make a version of the script in FILE (JSON); a script of its name gets the next version."""
    found = use(home)
    from commonroll.field.script import parse
    from commonroll.server import startup
    from commonroll.server.actions import federation, scripts
    from commonroll.server.actor import Actor

    document = _read(file)
    member, by = federation.member(member_key), Actor.command_line()
    title = " ".join((name or str(document.get("name", ""))).split())
    parse({**scripts.EMPTY, **document, "name": title, "version": 1})
    known = next((one for one in scripts.listed(member) if one.name == title), None)
    if known is None:
        known = scripts.make(member=member, name=title, draft=document, by=by)
    else:
        known = scripts.save(script=known, draft={**scripts.EMPTY, **document, "name": title}, by=by)
    made = scripts.publish(script=known, by=by)
    startup.fold(found)
    if as_json:
        say_json(scripts.as_dict(known))
        return
    waits = "" if made.usable else "; somebody else approves it on its page before it is used"
    stdout.print(f"{title} has version {made.number}{waits}", markup=False)


@script.command()
@name_argument
@as_option
@click.option("--version", type=int, help="Which version.  [default: the newest that may be used]")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Into this file.")
@home_option
@refusing
def export(name: str, member_key: str, version: int | None, target: Path | None, home: Path | None) -> None:
    """A version as JSON, to be added elsewhere."""
    use(home)
    text = json.dumps(_document(member_key, name, version), ensure_ascii=False, indent=2)
    if target is None:
        click.echo(text)
    else:
        target.write_text(f"{text}\n", "utf-8")
        stdout.print(f"{target} has the script", markup=False)


def _document(member_key: str, name: str, number: int | None) -> dict[str, object]:
    from commonroll.server.actions import federation, scripts

    found = next((one for one in scripts.listed(federation.member(member_key)) if one.name == name), None)
    if found is None:
        raise Refusal("there is no such script", next_step="see `commonroll script list`")
    if number is not None:
        return dict(scripts.version_of(script=found, number=number).document)
    version = scripts.newest(found)
    if version is None:
        raise Refusal(f"{name} has no version that may be used", next_step="name one with --version")
    return dict(version.document)


def _read(file: Path) -> dict[str, object]:
    if file.stat().st_size > 1 << 20:
        raise Refusal("the file is larger than 1 MB", where=file.name, next_step="name a script's file")
    try:
        found = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refusal(
            "the file is no JSON", where=file.name, next_step="write it as the guide says"
        ) from error
    if not isinstance(found, dict):
        raise Refusal("the file has no script in it", where=file.name, next_step="write it as the guide says")
    return found
