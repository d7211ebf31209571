"""Codes on pieces of mail that come back: they name a piece of one file, and nobody.

A code is three characters of the file, seven drawn at random for the piece, and one that checks the others:
any one wrong character and any two exchanged ones are noticed, since 31 is a prime and no two places have one
weight. The alphabet has no 0, 1, I, L, O, which people read for each other.
"""

from __future__ import annotations

import re
import secrets

from duckdb import DuckDBPyConnection

from commonroll.roll.sql_files import filled
from commonroll.views.pseudonyms import hmac_macro, keyed

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
FILE, PIECE = 3, 7
LENGTH = FILE + PIECE + 1
FORM = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")

_BASE = len(ALPHABET)
_ROUNDS = 20


def file_code() -> str:
    """A code for a mail file, by chance; its caller takes one that no other file has."""
    return "".join(secrets.choice(ALPHABET) for _ in range(FILE))


def check_of(body: str) -> str:
    """The last character of a code, from the others."""
    return ALPHABET[sum(at * ALPHABET.index(sign) for at, sign in enumerate(body, 1)) % _BASE]


def cleaned(text: str) -> str:
    """A code as it was typed or scanned, without spaces and hyphens, in upper case."""
    return re.sub(r"[\s-]", "", text).upper()


def printed(code: str) -> str:
    """A code in groups that can be read out."""
    return f"{code[:FILE]}-{code[FILE : FILE + 4]}-{code[FILE + 4 :]}"


def is_whole(code: str) -> bool:
    """Whether a cleaned text is a code whose last character checks the others."""
    return FORM.fullmatch(code) is not None and check_of(code[:-1]) == code[-1]


def prepare(con: DuckDBPyConnection) -> None:
    """Make the engine's `commonroll_check(body)` and `commonroll_code(typed)`: `check_of` and `cleaned`."""
    con.execute(_sql("return_codes"))


def draw(con: DuckDBPyConnection, file: str) -> None:
    """Give each row of the table `pieces` (piece: a number) a `code`, no two alike; no key of it is kept."""
    inner, outer = keyed(secrets.token_bytes(32))
    con.execute(hmac_macro())
    prepare(con)
    con.execute("ALTER TABLE pieces ADD COLUMN code VARCHAR")
    for round_ in range(_ROUNDS):
        given = {"file": file, "inner": inner, "outer": outer, "round": str(round_)}
        con.execute(_sql("return_codes_drawn"), given).fetchall()
        again = con.execute(
            "UPDATE pieces SET code = NULL WHERE piece NOT IN (SELECT min(piece) FROM pieces GROUP BY code)"
        ).fetchall()
        if not again[0][0]:
            return
    raise AssertionError("codes of which no two are alike were not drawn")


def _sql(name: str) -> str:
    return filled(__package__, name, {"alphabet": ALPHABET, "base": str(_BASE), "places": str(PIECE)})
