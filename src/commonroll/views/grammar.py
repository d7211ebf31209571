"""From a text to the tree of a universe: sqlglot reads it, a closed set of nodes is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import NoReturn, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from commonroll.roll.schema import COLUMNS
from commonroll.views.ballot_words import BALLOT_WORDS, ballot_field
from commonroll.views.derived import FUNCTIONS, VISIBLE, Kind, Parameter, Visible
from commonroll.views.fact_words import ATTRIBUTE, FACT_WORDS, FactField, fact_field
from commonroll.views.place import UniverseError, did_you_mean
from commonroll.views.score_words import CODE, SCORE_WORDS, score_field
from commonroll.views.tree import (
    And,
    Between,
    Call,
    Compare,
    Comparison,
    Field,
    IsTrue,
    Like,
    Missing,
    Node,
    Not,
    OneOf,
    Or,
    Value,
)  # fmt: skip
from commonroll.views.words import ALLOWED_SENTENCE, words

MOST_VALUES = 1_000

_COMPARISONS: dict[type[exp.Expr], Comparison] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip
_TURNED: dict[Comparison, Comparison] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_ARGS: dict[type[exp.Expr], frozenset[str]] = {
    exp.In: frozenset(("this", "expressions")),
    exp.Between: frozenset(("this", "low", "high")),
    exp.Column: frozenset(("this", "table")),
    exp.Anonymous: frozenset(("this", "expressions")),
}
"""Parts that a node may have; a form of the same node with another part is another meaning."""

_AWAITED = (
    ((TokenType.AND, TokenType.OR, TokenType.NOT), "a condition is", "Write one: party = 'DEM'."),
    ((TokenType.IN,), "a list is", "Write it in parentheses: party IN ('DEM', 'REP')."),
    ((TokenType.LIKE, TokenType.ILIKE), "a pattern is", "Write it in single quotes: last_name LIKE 'MC%'."),
    ((TokenType.IS,), "NULL or NOT NULL is", "Write phone IS NOT NULL."),
    ((TokenType.BETWEEN,), "two values are", "Write age BETWEEN 18 AND 29."),
    (
        (TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE),
        "a value is",
        "Write a number, TRUE or FALSE, or a text or date in single quotes.",
    ),
    ((TokenType.COMMA,), "another value is", "Write it, or take the comma away."),
)
"""What must follow a universe's last word, where that word cannot be its end."""


def read(text: str) -> Node:
    """The tree of a universe; raises UniverseError for whatever is not of the language."""
    _check_end(text, words(text)[-1])
    return _Reader(text).node(_parsed(text))


def _check_end(text: str, last: Token) -> None:
    """Somebody who still types is told what is to come, not that the whole cannot be read."""
    for ends, awaited, shown in _AWAITED:
        if last.token_type in ends:
            what = f"After {last.text.upper()} {awaited} still to come."
            raise UniverseError(what, text=text, offset=len(text.rstrip()), next_step=shown)


def _parsed(text: str) -> exp.Expr:
    try:
        return cast(exp.Expr, sqlglot.parse_one(text, dialect="duckdb", into=exp.Condition))
    except ParseError as error:
        raise _unreadable(text, error) from None
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, IndexError, KeyError):
        # the parser's own faults on a strange text are the text's
        raise UniverseError(
            "The universe cannot be read.", text=text, offset=0, next_step=ALLOWED_SENTENCE
        ) from None


def _unreadable(text: str, error: ParseError) -> UniverseError:
    first = error.errors[0] if error.errors else {}
    line, end = first.get("line") or 1, first.get("col") or 0
    highlight = first.get("highlight") or ""
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    offset = starts[min(line, len(starts)) - 1] + max(0, end - len(highlight))
    closing = "Expecting )" in str(first.get("description"))
    return UniverseError(
        "A closing parenthesis is missing." if closing else "The universe cannot be read from here.",
        text=text,
        offset=offset if first else len(text),
        next_step=ALLOWED_SENTENCE,
    )


class _Reader:
    """Turns sqlglot's nodes into ours, knowing the text for the place of every complaint."""

    def __init__(self, text: str) -> None:
        self.text = text

    def refuse(self, what: str, at: exp.Expr, next_step: str = "") -> NoReturn:
        raise UniverseError(what, text=self.text, offset=_start(at), next_step=next_step)

    def node(self, found: exp.Expr) -> Node:
        allowed = _ARGS.get(type(found))
        if allowed is not None and any(value for key, value in found.args.items() if key not in allowed):
            self.refuse("This form is not part of the universe language.", found, ALLOWED_SENTENCE)
        reader = self._readers().get(type(found))
        if reader is None:
            self._stray(found)
        return reader(found)

    def _readers(self) -> dict[type[exp.Expr], Callable[[exp.Expr], Node]]:
        return {
            exp.Paren: lambda found: self.node(found.this),
            exp.And: lambda found: And(self._joined(found, exp.And)),
            exp.Or: lambda found: Or(self._joined(found, exp.Or)),
            exp.Not: lambda found: Not(self.node(found.this)),
            exp.In: self._one_of,
            exp.Between: self._between,
            exp.Like: self._like,
            exp.ILike: self._like,
            exp.Is: self._missing,
            exp.Column: self._standing_alone,
            exp.Anonymous: self._call,
            **dict.fromkeys(_COMPARISONS, self._compare),
        }

    def _stray(self, found: exp.Expr) -> NoReturn:
        if isinstance(found, exp.Literal | exp.Boolean | exp.Neg | exp.Null):
            self.refuse("A value alone is no condition.", found, "Compare a column with it: party = 'DEM'.")
        self.refuse("This is not part of the universe language.", found, ALLOWED_SENTENCE)

    def _joined(self, found: exp.Expr, kind: type[exp.Expr]) -> tuple[Node, ...]:
        """The parts of a chain of ANDs or ORs, however it is bracketed; without recursion along the chain."""
        parts: list[Node] = []
        waiting = [found]
        while waiting:
            part = waiting.pop()
            inner = part.unnest()
            if isinstance(inner, kind):
                waiting += [inner.expression, inner.this]
            else:
                parts.append(self.node(part))
        return tuple(parts)

    # Comparisons

    def _compare(self, found: exp.Expr) -> Node:
        op = _COMPARISONS[type(found)]
        left, right = found.this.unnest(), found.expression.unnest()
        if not _is_field(left):
            left, right, op = right, left, _TURNED[op]
        if not _is_field(left):
            self.refuse("This compares no column.", found, "Compare a column with a value: party = 'DEM'.")
        column = self._column(left)
        self._check_order(column, op, left)
        if _is_field(right):
            return Compare(Field(column.name), op, self._same_kind(column, right))
        column = _by(column, right)
        return Compare(Field(column.name), op, self._value(column, right))

    def _check_order(self, column: Visible, op: str, at: exp.Expr) -> None:
        if op in ("=", "<>") or (column.kind != "yes or no" and not column.values):
            return
        self.refuse(f"{column.name} has no order: {op} cannot be used.", at, "Use = or IN.")

    def _same_kind(self, column: Visible, other: exp.Expr) -> Field:
        if isinstance(other, exp.Column) and other.this.quoted and other.name.lower() not in VISIBLE:
            self.refuse(
                "Double quotes stand for a column's name.", other, "Write a text in single quotes: 'DEM'."
            )
        right = self._column(other)
        if right.kind != column.kind:
            self.refuse(
                f"{column.name} is a {column.kind}, {right.name} a {right.kind}: they cannot be compared.",
                other,
            )
        return Field(right.name)

    def _one_of(self, found: exp.Expr) -> Node:
        column = self._column(found.this)
        values = found.expressions
        if not values:
            self.refuse("IN needs a list of values.", found.this, "Write party IN ('DEM', 'REP').")
        if len(values) > MOST_VALUES:
            what = f"The list has {len(values):,} values; at most {MOST_VALUES:,} are read."
            self.refuse(what, found.this, "Use a district, county or precinct instead.")
        column = _by(column, values[0])
        read = (self._value(column, value) for value in values)
        return OneOf(Field(column.name), tuple(dict.fromkeys(read)))

    def _between(self, found: exp.Expr) -> Node:
        column = _by(self._column(found.this), found.args["low"])
        self._check_order(column, "BETWEEN", found.this)
        low, high = self._value(column, found.args["low"]), self._value(column, found.args["high"])
        return Between(Field(column.name), low, high)

    def _like(self, found: exp.Expr) -> Node:
        column = self._column(found.this)
        if column.kind != "text":
            self.refuse(f"{column.name} is a {column.kind}; LIKE needs a text.", found.this)
        pattern = found.expression.unnest()
        if not (isinstance(pattern, exp.Literal) and pattern.is_string):
            self.refuse(
                "LIKE needs a pattern in single quotes.", found.expression, "Write last_name LIKE 'MC%'."
            )
        return Like(Field(column.name), pattern.name, isinstance(found, exp.ILike))

    def _missing(self, found: exp.Expr) -> Node:
        if not isinstance(found.expression, exp.Null):
            self.refuse("After IS stands NULL or NOT NULL.", found.this, "Write permanent_absentee = TRUE.")
        return Missing(Field(self._column(found.this).name))

    def _standing_alone(self, found: exp.Expr) -> Node:
        column = self._column(found)
        if column.kind != "yes or no":
            what = f"{column.name} alone is no condition: it is a {column.kind}."
            self.refuse(what, found, f"Compare it: {column.name} = ...")
        return IsTrue(Field(column.name))

    # Names and values

    def _column(self, found: exp.Expr) -> Visible:
        found = found.unnest()
        if _is_fact(found):
            return self._fact(found)
        if not isinstance(found, exp.Column) or not isinstance(found.this, exp.Identifier):
            self.refuse("Here must stand a column.", found, "Write the column first: party = 'DEM'.")
        name, table = found.name.lower(), found.table.lower()
        if any(found.args.get(part) for part in ("db", "catalog")) or table not in ("", "voters"):
            self._other_table(found, f"{table}.{name}")
        if name not in VISIBLE:
            self._unknown(found, name)
        return VISIBLE[name]

    def _fact(self, found: exp.Expr) -> Visible:
        """The field of an attribute, fact('owns_home'), or of an election, chase('2026-11-03')."""
        if found.name.lower() in SCORE_WORDS:
            return self._score(found)
        if found.name.lower() in BALLOT_WORDS:
            return self._ballot(found)
        word = FACT_WORDS[found.name.lower()]
        given = [_text(one) for one in found.expressions]
        if len(given) != 1 or given[0] is None:
            self.refuse(f"{word.name} takes an attribute in single quotes.", found, f"Write {word.usage}.")
        if not ATTRIBUTE.fullmatch(given[0]):
            self.refuse(
                "An attribute is a code of lower case letters, digits, _, - and dots.",
                found,
                f"Write it as facts have it: {word.name}('owns_home').",
            )
        return fact_field(word.name, given[0])

    def _score(self, found: exp.Expr) -> Visible:
        given = [_text(one) for one in found.expressions]
        if len(given) != 1 or given[0] is None or not CODE.fullmatch(given[0]):
            self.refuse("score takes the code of a score in single quotes.", found, "Write score('turnout').")
        return score_field(given[0])

    def _ballot(self, found: exp.Expr) -> Visible:
        word = BALLOT_WORDS[found.name.lower()]
        days = [_date(one) for one in found.expressions]
        if len(days) != 1 or days[0] is None:
            what = f"{word.name} takes the day of an election in single quotes."
            self.refuse(what, found, f"Write {word.name}('2026-11-03').")
        return ballot_field(word.name, days[0])

    def _other_table(self, found: exp.Expr, name: str) -> NoReturn:
        uses = [f.usage for f in FUNCTIONS.values() if name in f.sources(len(f.parameters))]
        self.refuse(
            f"{name[:60]} cannot stand here: names are columns of voters.",
            found,
            f"Use {' or '.join(uses)}." if uses else f"Functions: {', '.join(FUNCTIONS)}.",
        )

    def _unknown(self, found: exp.Expr, name: str) -> NoReturn:
        if f"voters.{name}" in COLUMNS:
            self.refuse(f"{name} is the owner's alone and in no view.", found)
        quoted = "A text stands in single quotes. " if found.this.quoted else ""
        near = did_you_mean(name, (*VISIBLE, *FUNCTIONS, *FACT_WORDS, *BALLOT_WORDS, *SCORE_WORDS))
        self.refuse(f"There is no column {name[:40]}.", found, quoted + near or "See the list of columns.")

    def _value(self, column: Visible, found: exp.Expr) -> Value:
        value = self._literal(column.name, column.kind, found)
        self._check_closed(column.name, column.values, value, found)
        return value

    def _check_closed(self, name: str, known: Sequence[str] | None, value: Value, at: exp.Expr) -> None:
        if known is None or value in known:
            return
        near = did_you_mean(str(value), known)
        self.refuse(f"{name} never has that value.", at, f"{near} Values: {', '.join(known)}.".strip())

    def _literal(self, name: str, kind: Kind, found: exp.Expr) -> Value:
        found = found.unnest()
        reads = {"text": _text, "number": _number, "date": _date, "yes or no": _truth}
        value = (_decimal if name.partition("(")[0] in FACT_WORDS and kind == "number" else reads[kind])(
            found
        )
        if value is None:
            self._wrong_value(name, kind, found)
        return value

    def _wrong_value(self, name: str, kind: Kind, found: exp.Expr) -> NoReturn:
        if isinstance(found, exp.Null):
            self.refuse("Nothing equals NULL.", found, f"Write {name} IS NULL or {name} IS NOT NULL.")
        wanted = {
            "text": "a text in single quotes: 'DEM', '12'",
            "number": "a whole number: 30",
            "date": "a date in single quotes: '2024-11-05'",
            "yes or no": "TRUE or FALSE",
        }[kind]
        self.refuse(f"{name} is a {kind}; this is none.", found, f"Write {wanted}.")

    def _call(self, found: exp.Expr) -> Node:
        if _is_fact(found):
            field = self._fact(found)
            if field.kind == "yes or no":
                return IsTrue(Field(field.name))
            what = f"{field.name} alone is no condition: it is a {field.kind}."
            self.refuse(what, found, f"Compare it: {field.name} = ...")
        function = FUNCTIONS[found.name.lower()]
        given = found.expressions
        if not function.least <= len(given) <= len(function.parameters):
            least, most = function.least, len(function.parameters)
            what = f"{function.name} takes {f'{least} to {most}' if most else 'no'} arguments."
            self.refuse(what, found, f"Write {function.usage}.")
        pairs = zip(function.parameters, given, strict=False)
        return Call(function.name, tuple(self._argument(parameter, value) for parameter, value in pairs))

    def _argument(self, parameter: Parameter, found: exp.Expr) -> Value:
        value = self._literal(parameter.name, parameter.kind, found)
        self._check_closed(parameter.name, parameter.closed, value, found)
        return value


def _is_fact(found: exp.Expr) -> bool:
    return isinstance(found, exp.Anonymous) and found.name.lower() in _WORDS


_WORDS = frozenset((*FACT_WORDS, *BALLOT_WORDS, *SCORE_WORDS))


def _is_field(found: exp.Expr) -> bool:
    return isinstance(found, exp.Column) or _is_fact(found)


def _text(found: exp.Expr) -> str | None:
    return found.name if isinstance(found, exp.Literal) and found.is_string else None


def _number(found: exp.Expr) -> int | None:
    sign = -1 if isinstance(found, exp.Neg) else 1
    if isinstance(found, exp.Neg):
        found = found.this.unnest()
    plain = isinstance(found, exp.Literal) and not found.is_string
    return sign * int(found.name) if plain and re.fullmatch(r"[0-9]{1,9}", found.name) else None


def _decimal(found: exp.Expr) -> int | float | None:
    """A number with or without a fraction, as facts may have."""
    sign = -1 if isinstance(found, exp.Neg) else 1
    plain = found.this.unnest() if isinstance(found, exp.Neg) else found
    if isinstance(plain, exp.Literal) and not plain.is_string and re.fullmatch(_FRACTION, plain.name):
        return sign * float(plain.name)
    return _number(found)


_FRACTION = r"[0-9]{0,9}[.][0-9]{1,9}"


def _by(column: Visible, value: exp.Expr) -> Visible:
    """The column; of a fact that is held against a number the fact as a number."""
    if isinstance(column, FactField) and column.is_value and _decimal(value.unnest()) is not None:
        return column.as_number()
    return column


def _date(found: exp.Expr) -> date | None:
    if isinstance(found, exp.Cast) and found.to.this == exp.DataType.Type.DATE:
        found = found.this
    text = _text(found)
    if text is None or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _truth(found: exp.Expr) -> bool | None:
    return bool(found.this) if isinstance(found, exp.Boolean) else None


def _start(found: exp.Expr) -> int:
    """The offset of the first character that the node covers."""
    starts = [node.meta["start"] for node in found.walk() if "start" in node.meta]
    return min(starts, default=0)
