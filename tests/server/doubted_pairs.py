"""A linked roll whose last linking is unsure, or sure, of chosen pairs.

What a model thinks of a pair changes with the model; what pages do with a pair does not. So verdicts of a
real linking are overwritten.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from world import MACHINE, World

from commonroll.identity.judgements import PAIR, Pair
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import linkings, loads
from folders import restore


@pytest.fixture(scope="session")
def linked_vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that links Ohio's roll leaves the vault for the others."""
    return tmp_path_factory.mktemp("linked") / "oh"


@pytest.fixture
def vault(world: World, linked_vault: Path) -> Vault:
    """Ohio's vault, linked."""
    held = loads.vault(world.home, world.member("oh"))
    if linked_vault.exists():
        restore(held.path, linked_vault)
    else:
        linkings.link(home=world.home, of=world.member("oh"), by=MACHINE)
        shutil.copytree(held.path, linked_vault)
    return held


def grown_up(vault: Vault) -> list[dict[str, Any]]:
    """Voters of the current snapshot who may be shown, by id."""
    snapshot = vault.current()
    assert snapshot is not None
    rows = pq.read_table(list(vault.files(snapshot, "voters"))).to_pylist()
    shown = [row for row in rows if row["shown_from"] <= date(2026, 1, 1) and not row["confidential"]]
    return sorted(shown, key=lambda row: str(row["state_voter_id"]))


def pairs_of(vault: Vault, count: int) -> list[Pair]:
    """Pairs of registrations, each registration in one pair."""
    ids = [row["state_voter_id"] for row in grown_up(vault)]
    return [Pair(vault.member, a, vault.member, b) for a, b in zip(ids[0::2], ids[1::2], strict=False)][
        :count
    ]


def doubt(vault: Vault, pairs: Sequence[Pair], reason: str = "band") -> None:
    """Let the last linking be unsure of these pairs; the earlier ones are worth a look more."""
    _say(
        vault,
        {
            pair: {
                "verdict": "unsure",
                "reason": reason,
                "match_weight": 3.0 - at / 100,
                "match_probability": 0.9 - at / 1000,
            }
            for at, pair in enumerate(pairs)
        },
    )


def settle(vault: Vault, pairs: Sequence[Pair]) -> None:
    """Let the last linking be sure of these pairs; who is one person follows with the next."""
    score = {"match_weight": 20.0, "match_probability": 1.0}
    _say(vault, {pair: {"verdict": "sure", "reason": None, **score} for pair in pairs})


def _say(vault: Vault, said: Mapping[Pair, Mapping[str, Any]]) -> None:
    last = kept.linked(vault.catalogue)
    assert last is not None
    for what in ("pairs", "verdicts"):
        _overwrite(vault.path / last.files[what], said)


def _overwrite(path: Path, said: Mapping[Pair, Mapping[str, Any]]) -> None:
    table = pq.read_table(path)
    rows = {Pair(*(row[name] for name in PAIR)): row for row in table.to_pylist()}
    empty = {name: -1 if name.startswith("gamma_") else None for name in table.column_names}
    for pair, verdict in said.items():
        sides = {name: getattr(pair, name) for name in PAIR}
        told = {"best_l": True, "best_r": True, **rows.get(pair, {}), **sides, **verdict}
        rows[pair] = {**empty, **{name: value for name, value in told.items() if name in empty}}
    pq.write_table(pa.Table.from_pylist(list(rows.values()), table.schema), path)
