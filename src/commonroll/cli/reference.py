"""The reference under `docs/reference`, written from what runs.

`python -m commonroll.cli.reference [FOLDER]` renews it: columns from `roll/schema.py`, layouts from their
TOML files, a page for each state, the universe language from `views/derived.py`, commands from their help.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

from commonroll.agreements.profile import MASKS, MODES, PURPOSES
from commonroll.cli import main as commonroll
from commonroll.cli import reference_states, reference_van
from commonroll.cli.reference_states import table as _table
from commonroll.roll.layout.layout import Layout, all_layouts
from commonroll.roll.schema import CLASSES, FACT_NAMES, GRANTABLE, TABLES, Column, Table
from commonroll.views.ballot_words import BALLOT_WORDS, ELECTION
from commonroll.views.derived import FUNCTIONS, VISIBLE
from commonroll.views.fact_words import FACT_WORDS, fact_field
from commonroll.views.score_words import SCORE_WORDS, SOURCE
from commonroll.views.words import ALLOWED_SENTENCE

FOLDER = Path("docs/reference")
SETTINGS = commonroll.context_settings
RENEW = "Written by `python -m commonroll.cli.reference`; change the source, not this page."


def pages() -> dict[str, str]:
    """Every page of the reference: file name to text."""
    written: Mapping[str, Callable[[], Iterable[str]]] = {
        "columns.md": columns,
        "layouts.md": layouts,
        "universe.md": universe,
        "cli.md": commands,
    }
    made = {name: lines() for name, lines in written.items()}
    made["van.md"] = reference_van.page(RENEW)
    made["van-fields.md"] = reference_van.fields(RENEW)
    made["states/README.md"] = reference_states.index(RENEW)
    made |= {
        f"states/{state.lower()}.md": reference_states.page(state, RENEW)
        for state in reference_states.states()
    }
    return {name: "\n".join([*lines, ""]) for name, lines in made.items()}


def write(folder: Path) -> list[Path]:
    """Write every page into `folder`; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, text in pages().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        found.append(folder / name)
    return found


def _code(words: Iterable[str], otherwise: str = "") -> str:
    return ", ".join(f"`{word}`" for word in words) or otherwise


# Columns


def columns() -> Iterator[str]:
    """Classes, tables with their columns, and the names that public fact files use."""
    yield from ("# Tables and columns", "", RENEW, "")
    yield "A vault holds these tables. Every column has one class, and the class fixes what may be granted."
    yield "An agreement names columns by table and name, such as `voters.party`."
    yield from ("", "## Classes", "")
    yield from _table(("class", "holds"), CLASSES.items())
    for table in TABLES.values():
        yield from _columns_of(table)
    yield from ("## Names in public fact files", "")
    yield from _table(("fact files", "roll"), ((f"`{name}`", ours) for name, ours in FACT_NAMES.items()))


def _columns_of(table: Table) -> Iterator[str]:
    kept = "; rows are only added" if table.events else ""
    yield from (f"## {table.name}", "", f"{table.meaning.capitalize()}{kept}. Key: {_code(table.key)}.", "")
    head = ("column", "type", "class", "meaning", "may be empty", "may be granted")
    yield from _table(head, (_column(column) for column in table))


def _column(column: Column) -> tuple[str, ...]:
    closed = f" ({_code(column.values)})" if column.values else ""
    granted = "yes" if column.qualified in GRANTABLE else "no"
    empty = "yes" if column.nullable else "no"
    return f"`{column.name}`", column.type, column.cls, f"{column.meaning}{closed}", empty, granted


# Layouts


def layouts() -> Iterator[str]:
    """Every layout with what it fills, and the columns it leaves aside with the reason."""
    yield from ("# Layouts", "", RENEW, "")
    yield "How each state writes its files. A layout holds from its first day until the next one of its role."
    yield ""
    head = ("layout", "from", "role", "confidence", "protected voters")
    rows = ((f"`{x.key}`", x.since, x.role, x.confidence, x.protected or "") for x in all_layouts())
    yield from _table(head, rows)
    yield "*Flagged* voters are marked in the file, *withheld* ones are left out of it; *unstated* means"
    yield "that the file does not say: see the guide for owners."
    yield ""
    for one in all_layouts():
        yield from _layout(one)


def _layout(one: Layout) -> Iterator[str]:
    header = "first line names the columns" if one.format.header else "no header line"
    yield from (f"## {one.key}", "", f"{one.title}.", "")
    yield f"- files: {_code(one.files)}; {one.format.encoding}, delimiter {_delimiter(one)}, {header}"
    yield f"- dates: {_code(one.dates, 'none')}"
    yield f"- fills: {_code(sorted(one.published))}"
    if one.districts:
        yield f"- district types: {_code(sorted(one.districts))}"
    yield ""
    if one.ignore:
        yield from _table(("left aside", "why"), ((f"`{name}`", why) for name, why in one.ignore.items()))


def _delimiter(one: Layout) -> str:
    if one.format.kind == "fixed":
        return f"none: records of {one.format.record_length} bytes"
    return "tab" if one.format.delimiter == "\t" else f"`{one.format.delimiter}`".replace("`|`", "a bar")


# The universe language


def universe() -> Iterator[str]:
    """Purposes, modes, masks; the columns and functions that a WHERE can use."""
    yield from ("# Universes", "", RENEW, "", ALLOWED_SENTENCE, "")
    yield from ("## Functions", "")
    yield from _table(
        ("function", "true for a voter who", "must be granted"),
        (
            (f"`{f.usage}`", f.meaning, _code(sorted(f.sources(len(f.parameters)))))
            for f in FUNCTIONS.values()
        ),
    )
    yield from ("## Facts", "", _FACTS, "")
    yield from _table(
        ("word", "is", "values", "made of"),
        (
            (
                f"`{w.usage}`",
                w.meaning,
                _code(w.values or (), "any text"),
                _code(fact_field(w.name, "attribute").sources),
            )
            for w in FACT_WORDS.values()
        ),
    )
    yield from ("## Ballots", "", _BALLOTS, "")
    yield from _table(
        ("word", "is", "kind", "must be granted"),
        ((f"`{w.usage}`", w.meaning, w.kind, _code((*w.sources, ELECTION))) for w in BALLOT_WORDS.values()),
    )
    yield from ("## Scores", "", _SCORES, "")
    yield from _table(
        ("word", "is", "kind", "must be granted"),
        ((f"`{w.usage}`", w.meaning, w.kind, _code((SOURCE,))) for w in SCORE_WORDS.values()),
    )
    yield from ("## Columns", "")
    yield from _table(
        ("column", "kind", "class", "made of", "meaning"),
        (
            (f"`{v.name}`", v.kind, v.cls, _code(v.sources, "comes with every row"), v.meaning)
            for v in VISIBLE.values()
        ),
    )
    yield from ("## Purposes", "")
    yield from _table(("purpose", "means"), _named(PURPOSES))
    yield from ("## Modes", "")
    yield from _table(("mode", "what is done with rows"), _named(MODES))
    yield from ("## Masks", "", f"How a granted column is shown: {_code(MASKS)}.")


_SCORES = """A score is a guess of the owner's model, in steps of a tenth. Another member's copy of it carries
that member's marks: a few values differ by a tenth, fewer by a point and a half at most, so that a leak tells
whose copy it was. Owners do not see marks in their own rows."""

_BALLOTS = (
    "How far a voter's ballot for one election is stands in a condition, among the columns shown and among "
    "those counted by, such as `chase('2026-11-03') AND party = 'DEM'`. Until when a ballot can be cured "
    "follows from the state's law pack; where none says so, ask the county. Whoever's ballot for a coming "
    "election is back is left out of contacts, and of rows that leave with a way to reach people, wherever "
    "the purpose is gotv or persuasion."
)

_FACTS = (
    "What an owner claims of its own voters beyond the roll stands in a condition or among the columns "
    "shown, such as `fact('owns_home') = 'yes'`. These words, `has_phone` and `has_email` read the reader's "
    "own rows alone: other owners are a gap. Of several claims the one counts that was told, else seen, "
    "bought, guessed. Held against a number, a fact is read as one: `fact('score') > 50`. A household's "
    "claim is context of everybody who lives there, and nobody's own fact."
)


def _named(words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"`{name}`", meaning) for name, meaning in words.items())


# Commands


def commands() -> Iterator[str]:
    """The help of every command, as the command itself prints it."""
    yield from ("# Commands", "", RENEW, "")
    yield "Answers go to stdout, one JSON document with `--json`; progress and messages go to stderr."
    yield "A command ends with 0 when it is done, 1 when it is refused (the reason says what to do next),"
    yield "2 on wrong usage."
    yield ""
    for path, command in every_command(commonroll):
        context = click.Context(command, info_name=" ".join(path), terminal_width=100, **SETTINGS)
        yield from (f"## {' '.join(path)}", "", "```", command.get_help(context), "```", "")


def every_command(
    group: click.Command, path: tuple[str, ...] = ("commonroll",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The group and all below it, each with the words that call it."""
    yield path, group
    if isinstance(group, click.Group):
        for name in sorted(group.commands):
            yield from every_command(group.commands[name], (*path, name))


if __name__ == "__main__":
    for path in write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        click.echo(path)
