"""Pseudonyms of voters for recipients that may not have the state's id, one key per agreement; and of
persons.

A person's pseudonym has a key per recipient and year: one recipient sees the same person across the owners
that grant it, and two recipients cannot put their extracts together. A pseudonym stands in an output and
nowhere else: joins use the id. A plain hash would be no pseudonym, since the set of all voter ids is public.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files as resources

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.agreements.profile import PERSON
from commonroll.errors import Refusal
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.access import Access
from commonroll.views.scan import scan

LENGTH = 32
"""Hexadecimal digits that are kept: 128 bits."""

ID = "voters.state_voter_id"
_BLOCK = 64


def agreement_key(secret: bytes, agreement: str) -> bytes:
    """The key of one agreement's pseudonyms, from a secret of the federation's node."""
    return hmac.new(secret, b"commonroll voter_ref v1\n" + agreement.encode(), hashlib.sha256).digest()


def recipient_key(secret: bytes, recipient: str, epoch: str) -> bytes:
    """The key of one recipient's pseudonyms of persons in an epoch (`epoch_of`)."""
    said = b"commonroll person_ref v1\n" + recipient.encode() + b"\n" + epoch.encode()
    return hmac.new(secret, said, hashlib.sha256).digest()


def epoch_of(day: date) -> str:
    """How long a person keeps its pseudonym: the year, in UTC."""
    return str(day.year)


def carries_person(access: Access) -> bool:
    """Whether rows of this owner leave with the person's pseudonym; one's own never do."""
    return access.grant is not None and access.masks.get(PERSON) == "plain"


def carries_id(access: Access) -> bool:
    """Whether rows of this owner leave with the state's id."""
    return access.masks.get(ID) == "plain"


def key_table(owners: Sequence[Access], keys: Mapping[str, bytes]) -> pa.Table:
    """owner_no, carries_id, inner, outer (blocks of 64 bytes, null where the id itself is carried).

    Raises Refusal if an owner needs a key and has none.
    """
    blocks = [(None, None) if carries_id(a) else _blocks(keys.get(a.tables.member), a) for a in owners]
    return pa.table(
        {
            "owner_no": pa.array([a.number for a in owners], pa.int16()),
            "carries_id": pa.array([carries_id(a) for a in owners], pa.bool_()),
            "inner": pa.array([inner for inner, _ in blocks], pa.binary()),
            "outer": pa.array([outer for _, outer in blocks], pa.binary()),
        }
    )


def _blocks(key: bytes | None, access: Access) -> tuple[bytes, bytes]:
    if not key:
        raise _no_key(f"the agreement with {access.tables.member}")
    return keyed(key)


def _no_key(of: str) -> Refusal:
    return Refusal(
        "Rows that leave need an id or a pseudonym, and there is no key for pseudonyms.",
        where=of,
        next_step="Pass the key.",
    )


def keyed(key: bytes) -> tuple[bytes, bytes]:
    """A key's inner and outer block, as pseudonym.sql takes them."""
    padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)


@ibis.udf.scalar.builtin(name="commonroll_hmac")  # type: ignore[untyped-decorator]
def _hmac(inner_block: bytes, outer_block: bytes, id: str) -> str:
    """Declared in pseudonym.sql."""
    raise NotImplementedError("runs in the engine")


def pseudonym(con: Backend, inner: ir.Value, outer: ir.Value, voter_id: ir.Value) -> ir.StringValue:
    """The pseudonym of an id under a key's blocks; null where one of them is null."""
    con.raw_sql(hmac_macro())
    made: ir.StringValue = _hmac(inner, outer, voter_id)
    return made.left(LENGTH)


def with_ids(
    con: Backend, rows: ir.Table, owners: Sequence[Access], keys: Mapping[str, bytes], id_column: str
) -> tuple[ir.Table, dict[str, ir.Value]]:
    """`rows` and what answers come back by: the state's id where it is granted, else the pseudonym."""
    granted = [carries_id(access) for access in owners]
    if all(granted):
        return rows, {"state_voter_id": rows[id_column]}
    rows = rows.join(ibis.memtable(key_table(owners, keys)), "owner_no")
    ref = pseudonym(con, rows.inner, rows.outer, rows[id_column])
    if not any(granted):
        return rows, {"voter_ref": ref}
    plain = ibis.ifelse(rows.carries_id, rows[id_column], ibis.null("string"))
    return rows, {"state_voter_id": plain, "voter_ref": ref}


def with_persons(
    con: Backend, rows: ir.Table, owners: Sequence[Access], key: bytes | None, id_column: str
) -> tuple[ir.Table, dict[str, ir.Value]]:
    """`rows` and `person_ref`, the person's pseudonym under the recipient's `key`, where an owner grants it.

    Null for rows of other owners, and for voters whom no linking has seen yet.
    """
    granting = [access for access in owners if carries_person(access)]
    if not granting:
        return rows, {}
    if not key:
        raise _no_key("the recipient's persons")
    files = [(a.number, path) for a in granting for path in a.tables.files.get("persons", ())]
    known = scan(con, "persons", files, ["state_voter_id", "person_id", "until"])
    today = known.filter(known["until"].isnull())
    # one row for each id, whatever a file holds: a join must not multiply voters
    persons = today.group_by(of_owner="owner_no", of_voter="state_voter_id").agg(
        person_id=today["person_id"].min()
    )
    rows = rows.left_join(
        persons, [rows["owner_no"] == persons["of_owner"], rows[id_column] == persons["of_voter"]]
    )
    inner, outer = (ibis.literal(block, type="binary") for block in keyed(key))
    return rows, {"person_ref": pseudonym(con, inner, outer, rows["person_id"])}


@cache
def hmac_macro() -> str:
    """The statement that declares `commonroll_hmac` for a connection."""
    return (resources(__package__) / "pseudonym.sql").read_text(encoding="utf-8")


def resolve(con: Backend, tables: OwnerTables, key: bytes, refs: pa.Array) -> pa.Table:
    """voter_ref, state_voter_id for those of `refs` that are this owner's voters under `key`."""
    inner, outer = (ibis.literal(block, type="binary") for block in keyed(key))
    voters = scan(con, "voters", [(0, path) for path in tables.files["voters"]], ["state_voter_id"])
    named = voters.select("state_voter_id", voter_ref=pseudonym(con, inner, outer, voters.state_voter_id))
    wanted = ibis.memtable(pa.table({"voter_ref": refs.cast(pa.string())})).distinct()
    return con.to_pyarrow(wanted.inner_join(named, "voter_ref").select("voter_ref", "state_voter_id"))
