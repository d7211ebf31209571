"""`vocabulary`: the federation's questions, what each member's own mean by them, and answers added up."""

from __future__ import annotations

from pathlib import Path

import click

from commonroll.console import (
    acting,
    home_option,
    json_option,
    refusing,
    say_gaps,
    say_json,
    say_table,
    stdout,
    use,
)  # fmt: skip
from commonroll.errors import Refusal

as_option = acting("Whose answers.")
code_argument = click.argument("question")


@click.group()
def vocabulary() -> None:
    """One vocabulary: questions of the federation, to which each member maps its own."""


@vocabulary.command("list")
@home_option
@json_option
@refusing
def listed(home: Path | None, as_json: bool) -> None:
    """The federation's questions with their answers, newest versions."""
    use(home)
    from commonroll.server.actions import vocabulary as actions

    found = [actions.as_dict(one) for one in actions.newest(retired=True)]
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one["question"] + (" (retired)" if one["retired"] else ""), str(one["version"]), one["name"],
            ", ".join(f"{each['answer']} {each['name']}" for each in one["answers"]),
        )
        for one in found
    ]  # fmt: skip
    say_table("", ("question", "version", "name", "answers"), rows)


@vocabulary.command()
@code_argument
@click.option("--title", required=True, help="What people call it, such as: Governor.")
@click.option("--kind", default="support", show_default=True, help="support, issue or disposition.")
@click.option("--answer", "answers", multiple=True, metavar="WORD=NAME", help="An answer; repeat it.")
@click.option("--retired", is_flag=True, help="It is not asked any more; answers still add up.")
@home_option
@refusing
def name(
    question: str, title: str, kind: str, answers: tuple[str, ...], retired: bool, home: Path | None
) -> None:
    """Name a question of the federation, or its next version. Support has the answers 1 to 5."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import vocabulary as actions
    from commonroll.server.actor import Actor

    pairs = [one.partition("=")[::2] for one in answers]
    made = actions.name(
        code=question, title=title, kind=kind, answers=pairs, retired=retired, by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(f"{made.code} has version {made.version} with {len(made.answers)} answers", markup=False)


@vocabulary.command()
@as_option
@home_option
@json_option
@refusing
def own(member_key: str, home: Path | None, as_json: bool) -> None:
    """The answers that a member keeps, and what each is in the federation's words."""
    use(home)
    from commonroll.server.actions import federation
    from commonroll.server.actions import vocabulary as actions

    member = federation.member(member_key)
    meant: dict[tuple[str, str], list[str]] = {}
    for one in actions.newest(retired=True):
        for question, answer, word in actions.pairs_of(actions.mapping(member=member, code=one.code)):
            meant.setdefault((question, answer), []).append(f"{one.code} {word}")
    rows = [
        (one.question, one.answer, one.answer_name, ", ".join(meant.get((one.question, one.answer), [])))
        for one in actions.own(member)
    ]
    if as_json:
        say_json([dict(zip(("question", "answer", "name", "means"), row, strict=True)) for row in rows])
        return
    say_table("", ("question", "answer", "name", "means"), rows)


@vocabulary.command("map")
@code_argument
@as_option
@click.option("--answer", "answers", multiple=True, metavar="QUESTION:ANSWER=WORD", help="Repeat it.")
@home_option
@refusing
def map_(question: str, member_key: str, answers: tuple[str, ...], home: Path | None) -> None:
    """Say which of a member's answers a question of the federation means; what was said before is replaced.

    Answers stay as they were given: only how they add up goes by this.
    """
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation
    from commonroll.server.actions import vocabulary as actions
    from commonroll.server.actor import Actor

    pairs = []
    for one in answers:
        own_words, _, word = one.rpartition("=")
        code, _, answer = own_words.partition(":")
        if not (code and answer and word):
            raise Refusal("an answer is QUESTION:ANSWER=WORD", where=one[:80], next_step="write it anew")
        pairs.append((code, answer, word))
    made = actions.mean(
        member=federation.member(member_key), code=question, given=pairs, by=Actor.command_line()
    )
    startup.fold(found)
    stdout.print(f"{question}: version {made.version} with {len(made.pairs)} answers", markup=False)


@vocabulary.command()
@as_option
@click.option("--word", "said", multiple=True, metavar="WORD=ENDING",
              help="What a word of yours means; nothing after = takes it out. Repeat it.")  # fmt: skip
@home_option
@json_option
@refusing
def words(member_key: str, said: tuple[str, ...], home: Path | None, as_json: bool) -> None:
    """Words of a member's tools for how a call ended, and the ending that each means."""
    if wrong := next((one for one in said if "=" not in one), None):
        raise click.UsageError(f"--word {wrong!r}: say WORD=ENDING")
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import federation, result_words
    from commonroll.server.actor import Actor

    member = federation.member(member_key)
    if said:
        given = dict(one.rpartition("=")[::2] for one in said)
        result_words.mean(member=member, given=given, by=Actor.command_line())
        startup.fold(found)
    own = result_words.own(member)
    if as_json:
        say_json(own)
        return
    say_table("", ("word", "ending"), sorted(own.items()))


@vocabulary.command()
@code_argument
@as_option
@click.option("--purpose", required=True, help="Why: gotv, persuasion, research, …")
@click.option("--where", default="", help="Which voters, as for `count`.")
@home_option
@json_option
@refusing
def results(
    question: str, member_key: str, purpose: str, where: str, home: Path | None, as_json: bool
) -> None:
    """Voters by their last answer, over all members whose answers may be seen."""
    found = use(home)
    from commonroll.server import startup
    from commonroll.server.actions import added_up, federation
    from commonroll.server.actor import Actor

    added = added_up.added_up(
        home=found, viewer=federation.member(member_key), purpose=purpose, code=question, where=where,
        by=Actor.command_line(),
    )  # fmt: skip
    startup.fold(found)
    document = added_up.as_dict(added)
    if as_json:
        say_json(document)
        return
    rows = [
        (line.answer, line.name, *(_told(n) for n in line.by_owner.values()), line.total)
        for line in added.lines
    ]
    say_table(added.question.name, ("answer", "", *added.owners, "together"), rows, right=2)
    say_gaps(document["gaps"])


def _told(n: int | None) -> str:
    from commonroll.identity.hygiene import SMALLEST

    return f"under {SMALLEST}" if n is None else f"{n:,}"
