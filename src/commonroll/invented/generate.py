"""Official files of invented people: the one door into this package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.invented import fl, nc, nc_absentee, official, oh, wa
from commonroll.invented.address_points import write_address_points
from commonroll.invented.changes import later
from commonroll.invented.draw import Ints
from commonroll.invented.geography import geography
from commonroll.invented.habits import states as all_states
from commonroll.invented.population import populate
from commonroll.invented.rolls import Population, changed, enrol, found, in_file_order
from commonroll.invented.street_map import write_street_map
from commonroll.invented.truth import write_truth

DELIVERIES = {1: "20261121", 2: "20261219"}
MOST_VOTERS = 50_000_000
STREAM_PART = 250_000


@dataclass(frozen=True)
class StateFiles:
    """The files of one state: `files` in official order, `rows` of registration (headers not counted)."""

    state: str
    folder: Path
    files: list[Path]
    rows: int


def generate(
    states: Sequence[str],
    voters: int,
    seed: int,
    out: Path,
    *,
    snapshot: int = 1,
    progress: Callable[[str, float], None] | None = None,
) -> list[StateFiles]:
    """Write `out/<STATE>/` for each state, `voters` registrations in each, `out/truth/`,
    `out/address-points/<STATE>.csv` and `out/streets/<STATE>.geojsonl`.

    The same arguments give the same bytes. Snapshot 2 is the next delivery, four weeks later: about two in a
    hundred rows changed. `progress` is told what is being written and how much of the whole is done, 0 to 1.
    Raises Refusal for an unknown or repeated state, fewer than 1 or more than 50 million voters, a negative
    seed, a snapshot other than 1 and 2, a folder that holds the other snapshot, or one with the truth of
    other states: who is who is known only among states that were invented together.
    """
    check(states, voters, seed, snapshot)
    refuse_other_truth(out / "truth", states)
    tell = progress or (lambda what, share: None)
    tell("people", 0.0)
    whole = found(states, voters, seed)
    if snapshot == 2:
        whole = later(whole, seed)
    written = []
    for at, state in enumerate(states):
        tell(state, (at + 0.2) / (len(states) + 0.4))
        written.append(write_state(out / state, whole, state, DELIVERIES[snapshot]))
        write_address_points(out / "address-points" / f"{state}.csv", whole, state)
        write_street_map(out / "streets" / f"{state}.geojsonl", whole, state)
    tell("truth", (len(states) + 0.2) / (len(states) + 0.4))
    write_truth(out / "truth", whole)
    tell("done", 1.0)
    return written


def check(states: Sequence[str], voters: int, seed: int, snapshot: int) -> None:
    known = all_states()
    if not states or not set(states) <= set(known) or len(set(states)) != len(states):
        raise Refusal(
            "Only known states, each once, can be invented.", next_step=f"Choose from {', '.join(known)}."
        )
    if not 1 <= voters <= MOST_VOTERS:
        raise Refusal(f"{voters} voters is out of range.", next_step=f"Ask for 1 to {MOST_VOTERS:,} voters.")
    if seed < 0:
        raise Refusal("A seed is a whole number from 0.", next_step="Give another seed.")
    if snapshot not in DELIVERIES:
        raise Refusal(f"There is no snapshot {snapshot}.", next_step="Ask for snapshot 1 or 2.")


def write_state(folder: Path, whole: Population, state: str, delivered: str) -> StateFiles:
    folder.mkdir(parents=True, exist_ok=True)
    refuse_mixture(folder, delivered)
    rows = in_file_order(whole, state)
    if state == "NC":
        files = write_north_carolina(folder, whole, rows)
    elif state == "OH":
        files = oh.write_files(folder, whole, rows, int(np.datetime64(iso(delivered), "D").astype(np.int64)))
    elif state == "FL":
        files = fl.write_files(folder, whole, rows, delivered)
    elif state == "WA":
        files = wa.write_files(folder, whole, rows, delivered)
    else:
        files = official.write_files(folder, whole, state, rows, delivered)
    return StateFiles(state, folder, files, len(rows))


def refuse_mixture(folder: Path, delivered: str) -> None:
    """A loader takes a folder as one delivery, so files of two must not meet in it."""
    for other in DELIVERIES.values():
        if other != delivered and any(folder.glob(f"*{other}*")):
            raise Refusal(
                f"The folder holds the delivery of {iso(other)}; this one is of {iso(delivered)}.",
                where=str(folder),
                next_step="Choose another folder, or remove this one.",
            )


def refuse_other_truth(folder: Path, states: Sequence[str]) -> None:
    """The truth lies beside the files of the states it tells of, and of those alone."""
    path = folder / "registrations.parquet"
    if not path.exists():
        return
    told = set(pq.read_table(path, columns=["state"])["state"].unique().to_pylist())
    if told != set(states):
        raise Refusal(
            f"The folder holds the truth of {', '.join(sorted(told))}; this would replace it.",
            where=str(folder),
            next_step="Choose another folder, or invent the states together: generate OH WA --out FOLDER.",
        )


def iso(delivered: str) -> str:
    return f"{delivered[:4]}-{delivered[4:6]}-{delivered[6:]}"


def write_north_carolina(folder: Path, whole: Population, rows: Ints) -> list[Path]:
    registration, history = folder / "ncvoter_Statewide.txt", folder / "ncvhis_Statewide.txt"
    absentee = folder / "absentee_20261103.csv"
    nc.write_registration(registration, whole, rows)
    nc.write_history(history, whole, rows)
    nc_absentee.write_absentee(absentee, whole, rows)
    return [registration, history, absentee]


def write_nc_registration(path: Path, voters: int, seed: int) -> None:
    """A North Carolina registration file alone, of any length in little memory; each voter has one row.

    Written in parts of 250,000 voters; counties are in order within a part.
    """
    check(["NC"], voters, seed, 1)
    geo = geography("NC", voters)
    for part, start in enumerate(range(0, voters, STREAM_PART)):
        people, places = populate(geo, min(STREAM_PART, voters - start), seed, part)
        roll = enrol(geo, people, seed, alone=False, part=part)
        roll = changed(roll, seq=start + roll.seq, local=start + roll.seq)
        home = np.zeros(len(people), dtype=np.int64)
        whole = Population(people, home, {"NC": geo}, {"NC": places}, {"NC": roll})
        nc.write_registration(path, whole, in_file_order(whole, "NC"), first=part == 0)
