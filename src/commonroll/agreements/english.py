"""An agreement in plain English, rendered from the compiled grant, so that it says what will be enforced.

The sentences are its clauses: their numbers are what explanations name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from commonroll.agreements.document import dollars
from commonroll.agreements.grant import Duty, Grant
from commonroll.agreements.profile import MADE, PURPOSES, RETURNED_TABLES, Channel
from commonroll.agreements.row_words import rows
from commonroll.agreements.words import (
    MASK_WORDS,
    counted,
    day,
    days,
    label,
    named,
    sentence,
    small,
    spoken,
)
from commonroll.roll.counties import state_of

About = Literal[
    "opening", "columns", "masks", "uses", "contact", "approval", "onward", "parties", "duty", "law"
]

_BY: Mapping[Channel, str] = {
    "any": "",
    "door": " at the door",
    "phone": " by phone",
    "text": " by text message",
    "mail": " by mail",
    "email": " by e-mail",
}
_RETURNED: Mapping[str, str] = {
    "addresses": "new addresses",
    "attempts": "attempts",
    "bounces": "phones and e-mails that bounced",
    "lists": "lists",
    "responses": "answers",
    "scores": "scores",
    "scripts": "scripts",
}
_MADE: Mapping[str, str] = {
    "lists": "lists are whom it chose, by name and day",
    "scores": "scores are what its own models guess, and pass for no voter's word",
    "scripts": "scripts are what it asked these voters, with branches and codes",
}

_MARKS = (
    "no removal of marks; nobody is identified from counts or pseudonyms. Data stays in the United States."
)


@dataclass(frozen=True)
class Clause:
    """One sentence: `number` counts from 1, `about` says what kind of thing it settles."""

    number: int
    about: About
    text: str


def clauses(grant: Grant, names: Mapping[str, str]) -> tuple[Clause, ...]:
    """What `grant` lets its recipient do and demands; `names` gives members' names by key."""
    said = enumerate(_said(grant, names), 1)
    return tuple(Clause(number, about, text) for number, (about, text) in said)


def clause_of(grant: Grant, about: About) -> int | None:
    """The number of the first clause that settles this, None where no clause does."""
    said = enumerate(_said(grant, {}), 1)
    return next((number for number, (of, _) in said if of == about), None)


def sentences(grant: Grant, names: Mapping[str, str]) -> list[str]:
    """The clauses' texts in order."""
    return [clause.text for clause in clauses(grant, names)]


def _said(grant: Grant, names: Mapping[str, str]) -> Iterator[tuple[About, str]]:
    owner, recipient = (names.get(key, key) for key in (grant.owner, grant.recipient))
    yield "opening", _opening(grant, owner, recipient)
    yield "columns", f"The columns: {', '.join(label(column) for column in sorted(grant.columns))}."
    for text in masked(grant):
        yield "masks", text
    yield "uses", uses(grant)
    for text in _contact(grant):
        yield "contact", text
    for text in approval(grant, owner):
        yield "approval", text
    yield "onward", onward(grant, names)
    for text in _parties(grant):
        yield "parties", text
    for duty in grant.duties:
        yield "duty", duty_sentence(duty, owner, recipient)
    for text in blackout(grant):
        yield "duty", text
    for text in (*overridden(grant, owner), *_law(grant)):
        yield "law", text


def _opening(grant: Grant, owner: str, recipient: str) -> str:
    columns = counted(len(grant.columns), "column")
    purposes = spoken(PURPOSES[purpose] for purpose in sorted(grant.purposes))
    return (
        f"{owner} lets {recipient} use {columns} of its voter file for {purposes} from {day(grant.start)} "
        f"until {day(grant.until)} (excluded): {rows(grant)}."
    )


def masked(grant: Grant) -> list[str]:
    """How columns with a mask are shown; empty if none has one."""
    shown = [(column, mask) for column, mask in sorted(grant.columns.items()) if mask != "plain"]
    if not shown:
        return []
    return [sentence("; ".join(f"{label(column)} {MASK_WORDS[mask]}" for column, mask in shown))]


def uses(grant: Grant) -> str:
    """What may be done with the rows, with the export quota."""
    parts = []
    if "count" in grant.modes:
        parts.append("counts")
    if "view" in grant.modes:
        parts.append("lists on screen")
    if "contact" in grant.modes:
        parts.append("contact inside Commonroll")
    if "export" in grant.modes:
        parts.append(_exports(grant))
    return sentence(spoken(parts) + (", nothing else" if len(parts) == 1 else ""))


def _exports(grant: Grant) -> str:
    if grant.rows_per_day is not None:
        return f"exports of at most {grant.rows_per_day:,} rows a day"
    if grant.rows_per_export is None or grant.exports_per_day is None:
        return "exports of any number of rows"
    return f"exports of at most {grant.rows_per_export:,} rows, {small(grant.exports_per_day)} a day"


def _contact(grant: Grant) -> list[str]:
    limits = contact_limit(grant)
    if limits and "export" in grant.modes:
        limits[-1] += " After an export that binds by contract, and is held against what comes back."
    return limits


def approval(grant: Grant, owner: str) -> list[str]:
    """Whether each export waits for the owner; `owner` is its name."""
    return [f"Each export waits for the word of {owner}."] if grant.approval else []


def contact_limit(grant: Grant) -> list[str]:
    """The contact quotas, where anybody may be contacted."""
    if not grant.modes & {"contact", "export"}:
        return []
    return [
        f"At most {counted(quota.count, 'contact')}{_BY[quota.channel]} per {quota.per} in "
        f"{days(timedelta(days=quota.days))}."
        for quota in grant.contact
    ]


def onward(grant: Grant, names: Mapping[str, str]) -> str:
    """What must not become of the data, and to whom alone it may be licensed on."""
    if not grant.onward:
        return f"No onward sharing, sale, transfer or commercial use; {_MARKS}"
    others = spoken(names.get(key, key) for key in grant.onward)
    return (
        f"Licensed on to {others} alone, each by its own signed statement; no other onward sharing, no sale, "
        f"transfer or commercial use; {_MARKS}"
    )


def _parties(grant: Grant) -> Iterator[str]:
    if grant.group is not None:
        yield (
            f"This text is the same for every member of the group {grant.group}; each signs for itself, and "
            "whoever joins the group later gets nothing by it."
        )
    if grant.governing_law:
        yield f"The law of {state_of(grant.governing_law).name} governs."


# Duties


def duty_sentence(duty: Duty, owner: str, recipient: str) -> str:
    """One duty, in the names of owner and recipient."""
    time = days(duty.within) if duty.within else ""
    match duty.action:
        case "delete":
            return f"All copies deleted within {time} of the end, in writing."
        case "return_responses":
            return _returned(duty, time, recipient)
        case "inform":
            hours = int(duty.within.total_seconds()) // 3600 if duty.within else 0
            return f"A breach reported within {counted(hours, 'hour')}."
        case "give_notice":
            possessive = f"{time}'" if time.endswith("s") else f"{time}'s"
            return f"{owner} may end it with {possessive} notice, at once for breach, law or safety."
        case "appeal":
            return f"{recipient} may appeal within {time} of the notice; {owner} answers before the end."
        case "compensate":
            amount = f"{float(dollars(duty.price)):,.2f}" if duty.price else ""
            return f"{recipient} pays {owner} ${amount} within {time} of the beginning."
        case "royalty":
            return f"Of any paid or onward licence {owner} gets {duty.percent} percent."
        case "attribute":
            return f"{owner} is named wherever its data is used."
        case "statute":
            return duty.says


def _returned(duty: Duty, time: str, recipient: str) -> str:
    said = _back(duty, time)
    if made := [kind for kind in duty.returns if kind in MADE]:
        means = "; ".join(_MADE[kind] for kind in made)
        said = f"{said} What {recipient} made comes under its name: {means}."
    if duty.release is None:
        return said
    waits = day(datetime(duty.release.year, duty.release.month, duty.release.day, tzinfo=UTC))
    return f"{said} {_waiting(duty)} wait until {waits}, from which day their time counts."


def _waiting(duty: Duty) -> str:
    made = [_RETURNED[kind] for kind in duty.returns if kind in MADE]
    answers = ["answers from doors"] if not made or "responses" in duty.returns else []
    return sentence(spoken([*answers, *made])).rstrip(".")


def _back(duty: Duty, time: str) -> str:
    if duty.returns in ((), RETURNED_TABLES):
        return f"Answers come back within {time}; opt-outs at once."
    others = [_RETURNED[kind] for kind in duty.returns if kind != "optouts"]
    if not others:
        return f"Opt-outs come back at once, in writing within {time}."
    at_once = "; opt-outs at once" if "optouts" in duty.returns else ""
    return sentence(f"{spoken(others)} come back within {time}{at_once}")


def blackout(grant: Grant) -> list[str]:
    """The days in which an end for convenience takes no effect."""
    if grant.blackout is None:
        return []
    start, until = map(day, grant.blackout)
    return [
        f"From {start} until {until} (excluded) no end for convenience takes effect; it moves to {until}. "
        "Breach, law and safety end it at once all the same."
    ]


def overridden(grant: Grant, owner: str) -> list[str]:
    """The rules of law that the owner set aside, with its reason."""
    return [
        f"{owner} has overridden {rule.id} until {day(override.until)} (excluded) because of this: "
        f"\u201c{override.reason}\u201d The rule says: {rule.says} ({rule.cites})"
        for rule, override in grant.overridden
    ]


def _law(grant: Grant) -> list[str]:
    lines = [
        f"Taken out by law ({cut.rule.id}, {cut.rule.cites}): {cut.kind} {spoken(map(named, cut.names))}. "
        f"{cut.rule.says}"
        for cut in grant.narrowed
    ]
    taken = {cut.rule.id for cut in grant.narrowed}
    lines += [
        f"{rule.says} ({rule.id}, {rule.cites})"
        for rule in grant.law
        if rule.id not in taken and rule.does not in ("require_duty", "require_spatial")
    ]
    unreviewed = [rule.id for rule in grant.law if not rule.reviewed]
    if unreviewed:
        lines.append(f"Law unreviewed: no counsel has checked {spoken(unreviewed)}.")
    return lines
