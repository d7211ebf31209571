"""Where a stop goes beyond its hash: the same person on other members' rolls, and opt-outs kept in vaults."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.schema import OPTOUTS
from commonroll.roll.vault import stopped
from commonroll.roll.vault.persons import persons_file
from commonroll.roll.vault.stopped import Link
from commonroll.roll.vault.vault import Vault
from commonroll.server.home import Home
from commonroll.server.models import Stop


def follow(home: Home, members: Sequence[str]) -> None:
    """Leave a person alone on every roll where linking found the same person. Idempotent."""
    held = {key: Vault(home.vaults, key) for key in members}
    people = {key: persons_file(vault.path, vault.catalogue) for key, vault in held.items()}
    meant: dict[tuple[str, str], None] = {}  # person_id, token
    for key, vault in held.items():
        path = people[key]
        tokens = stopped.in_force(vault.catalogue, ["person"])["token"].to_pylist()
        links = stopped.voters_of(vault.catalogue, tokens) if path and tokens else []
        if path and links:
            meant |= dict.fromkeys((person, token) for person, token in _of_voters(str(path), links))
    if not meant:
        return
    for key, vault in held.items():
        if path := people[key]:
            found = _of_persons(str(path), list(meant))
            stopped.take(vault.catalogue, links=found, known=stopped.known(vault.catalogue))


def _of_voters(path: str, links: Sequence[Link]) -> list[tuple[str, str]]:
    given = pa.table({"state_voter_id": [one[0] for one in links], "token": [one[2] for one in links]})
    with closing(engine()) as con:
        con.register("given", given)
        query = "SELECT DISTINCT person_id, token FROM read_parquet($path) JOIN given USING (state_voter_id)"
        return con.execute(query + " WHERE until IS NULL", {"path": path}).fetchall()


def _of_persons(path: str, meant: Sequence[tuple[str, str]]) -> list[Link]:
    given = pa.table({"person_id": [one[0] for one in meant], "token": [one[1] for one in meant]})
    with closing(engine()) as con:
        con.register("given", given)
        query = "SELECT DISTINCT state_voter_id, token FROM read_parquet($path) JOIN given USING (person_id)"
        rows = con.execute(query + " WHERE until IS NULL", {"path": path}).fetchall()
    return [Link(voter, "person", token) for voter, token in rows]


def lift(home: Home, member: str, undone: Sequence[Stop]) -> None:
    """Let go what the vault's own opt-out events hold back, where all that were heard of it are undone."""
    by_token = {one.token: one for one in undone if one.kind == "person" and one.event_id}
    if not by_token:
        return
    vault = Vault(home.vaults, member)
    voters = {link.state_voter_id for link in stopped.voters_of(vault.catalogue, list(by_token))}
    files = list(vault.event_files(OPTOUTS.name))
    if not voters or not files:
        return
    told = pq.read_table(files, filters=[("state_voter_id", "in", sorted(voters))]).to_pylist()
    ids = [row["event_id"] for row in told]
    heard = Stop.objects.filter(event_id__in=ids, undoes=None)
    stands = set(heard.filter(undone=None).values_list("event_id", flat=True))
    gone = set(heard.exclude(undone=None).values_list("event_id", flat=True)) - stands
    standing = {(row["state_voter_id"], row["channel"]) for row in told if row["event_id"] not in gone}
    for voter, channel in {(row["state_voter_id"], row["channel"]) for row in told} - standing:
        vault.lift([voter], "opt-out", channel="" if channel == "all" else channel)
