"""A universe's text as words: its size, its nesting, and only words that the language has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from commonroll.views.ballot_words import BALLOT_WORDS, BallotWord
from commonroll.views.derived import FUNCTIONS, Function
from commonroll.views.fact_words import FACT_WORDS, FactWord
from commonroll.views.place import UniverseError, did_you_mean
from commonroll.views.score_words import SCORE_WORDS, ScoreWord

LONGEST = 20_000
MOST_WORDS = 4_000
DEEPEST = 24

_OPERATORS = (
    TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.AND,
    TokenType.OR, TokenType.NOT, TokenType.IN, TokenType.BETWEEN, TokenType.LIKE, TokenType.ILIKE,
    TokenType.IS, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.DATE, TokenType.DASH,
)  # fmt: skip
_SHAPES = (TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT)
_NAMES = (TokenType.VAR, TokenType.IDENTIFIER)
_ALLOWED = frozenset((*_OPERATORS, *_SHAPES, *_NAMES, TokenType.STRING, TokenType.NUMBER))
_QUERIES = frozenset((TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.EXISTS, TokenType.VALUES))
_OPENING = frozenset((TokenType.L_PAREN, TokenType.NOT, TokenType.DASH))

ALLOWED_SENTENCE = (
    "A universe is made of =, <>, <, <=, >, >=, IN, BETWEEN, LIKE, ILIKE, IS NULL, AND, OR, NOT, parentheses "
    f"and the functions {', '.join(sorted((*FUNCTIONS, *FACT_WORDS, *BALLOT_WORDS, *SCORE_WORDS)))}."
)


def words(text: str) -> Sequence[Token]:
    """The words of a universe, all of them of the language; raises UniverseError at the first other one."""
    if len(text) > LONGEST:
        raise UniverseError(
            f"The universe has {len(text):,} characters; at most {LONGEST:,} are read.",
            text=text,
            offset=LONGEST,
            next_step="Split it, or use a district or county instead of a long list.",
        )
    found = _tokens(text)
    if not found:
        raise UniverseError(
            "The universe is empty.", text=text, offset=0, next_step="Leave it out to mean everybody."
        )
    if len(found) > MOST_WORDS:
        raise UniverseError(
            f"The universe has {len(found):,} words; at most {MOST_WORDS:,} are read.",
            text=text,
            offset=found[MOST_WORDS].start,
            next_step="Split it, or use a district or county instead of a long list.",
        )
    _check_each(text, found)
    _check_nesting(text, found)
    return found


def _tokens(text: str) -> Sequence[Token]:
    try:
        return list(Dialect.get_or_raise("duckdb").tokenize(text))
    except SqlglotError:
        # from None: the tokenizer's message repeats the text around the place
        raise UniverseError(
            "A quoted text or a name is not closed.",
            text=text,
            offset=_open_quote(text),
            next_step="Close it with the same quote; a quote inside a text is written twice.",
        ) from None


def _open_quote(text: str) -> int:
    """The last quote that opens and is not closed; the end of the text if none is found."""
    opened, quote = len(text), ""
    for offset, character in enumerate(text):
        if quote:
            if character == quote:
                opened, quote = len(text), ""
        elif character in "'\"":
            opened, quote = offset, character
    return opened


def _check_each(text: str, found: Sequence[Token]) -> None:
    for token, following in zip(found, [*found[1:], None], strict=True):
        kind = following.token_type if following else None
        if token.token_type in _QUERIES:
            what = f"{token.text.upper()} begins a query; a universe holds no subqueries."
            raise UniverseError(what, text=text, offset=token.start, next_step=ALLOWED_SENTENCE)
        called = kind == TokenType.L_PAREN and (token.token_type in _NAMES or token.text[:1].isalpha())
        if called and token.token_type not in _OPERATORS:
            _check_function(text, token)
        if token.token_type not in _ALLOWED:
            what = f"{token.text.upper()[:20]} is not part of the universe language."
            raise UniverseError(what, text=text, offset=token.start, next_step=ALLOWED_SENTENCE)
        if token.token_type == TokenType.DATE and kind != TokenType.STRING:
            what = "DATE stands before a date in quotes: DATE '2024-11-05'."
            raise UniverseError(what, text=text, offset=token.start, next_step=ALLOWED_SENTENCE)


def _check_function(text: str, token: Token) -> None:
    name = token.text.lower()
    known: Mapping[str, Function | FactWord | BallotWord | ScoreWord] = {
        **FUNCTIONS, **FACT_WORDS, **BALLOT_WORDS, **SCORE_WORDS,
    }  # fmt: skip
    if name not in known:
        near = did_you_mean(name, known)
        raise UniverseError(
            f"There is no function {token.text[:40]}.",
            text=text,
            offset=token.start,
            next_step=near or f"Functions: {', '.join(f.usage for f in known.values())}.",
        )


def _check_nesting(text: str, found: Sequence[Token]) -> None:
    """Parentheses within parentheses and prefixes before prefixes, each a level of the reader's stack."""
    depth = prefixes = 0
    for token in found:
        if token.token_type == TokenType.L_PAREN:
            depth += 1
        elif token.token_type == TokenType.R_PAREN:
            depth -= 1
        prefixes = prefixes + 1 if token.token_type in _OPENING else 0
        if max(depth, prefixes) > DEEPEST:
            raise UniverseError(
                f"The universe is nested more than {DEEPEST} deep.",
                text=text,
                offset=token.start,
                next_step="Write it with fewer parentheses.",
            )
