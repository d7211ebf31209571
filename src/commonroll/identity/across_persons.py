"""One id for a person who stands on two members' rolls, where both agreed to that.

The ids follow the written rule (`persons.sql`): of two ids the older stays and the other becomes its alias,
and an id that the evidence takes apart stays with its founder. Each vault keeps its own ledger; what another
member brought along stays when that member leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity import persons
from commonroll.identity.judgements import PAIR
from commonroll.roll.engine import engine
from commonroll.roll.schema import PERSON_EVENTS, PERSONS
from commonroll.roll.vault import locks
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.bulk import room_on_disk
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Vault

WAIT = 60.0
"""Seconds to wait for a linking that is under way, and for a vault's lock."""


@dataclass(frozen=True)
class Joined:
    """How many person ids became aliases of another, and how many came apart again."""

    joined: int
    split: int


def join(vaults: tuple[Vault, Vault], pairs: pa.Table, *, secret: bytes, now: datetime, work: Path) -> Joined:
    """Give the persons of sure `pairs` (member_l, record_l, member_r, record_r) one id in both vaults.

    Two persons of one roll never become one by way of the other roll: such pairs join nobody. Persons whom
    earlier pairs joined and these do not come apart. Raises Refusal where a roll is not linked with itself
    yet.
    """
    with ExitStack() as held:
        for vault in sorted(vaults, key=lambda one: one.member):
            folder = vault.path / kept.LINKS
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = locks.exclusive(folder / "lock", member=vault.member, doing="joining persons", wait=WAIT)
            held.enter_context(lock)
        last = {vault.member: _linked(vault) for vault in vaults}
        ledger = [str(vault.path / last[vault.member].files[PERSONS.name]) for vault in vaults]
        touched = _touched(ledger, pairs)
        with TemporaryDirectory(prefix="persons-", dir=work) as folder_:
            run = persons.Run(f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}", now, secret)
            to = Path(folder_) / "persons.parquet"
            grouped = touched.filter(touched["cluster"].is_valid()).select(_GROUPED)
            settled = persons.settle(touched, grouped, _NOBODY_APART, ledger, (), run, to)
            if settled.events.num_rows:
                for vault in vaults:
                    _swap(vault, last[vault.member], settled.events, run, to)
    return Joined(settled.count("joined"), settled.count("split"))


_GROUPED = ["member", "record", "cluster", "human"]
_NOBODY_APART = pa.table({name: pa.array([], pa.string()) for name in PAIR})


def _linked(vault: Vault) -> Linked:
    found = kept.linked(vault.catalogue)
    if found is None:
        raise Refusal(
            "The roll is not linked with itself yet, so nobody on it has an id.",
            where=f"vault of {vault.member}",
            next_step=f"Link it: commonroll link --members {vault.member}",
        )
    return found


def _touched(ledger: list[str], pairs: pa.Table) -> pa.Table:
    """member, record, state_voter_id, registered_on (null), cluster (null for who stands alone), human: of
    the registrants whose persons the pairs, or earlier ones, are about."""
    question = (resources(__package__) / "across_persons.sql").read_text("utf-8")
    with closing(engine()) as con:
        con.register("pairs", pairs.select(list(PAIR)))
        con.execute("CREATE TEMP TABLE ledger AS FROM read_parquet(?)", [ledger]).fetchall()
        found: pa.Table = con.execute(question).to_arrow_table()
    return found


def _swap(vault: Vault, last: Linked, events: pa.Table, run: persons.Run, to: Path) -> None:
    """Make the member's part of the settled persons its ledger, then tell what turned."""
    with room_on_disk(f"vault of {vault.member}"):
        mine = vault.stage(PERSONS.name)
        with closing(engine()) as con:
            con.execute("CREATE TEMP TABLE whole AS FROM read_parquet(?)", [str(to)]).fetchall()
            con.execute("DELETE FROM whole WHERE member <> ?", [vault.member]).fetchall()
            where = str(mine).replace("'", "''")
            con.execute(
                f"COPY (FROM whole ORDER BY state_voter_id, incarnation) TO '{where}' "
                "(FORMAT parquet, COMPRESSION zstd)"
            ).fetchall()
        told = vault.path / kept.LINKS / f"{run.name}.events.parquet"
        pq.write_table(events, told)
        files: Mapping[str, str] = {
            **last.files,
            PERSONS.name: mine.relative_to(vault.path).as_posix(),
            "events": told.relative_to(vault.path).as_posix(),
        }
        fresh = replace(last, run=run.name, at=run.at.isoformat(), files=files)
        with vault.lock(wait=WAIT, doing="joining persons"):
            kept.swap(vault.catalogue, fresh, after=last.run)
        vault.append_events(PERSON_EVENTS.name, events)
