"""The reference's page of each state: what its files hold and withhold, their quirks, the law on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from commonroll.agreements.law import load_pack
from commonroll.roll.counties import state_of
from commonroll.roll.layout.fields import MADE_BY_THE_LOADER
from commonroll.roll.layout.layout import Layout, all_layouts, layouts_for, published
from commonroll.roll.schema import GRANTABLE, ROLL_TABLES, TABLES

PROTECTED = {
    "flagged": "The file marks them. Whoever is marked is in no view, list or extract.",
    "withheld": "The file leaves them out.",
    "unstated": "The file does not say who is protected: nothing leaves before the owner signs a statement.",
}
CONFIDENCE = {
    "official": "the state's own documents give the order and meaning of the columns",
    "observed": "seen in the state's files, and checked against a second source",
    "configured": "from a program that reads these files; the names are reliable, the order is not",
    "unordered": "some columns are known, no complete list: read by their names alone",
}
"""What the word for the confidence in a layout means."""

BIRTHS = (("voters.birth_date", "full date"), ("voters.birth_year", "year"), ("voters.age", "age"))


def states() -> tuple[str, ...]:
    """The states that have a layout."""
    return tuple(sorted({one.state for one in all_layouts()}))


def table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A Markdown table and a blank line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        cells = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def index(renew: str) -> Iterator[str]:
    """Every state at a glance."""
    yield from ("# States", "", renew, "")
    yield "What each state's files hold, from the layouts that read them. *Confidence* is that of the newest"
    yield "layout of the registration file:"
    yield ""
    yield from (f"- *{word}*: {meaning}" for word, meaning in CONFIDENCE.items())
    yield ""
    yield from table(
        ("state", "confidence", "protected voters", "birth", "party", "elections", "ballots"),
        (_at_a_glance(state) for state in states()),
    )


def _at_a_glance(state: str) -> tuple[str, ...]:
    fills = published(state)
    newest = next((one for one in layouts_for(state) if one.role == "registration"), None)
    return (
        f"[{state_of(state).name}]({state.lower()}.md)",
        newest.confidence if newest else "none",
        (newest.protected if newest else None) or "",
        next((word for column, word in BIRTHS if column in fills), "none"),
        "yes" if "voters.party" in fills else "no",
        "yes" if "history.state_voter_id" in fills else "no",
        "yes" if "ballots.state_voter_id" in fills else "no",
    )


def page(state: str, renew: str) -> Iterator[str]:
    """One state's page."""
    before = None
    for line in _page(state, renew):
        if line or before:
            yield line
        before = line


def _page(state: str, renew: str) -> Iterator[str]:
    known, fills = layouts_for(state), published(state)
    yield from (f"# {state_of(state).name}", "", renew, "", "## Files", "")
    yield from table(
        ("layout", "from", "what it is", "confidence", "columns"),
        ((f"`{x.key}`", x.since, x.title, x.confidence, len(x.order)) for x in known),
    )
    yield "What a file's columns become: [layouts](../layouts.md). The newest of each product counts below."
    yield from ("", "## What it publishes", "", *_columns(sorted(fills)))
    kinds = sorted({kind for one in known for kind in one.districts})
    yield f"District types: {', '.join(kinds) or 'none'}."
    yield from ("", "## What it withholds", "", *_withheld(fills))
    newest = next((one for one in known if one.protected), None)
    if newest is not None and newest.protected is not None:
        yield from ("", "## Protected voters", "", PROTECTED[newest.protected])
    yield from _said("Quirks", [quirk for one in known for quirk in one.quirks])
    yield from ("", "## Access and law", "", *_access(known), *_law(state))
    yield from _said("Sources", [source for one in known for source in one.sources])


def _columns(names: Sequence[str]) -> Iterator[str]:
    for name in ROLL_TABLES:
        mine = [column.partition(".")[2] for column in names if column.startswith(f"{name}.")]
        if mine:
            yield f"- {name}: {', '.join(f'`{column}`' for column in mine)}"
    yield ""


def _withheld(fills: Iterable[str]) -> Iterator[str]:
    """Columns of the roll that may be granted and that no layout of the state fills."""
    missing = sorted(
        column.qualified
        for name in ROLL_TABLES
        for column in TABLES[name]
        if column.qualified in set(GRANTABLE) - set(fills) and column.name not in MADE_BY_THE_LOADER
    )
    yield from _columns(missing) if missing else ("Nothing that the roll has a column for.", "")


def _access(known: Sequence[Layout]) -> Iterator[str]:
    for words in dict.fromkeys(one.access for one in known if one.access):
        yield from (words, "")


def _law(state: str) -> Iterator[str]:
    pack = load_pack(state)
    if pack is None:
        yield "No law pack is written for this state: the strictest rules apply."
        return
    reviewed = "checked by counsel" if pack.reviewed else "not checked by counsel, so the default applies too"
    yield f"Law pack {pack.version}, {reviewed}."
    yield ""
    yield from table(
        ("rule", "does", "says", "cites"),
        ((rule.id, rule.does.replace("_", " "), rule.says, rule.cites) for rule in pack.rules),
    )
    if not pack.cures:
        yield from ("", "Whether a rejected ballot can be cured: ask the county; the pack does not say.")
        return
    yield from ("", "Curing a rejected ballot:", "")
    yield from table(
        ("elections from", "last day", "who", "says", "cites"),
        (
            (
                str(cure.since),
                f"{cure.days_after} days after the election {cure.at}".strip() if cure.exists else "no cure",
                cure.who or "-",
                cure.says,
                cure.cites,
            )
            for cure in pack.cures
        ),
    )


def _said(title: str, words: Iterable[str]) -> Iterator[str]:
    lines = [f"- {one}" for one in dict.fromkeys(words)]
    if lines:
        yield from ("", f"## {title}", "", *lines)
