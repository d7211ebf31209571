"""A universe as chips: each condition that stands alone, its text, and the words people read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commonroll.server.templatetags.pages import party
from commonroll.views.derived import FUNCTIONS, VISIBLE, Function, Visible
from commonroll.views.fact_words import FACT_WORDS, Subject, fact_field, field_of, spoken
from commonroll.views.tree import (
    And,
    Between,
    Call,
    Compare,
    Field,
    IsTrue,
    Like,
    Missing,
    Node,
    Not,
    OneOf,
    Or,
    Value,
    canonical,
)  # fmt: skip
from commonroll.views.universe import Universe

COMPARED = {"=": "is", "<>": "is not", "<": "below", "<=": "at most", ">": "above", ">=": "at least"}
COMPARED_DATE = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after"}
SPOKEN = {
    "member": "owner", "county_fips": "county code", "county_name": "county", "birth_date": "birth date",
    "registered_on": "registered", "residence_city": "city", "residence_zip5": "ZIP",
}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """One condition: `text` in the universe language, `words` for people."""

    text: str
    words: str


def chips(universe: Universe | None) -> list[Chip]:
    """The conditions that must all hold, each as a chip."""
    if universe is None:
        return []
    tree = universe.tree
    parts = tree.parts if isinstance(tree, And) else (tree,)
    return [Chip(_alone(part), words(part)) for part in parts]


def _alone(part: Node) -> str:
    text = canonical(part)
    return f"({text})" if isinstance(part, Or) else text


def words(node: Node) -> str:
    """A condition as people say it."""
    match node:
        case Compare(left, op, right):
            return f"{name(left.name)} {_op(left.name, op)} {_right(left.name, right)}"
        case OneOf(field, values):
            return f"{name(field.name)} is {_or(_value(field.name, v) for v in values)}"
        case Between(field, low, high):
            return f"{name(field.name)} from {_value(field.name, low)} to {_value(field.name, high)}"
        case Like(field, pattern, _):
            return f"{name(field.name)} like {pattern}"
        case Missing(field):
            return f"no {name(field.name)}"
        case IsTrue(field):
            return name(field.name)
        case Call(called, arguments):
            return f"{called.replace('_', ' ')} {', '.join(_value('', v) for v in arguments)}".strip()
        case Not(Missing(field)):
            return f"has a {name(field.name)}"
        case Not(part):
            return f"not: {words(part)}"
        case And(parts):
            return " and ".join(words(part) for part in parts)
        case Or(parts):
            return " or ".join(words(part) for part in parts)


def name(field: str) -> str:
    return SPOKEN.get(field) or spoken(field) or field.replace("_", " ")


def _op(field: str, op: str) -> str:
    dated = field_of(field).kind == "date"
    return COMPARED_DATE.get(op, COMPARED[op]) if dated else COMPARED[op]


def _right(field: str, right: Field | Value) -> str:
    return name(right.name) if isinstance(right, Field) else _value(field, right)


def _value(field: str, value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return party(str(value)) if field == "party" else str(value)


def _or(values: Iterable[str]) -> str:
    held = list(values)
    return held[0] if len(held) == 1 else f"{', '.join(held[:-1])} or {held[-1]}"


@dataclass(frozen=True)
class Offer:
    """A column or function that the builder offers, with its kind and closed values."""

    name: str
    label: str
    kind: str
    values: tuple[str, ...] | None


def offers(attributes: Mapping[Subject, Sequence[str]] | None = None) -> dict[str, list[Offer]]:
    """Everything a condition can be about, by class; `attributes` are those of the member's own facts, of
    voters and of households."""
    found: dict[str, list[Offer]] = {}
    for visible in VISIBLE.values():
        found.setdefault(_heading(visible), []).append(
            Offer(visible.name, name(visible.name), visible.kind, visible.values)
        )
    for function in FUNCTIONS.values():
        heading = "your own facts" if function.table == "reachables" else "what they did"
        found.setdefault(heading, []).append(_offer(function))
    for of, attribute in ((of, one) for of, all_of in (attributes or {}).items() for one in all_of):
        for word in (word for word in FACT_WORDS.values() if word.of == of):
            field = fact_field(word.name, attribute)
            heading = "your own facts" if of == "voter" else "households"
            found.setdefault(heading, []).append(
                Offer(field.name, name(field.name), field.kind, field.values)
            )
    return found


def _offer(function: Function) -> Offer:
    """A function with its first argument, or with none where it needs none."""
    called = function.name.replace("_", " ")
    if not function.least:
        return Offer(f"{function.name}()", called, "call without", None)
    first = function.parameters[0]
    return Offer(f"{function.name}()", f"{called} ({first.name})", "call " + first.kind, first.closed)


def _heading(visible: Visible) -> str:
    return "owner" if not visible.sources else visible.cls.replace("_", " ")
