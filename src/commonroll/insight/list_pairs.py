"""Rows of lists that wait for a person: each with the voter it may be, and what a decision does.

A row that was not surely anybody became a contact. Where somebody decides that it is a voter, the contact is
that voter from then on, with all that was said of it; taken back, it is a contact again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import judgements, models
from commonroll.identity.evidence import Evidence, evidence
from commonroll.identity.judged import rows_today
from commonroll.identity.judgements import PAIR, WITHDRAWN, Judgement, Pair
from commonroll.identity.lists.matching import MODEL_FILE
from commonroll.identity.verdicts import LIST
from commonroll.insight import import_optouts
from commonroll.insight.import_list import imports_of
from commonroll.insight.imports import KEPT
from commonroll.roll.engine import engine
from commonroll.roll.schema import CONTACTS, JUDGEMENTS, REACHABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault


@dataclass(frozen=True)
class ListPair:
    """A row of a list and the voter that it may be, with its score and why it is not sure."""

    import_id: str
    line: int
    voter: str
    weight: float | None
    probability: float | None
    reason: str
    pair: Pair


def waiting(vault: Vault, by: str) -> list[ListPair]:
    """Rows of lists that wait for this account, the likeliest first: of each row the best voter who was not
    ruled out. Rows whose contact is a voter already, and undone imports, wait for nobody."""
    settled, mine = _said(vault, by)
    found: list[ListPair] = []
    for import_id in (one.import_id for one in imports_of(vault) if one.stands):
        path = vault.path / KEPT / import_id / "matched.parquet"
        if path.exists():
            found += _open(vault, import_id, path, settled, mine)
    return sorted(found, key=lambda one: (-(one.probability or 0.5), one.import_id, one.line))


def _open(
    vault: Vault, import_id: str, path: Path, settled: set[Pair], mine: set[Pair]
) -> Iterator[ListPair]:
    done: set[int] = set()
    for row in _offered(vault, import_id, path):
        line = row["line"]
        pair = Pair(f"{LIST}{import_id}", str(line), vault.member, row["voter"])
        if line in done or pair in settled:
            continue
        done.add(line)
        if pair not in mine:
            yield ListPair(
                import_id, line, row["voter"], row["weight"], row["probability"], row["reason"], pair
            )


def _offered(vault: Vault, import_id: str, path: Path) -> list[dict[str, Any]]:
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING)).select(["state_voter_id"])
    files = list(vault.event_files(CONTACTS.name))
    if not files:
        return []
    asked = (resources("commonroll.insight") / "list_pairs.sql").read_text("utf-8")
    with closing(engine()) as con:
        con.register("hidden", hidden)
        given = {"matched": str(path), "contacts": files, "import_id": import_id}
        rows: list[dict[str, Any]] = con.execute(asked, given).to_arrow_table().to_pylist()
    return rows


def _said(vault: Vault, by: str) -> tuple[set[Pair], set[Pair]]:
    """Pairs of a row and a voter that somebody judged different, and those that this account judged."""
    rows = [row for row in rows_today(vault).to_pylist() if row["member_l"].startswith(LIST)]
    back = {row["withdraws"] for row in rows if row["judgement"] == WITHDRAWN}
    stand = [row for row in rows if row["judgement"] != WITHDRAWN and row["event_id"] not in back]
    newest = {(_pair(row), row["by"]): row for row in sorted(stand, key=lambda row: row["judged_at"])}
    different = {pair for (pair, _), row in newest.items() if row["judgement"] == "different"}
    return different, {pair for pair, account in newest if account == by}


def _pair(row: Mapping[str, Any]) -> Pair:
    return Pair(*(row[name] for name in PAIR))


def person_of(vault: Vault, pair: Pair) -> dict[str, Any] | None:
    """What a row of a list says of its person: the columns of `contacts`, one phone and e-mail."""
    contact = _contact(vault, pair)
    if contact is None:
        return None
    said: dict[str, Any] = {"phone": None, "email": None}
    for row in _read(vault, REACHABLES.name, [("contact_id", "==", contact["contact_id"])]):
        said[row["channel"]] = said.get(row["channel"]) or row["value"]
    return {**contact, "phone": said["phone"], "email": said["email"]}


def why(vault: Vault, one: ListPair) -> Evidence | None:
    """What speaks for and against a row being a voter; None where ids alone brought the two together, or the
    model that scored them is not kept or not of this version."""
    folder = vault.path / KEPT / one.import_id
    rows = pq.read_table(
        folder / "matched.parquet", columns=["alternatives"], filters=[("line", "==", one.line)]
    ).to_pylist()
    offered = (alternative for row in rows for alternative in row["alternatives"] or ())
    found = next((each for each in offered if each["voter"] == one.voter), None)
    gammas = found.get("gammas") if found else None  # lists of earlier versions have none
    if not gammas or one.weight is None:
        return None
    model = models.readable(folder / MODEL_FILE)
    return evidence({**gammas, "match_weight": one.weight}, model) if model else None


def judge(
    vault: Vault,
    pair: Pair,
    judgement: Judgement,
    *,
    by: str,
    reason: str,
    weight: float | None,
    at: datetime,
) -> str:
    """Append what a person decided of a row and a voter; `same` makes the contact that voter. The event's id.

    Raises Refusal where the row is no contact any more.
    """
    with vault.lock(wait=20, doing="judging"):
        if _contact(vault, pair) is None:
            raise Refusal(
                "The row is no contact of today.",
                where=f"vault of {vault.member}",
                next_step="Take another row; the import may have been undone.",
            )
        row = judgements.event(pair, judgement, by=by, reason=reason, at=at, weight=weight)
        vault.append_events(JUDGEMENTS.name, row, now=at)
        if judgement == "same":
            _attach(vault, pair, pair.record_r, at)
            _optout(vault, pair, stands=True, at=at)
    return str(row["event_id"][0].as_py())


def withdraw(vault: Vault, said: Mapping[str, Any], *, by: str, at: datetime) -> Pair:
    """Take a judgement of a row back; if it made the contact a voter, it is a contact again."""
    pair = _pair(said)
    with vault.lock(wait=20, doing="judging"):
        row = judgements.event(
            pair, "withdrawn", by=by, reason="taken back", at=at, withdraws=said["event_id"]
        )
        vault.append_events(JUDGEMENTS.name, row, now=at)
        if said["judgement"] == "same":
            _attach(vault, pair, None, at)
            _optout(vault, pair, stands=False, at=at)
    return pair


def _attach(vault: Vault, pair: Pair, voter: str | None, at: datetime) -> None:
    contact = _contact(vault, pair)
    assert contact is not None
    named = "|".join([contact["contact_id"], voter or "", at.isoformat()])
    row = {
        **contact,
        "event_id": sha256(f"decided|{named}".encode()).hexdigest(),
        "state_voter_id": voter,
        "loaded_at": at,
    }
    vault.append_events(CONTACTS.name, pa.Table.from_pylist([row], arrow_schema(CONTACTS)), now=at)


def _optout(vault: Vault, pair: Pair, *, stands: bool, at: datetime) -> None:
    folder = vault.path / KEPT / pair.member_l.removeprefix(LIST)
    import_optouts.decided(vault, folder, int(pair.record_l), pair.record_r, stands=stands, at=at)


def _contact(vault: Vault, pair: Pair) -> dict[str, Any] | None:
    """The newest row of the contact that a row of a list became, while the import stands."""
    import_id, line = pair.member_l.removeprefix(LIST), pair.record_l
    if not line.isdecimal() or import_id not in {one.import_id for one in imports_of(vault) if one.stands}:
        return None
    rows = _read(vault, CONTACTS.name, [("import_id", "==", import_id), ("source_line", "==", int(line))])
    newest = max(rows, key=lambda row: (row["loaded_at"], row["event_id"]), default=None)
    return newest if newest and not newest["removed"] else None


def _read(vault: Vault, table: str, filters: Sequence[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    files = list(vault.event_files(table))
    found: list[dict[str, Any]] = pq.read_table(files, filters=list(filters)).to_pylist() if files else []
    return found
