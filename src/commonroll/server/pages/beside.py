"""What stands beside the sentences of a draft: what cannot be read, what law or a rule says of the words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commonroll.agreements.ceiling import forbids_columns
from commonroll.agreements.document import build
from commonroll.agreements.law import LawRule
from commonroll.agreements.profile import MODES, PURPOSES, Terms
from commonroll.agreements.words import label, spoken
from commonroll.errors import Refusal
from commonroll.roll.schema import COLUMNS
from commonroll.server.pages.draft_reading import Reading, section_of

SENTENCES = ("purposes", "days", "modes", "columns", "rows", "exports", "contact", "returns", "end", "money")
"""The sentences of the form, in order; each has a place for what is said beside it."""
_OF_OPERAND: Mapping[str, str] = {
    "purpose": "purposes", "cr:mode": "modes", "cr:columns": "columns", "cr:masks": "columns",
    "dateTime": "days", "cr:universe": "rows", "cr:rowsPerDay": "exports", "cr:export": "exports",
    "cr:exportApproval": "exports", "cr:contactQuota": "contact", "cr:blackout": "end",
    "cr:applicableLaw": "end", "cr:onward": "money", "cr:group": "purposes", "delete": "returns",
    "cr:returnResponses": "returns", "inform": "returns", "cr:giveNotice": "end", "cr:appeal": "end",
    "compensate": "money", "cr:royalty": "money", "attribute": "money",
}  # fmt: skip
_WORDS = (("column", "columns"), ("purpose", "purposes"), ("mode", "modes"))


@dataclass(frozen=True)
class Said:
    """One remark beside a sentence: `wrong` must be put right, `law` says which words the law forbids."""

    kind: Literal["wrong", "law"]
    what: str
    next_step: str = ""
    field: str = ""


def unread(reading: Reading) -> dict[str, list[Said]]:
    """What could not be read, by sentence."""
    found: dict[str, list[Said]] = {}
    for name, refusal in reading.problems.items():
        said = Said("wrong", refusal.what, refusal.next_step, name)
        found.setdefault(section_of(name), []).append(said)
    return found


def lawful(rules: Iterable[LawRule], kind: str, reading: Reading) -> dict[str, list[Said]]:
    """What the law says of the words that are chosen, by sentence; `kind` is the recipient's."""
    form = reading.form
    purposes, modes = (set(form.getlist(name)) for name in ("purposes", "modes"))
    columns = [name for name in form.getlist("columns") if name in COLUMNS]
    limits = [f"voters.{key[4:]}" for key in form if key.startswith("row:") and any(form.getlist(key))]
    found: dict[str, list[Said]] = {}
    for rule in rules:
        if rule.does == "refuse_purpose" and (named := purposes & set(rule.value)):
            _add(found, "purposes", rule, (PURPOSES[name] for name in sorted(named)))
        elif rule.does == "refuse_mode" and (named := modes & set(rule.value)):
            _add(found, "modes", rule, (MODES[name] for name in sorted(named)))
        elif forbids_columns(rule, kind) and rule.bites(purposes, modes):
            _add(found, "columns", rule, (label(name) for name in columns if rule.touches(name)))
            hidden = (label(n) for n in limits if n in COLUMNS and rule.touches(n))
            _add(found, "rows", rule, hidden)
    return found


def _add(found: dict[str, list[Said]], where: str, rule: LawRule, names: Iterable[str]) -> None:
    if words := list(names):
        said = f"{spoken(words).capitalize()}: the law forbids it. {rule.says} ({rule.id}, {rule.cites})"
        found.setdefault(where, []).append(Said("law", said))


def refused(refusal: Refusal, terms: Terms | None, known: Mapping[str, list[Said]]) -> dict[str, list[Said]]:
    """A refusal of the terms as a whole, beside the sentence that it concerns; empty where none is known.

    Where the law's own remark stands there already, it says the same.
    """
    where = _sentence(refusal.where, terms)
    if where is None or any(said.kind == "law" for said in known.get(where, ())):
        return {}
    return {where: [Said("wrong", refusal.what, refusal.next_step)]}


def _sentence(where: str, terms: Terms | None) -> str | None:
    if where.startswith("agreement."):
        return None if terms is None else _by_path(where, build(terms)) or _of_two(terms)
    for word, sentence in _WORDS:
        if re.search(rf"\b{word} ", where):
            return sentence
    return None


def _of_two(terms: Terms) -> str | None:
    """The sentence of terms that do not go together, whose refusal names no single one of them."""
    if terms.until <= max(terms.start, terms.timestamp):
        return "days"
    if terms.blackout or terms.appeal_days > terms.notice_days:
        return "end"
    return "money" if terms.onward else None


def _by_path(path: str, document: Any) -> str | None:
    """The sentence of the operand or duty at a path of the document: `permission[0].constraint[3]`."""
    at, found = document, None
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        try:
            at = at[int(index)] if index else at[name]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(at, dict):
            operand = str(at.get("action") or at.get("leftOperand") or "")
            found = "rows" if operand.startswith("cr:row/") else _OF_OPERAND.get(operand, found)
    return found


def together(*parts: Mapping[str, list[Said]]) -> dict[str, list[Said]]:
    """Every remark by sentence."""
    return {name: [said for part in parts for said in part.get(name, ())] for name in SENTENCES}
