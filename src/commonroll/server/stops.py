"""Every vault knows every stop before it is read: what was told since is taken in at the next question.

The register counts without a hole (`Stop.seq`), a vault says how far it has come and in which of its files it
has looked (`roll.vault.stopped`). So whoever was killed between the two, and whatever was loaded since, is
caught up with by whoever asks next. No lock is needed: each says a true thing, the last of them stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext

from commonroll.insight.stops import Kind, key_of, links, stops_of
from commonroll.roll.schema import FACTS, REACHABLES, VOTERS
from commonroll.roll.vault import stopped
from commonroll.roll.vault.catalogue import Part, Snapshot
from commonroll.roll.vault.stopped import Known
from commonroll.roll.vault.vault import Vault
from commonroll.server import stop_traces, turns, wall
from commonroll.server.home import Home
from commonroll.server.models import Federation, Member, Stop

Values = Mapping[Kind, Mapping[str, str]]
"""Kind -> normalised value -> its hash, while the values are at hand."""


def last_told() -> int:
    """The number of the last stop that was told to all; 0 for none."""
    return turns.kept("stops", lambda: Federation.objects.values_list("stops", flat=True).first() or 0)


def bring(home: Home, members: Iterable[str]) -> None:
    """Let the vaults of these members know every stop. Cheap where they do."""
    seq = last_told()
    lacked = [take_in(home, member, seq) for member in members] if seq else []
    if any(lacked):
        follow(home)


@wall.node()
def look_ahead(home: Home, member: str, files: Sequence[str]) -> None:
    """Look in the voters' files of a snapshot that is about to be published, so that no question has to."""
    bring(home, [member])
    held = Vault(home.vaults, member)
    known = stopped.known(held.catalogue)
    if fresh := set(files) - set(known.files) if known.seq else set():
        found = links(held, key_of(home.reference_secret()), files=fresh)
        stopped.take(held.catalogue, links=found, known=Known(known.seq, sorted({*known.files, *files})))


@wall.node()
def sweep(home: Home) -> None:
    """Let every vault know every stop, so that whoever reads past a governed question heeds them too."""
    bring(home, list(Member.objects.filter(left_at=None).exclude(state="").values_list("key", flat=True)))


@wall.node()
def follow(home: Home) -> None:
    """Leave persons alone on every roll on which linking knows them: after a linking, and after a stop."""
    owners = Member.objects.filter(left_at=None).exclude(state="").values_list("key", flat=True)
    stop_traces.follow(home, list(owners))


@wall.node()
def take_in(home: Home, member: str, seq: int, values: Values | None = None, first: int = 0) -> bool:
    """Let one vault know the stops up to `seq`; whether a person was among what it lacked.

    `values` are those of the stops from `first` on: where the vault knows all before, only these are looked
    for, by the value itself. Else every value of the vault is hashed and held against every stop.
    """
    held = Vault(home.vaults, member)
    head, appended, text = held.catalogue.reads(stopped.KNOWN)
    files, known = _files(held, head, appended), Known.read(text)
    fresh = set(files) - set(known.files)
    if known.seq == seq and not fresh:
        return False
    anew = known.seq > seq
    since = 0 if anew else known.seq
    rows = list(Stop.objects.filter(seq__gt=since, seq__lte=seq).order_by("seq"))
    asked = [stop for row in rows if not row.undoes_id for stop in _as_stops(row)]
    undone = [row.undoes_id for row in rows if row.undoes_id]
    arrived = Known(seq, sorted(files))
    lookup = values if values is not None and known.seq == first - 1 and not fresh else None
    if lookup is None:  # hashes are held against what the vault was told
        stopped.take(held.catalogue, stops=asked, undone=undone, known=known, anew=anew)
    looked = files if asked else fresh
    with held.lease(head) if head else nullcontext():
        found = links(held, key_of(home.reference_secret()), files=looked, values=lookup)
    stopped.take(held.catalogue, stops=asked, undone=undone, links=found, known=arrived)
    return any(stop.kind == "person" for stop in asked)


def _files(held: Vault, head: Snapshot | None, appended: Mapping[str, Part]) -> list[str]:
    """Where a number, an e-mail or an address of the vault's voters may stand."""
    told = [
        str(held.path / table / name)
        for table in (REACHABLES.name, FACTS.name)
        if table in appended
        for name in appended[table].files
    ]
    return [*(held.files(head, VOTERS.name) if head else ()), *told]


def _as_stops(row: Stop) -> Iterable[stopped.Stop]:
    return stops_of(
        row.seq,
        row.kind,
        row.token,
        row.channel,
        shielded=row.ground == Stop.Ground.PROTECTED,
        since=row.at.isoformat(),
    )
