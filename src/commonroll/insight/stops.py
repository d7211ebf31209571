"""Stops: a person, number, e-mail or address that asked to be left alone, known to all as keyed hashes.

A value is normalised once, by the expressions that normalise the roll, and hashed under the federation's
key. Here the hashes meet a vault's own rows: whoever stands behind one is left out of every question that
opens one of its channels (`views.protection`). The number itself is written down nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from typing import Literal, get_args

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.layout.cells import email as email_of
from commonroll.roll.places.address import prepare
from commonroll.roll.places.address_key import with_key
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.schema import FACTS, REACHABLES, VOTERS
from commonroll.roll.vault.stopped import SHIELD, STOP, Link, Stop, in_force
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault
from commonroll.views.pseudonyms import hmac_macro, keyed
from commonroll.views.reach import phone_of

Kind = Literal["person", "phone", "email", "address"]
KINDS: tuple[Kind, ...] = get_args(Kind)
VALUES = KINDS[1:]
"""Kinds that are no person: whoever has the number, the e-mail, the address is meant."""

CHANNELS: Mapping[str, str] = {
    "all": "every way",
    "door": "at the door",
    "phone": "by phone",
    "text": "by text message",
    "mail": "by mail",
    "email": "by e-mail",
}
SAID: Mapping[str, str] = {
    "call": "phone",
    "calls": "phone",
    "texts": "text",
    "sms": "text",
    "e-mail": "email",
}
"""Other words for channels."""

REACHED: Mapping[str, tuple[str, ...]] = {
    "person": (EVERYTHING,),
    "phone": ("phone", "text"),
    "email": ("email",),
    "address": ("door", "mail"),
}
"""What `all` means: a person is left out of every read, a number of calls and texts, and so on."""

LONGEST = 254


def channels_of(kind: str, channel: str, *, shielded: bool = False) -> tuple[str, ...]:
    """The suppression table's channels that a stop of this kind closes; raises Refusal where it closes none.

    Whoever is on a list of protected persons is in no read at all.
    """
    if kind not in KINDS:
        raise Refusal("there is no such kind of stop", next_step=f"kinds: {', '.join(KINDS)}")
    if channel not in CHANNELS:
        raise Refusal("there is no such channel", next_step=f"channels: {', '.join(CHANNELS)}")
    if shielded:
        return (EVERYTHING,)
    if channel == "all":
        return REACHED[kind]
    if kind != "person" and channel not in REACHED[kind]:
        ways = " or ".join(CHANNELS[one] for one in REACHED[kind])
        raise Refusal(
            f"nobody is reached there {CHANNELS[channel]}", next_step=f"stop it {ways}, or every way"
        )
    return (channel,)


def stops_of(seq: int, kind: str, token: str, channel: str, *, shielded: bool, since: str) -> Iterable[Stop]:
    """One stop of the register, as a vault's copy has it."""
    reason = SHIELD if shielded else STOP
    for one in channels_of(kind, channel, shielded=shielded):
        yield Stop(seq, kind, token, one, reason, since)


# Values and their hashes


@dataclass(frozen=True)
class Address:
    """An address as somebody writes it; without a ZIP code it is none."""

    line: str
    unit: str = ""
    zip5: str = ""
    city: str = ""


def key_of(secret: bytes) -> bytes:
    """The key of the federation's stops, from a secret of the federation's node."""
    return hmac.new(secret, b"commonroll stops v1\n", hashlib.sha256).digest()


def token(key: bytes, kind: str, value: str) -> str:
    """The hash under which everybody knows a normalised value; it says nothing to who has not the key."""
    return hmac.new(key, f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()


def person(owner: str, state_voter_id: str) -> str:
    """The value of a person: the registration of one member's roll."""
    return f"{owner}|{state_voter_id}"


def normal(kind: str, texts: Sequence[str]) -> list[str | None]:
    """Phones as people write them in E.164, e-mails in lower case; None where a text is none."""
    return _each(texts, NORMAL[kind])


def _phone(text: ir.StringValue) -> ir.StringValue:
    return phone_of(text.strip())


def _email(text: ir.StringValue) -> ir.StringValue:
    plain = text.strip()
    whole = plain.re_search(r"^[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+$") & (plain.length() <= LONGEST)
    return ibis.ifelse(whole, email_of(plain), ibis.null("string"))


NORMAL: Mapping[str, Callable[[ir.StringValue], ir.StringValue]] = {"phone": _phone, "email": _email}


def _each(texts: Sequence[str], made: Callable[[ir.StringValue], ir.StringValue]) -> list[str | None]:
    if not texts:
        return []
    rows = pa.table({"at": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})
    with closing(engine()) as con:
        backend = ibis.duckdb.from_connection(con)
        given = ibis.memtable(rows)
        found = given.select("at", value=made(given.text)).order_by("at")
        values: list[str | None] = backend.to_pyarrow(found)["value"].to_pylist()
    return values


def addresses(given: Sequence[Address]) -> list[str | None]:
    """ZIP code and key of each address, None where one has no ZIP code or fits no form."""
    if not given:
        return []
    rows = pa.table(
        {
            "place": pa.array(range(len(given)), pa.int64()),
            "line": pa.array([one.line.strip().upper() or None for one in given], pa.string()),
            "unit_line": pa.array([one.unit.strip().upper() or None for one in given], pa.string()),
            "city": pa.array([one.city.strip().upper() or None for one in given], pa.string()),
            "zip5": pa.array([_zip5(one.zip5) for one in given], pa.string()),
        }
    )
    with closing(engine()) as con:
        prepare(con)
        con.register("given_addresses", rows)
        found = con.execute(
            f"SELECT zip5 || '|' || address_key FROM ({with_key('given_addresses')}) ORDER BY place"
        ).fetchall()
    return [key for (key,) in found]


def _zip5(text: str) -> str | None:
    plain = text.strip()
    return plain[:5] if len(plain) in (5, 9, 10) and plain[:5].isascii() and plain[:5].isdecimal() else None


# Who stands behind them


def links(
    vault: Vault,
    key: bytes,
    *,
    files: Collection[str],
    values: Mapping[Kind, Mapping[str, str]] | None = None,
) -> list[Link]:
    """The vault's voters behind stops, as they stand in these files of it (Parquet of voters and events).

    `values`: kind -> normalised value -> its hash, where the values are at hand: the rows are looked up by
    them. Without, every value of the files is hashed and held against all stops that the vault knows.
    """
    found: list[Link] = []
    with closing(engine()) as con:
        con.execute(hmac_macro())
        for kind in KINDS:
            if values is not None:
                if asked := values.get(kind):
                    found += _by_value(con, vault, kind, asked, files)
                continue
            tokens = in_force(vault.catalogue, [kind])
            if tokens.num_rows:
                con.register("tokens", tokens)
                found += _by_token(con, vault, kind, key, files)
                con.unregister("tokens")
    return found


def _by_value(
    con: duckdb.DuckDBPyConnection, vault: Vault, kind: Kind, asked: Mapping[str, str], files: Collection[str]
) -> list[Link]:
    held = _held(con, vault, kind, files, only=asked)
    if held is None:
        return []
    con.register(
        "asked",
        pa.table({"value": pa.array(list(asked), pa.string()), "token": pa.array(list(asked.values()))}),
    )
    rows = con.execute(f"SELECT DISTINCT voter, token FROM ({held}) JOIN asked USING (value)").fetchall()
    con.unregister("asked")
    return [Link(voter, kind, token) for voter, token in rows]


def _by_token(
    con: duckdb.DuckDBPyConnection, vault: Vault, kind: Kind, key: bytes, files: Collection[str]
) -> list[Link]:
    held = _held(con, vault, kind, files)
    if held is None:
        return []
    inner, outer = keyed(key)
    rows = con.execute(
        _sql("stops").replace(":held", f"({held})"), {"inner": inner, "outer": outer, "kind": kind}
    )
    return [Link(voter, kind, token) for voter, token in rows.fetchall()]


def _held(
    con: duckdb.DuckDBPyConnection,
    vault: Vault,
    kind: Kind,
    files: Collection[str],
    only: Collection[str] | None = None,
) -> str | None:
    """SQL: voter and value, for every value of a kind that these files hold (those near `only`); None where
    they hold none."""
    voters = [one for one in files if f"/{VOTERS.name}/" in one]
    if kind in ("phone", "email"):
        return _numbers(con, kind, voters, files)
    if not voters:
        return None
    if kind == "address":
        return _addresses(con, voters, only)
    value = f"{sql_text(person(vault.member, ''))} || state_voter_id"
    return f"SELECT state_voter_id AS voter, {value} AS value FROM {_read(voters)}"


def _numbers(
    con: duckdb.DuckDBPyConnection, kind: str, voters: Sequence[str], files: Collection[str]
) -> str | None:
    """Phones or e-mails wherever they stand: on the roll, among reachables, in facts as they were told."""
    backend = ibis.duckdb.from_connection(con)
    parts = []
    if voters:
        roll = backend.read_parquet(voters)
        parts.append(roll.select(voter=roll.state_voter_id, value=roll[kind]))
    for table, column in ((REACHABLES.name, "channel"), (FACTS.name, "attribute")):
        if mine := [one for one in files if f"/{table}/" in one]:
            said = backend.read_parquet(mine)
            said = said.filter(said[column] == kind)
            parts.append(said.select(voter=said.state_voter_id, value=NORMAL[kind](said["value"])))
    if not parts:
        return None
    held = parts[0] if len(parts) == 1 else ibis.union(*parts)
    sql: str = backend.compile(held.filter(held.voter.notnull(), held["value"].notnull()))
    return sql


def _addresses(con: duckdb.DuckDBPyConnection, voters: Sequence[str], only: Collection[str] | None) -> str:
    """Where voters live and where they have their mail; with `only`, in the ZIP codes of those alone."""
    prepare(con)
    zips = sorted({one[:5] for one in only}) if only is not None else None
    near = (
        "" if zips is None else f"WHERE zip5 IN ({', '.join(repr(one) for one in zips if one.isdecimal())})"
    )
    lived = _sql("stops_lived").replace(":voters", _read(voters)).replace(":near", near)
    con.execute(f"CREATE OR REPLACE TEMP TABLE stops_lived AS {lived}")
    return (
        f"SELECT voter, zip5 || '|' || address_key AS value FROM ({with_key('stops_lived')}) "
        "WHERE zip5 IS NOT NULL AND address_key IS NOT NULL"
    )


def _read(files: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(sql_text, files))}])"


@cache
def _sql(name: str) -> str:
    return (resources(__package__) / f"{name}.sql").read_text("utf-8")
