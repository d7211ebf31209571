"""One id for a person on two rolls: by the written rule, taken apart again, and left behind by who leaves."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linked_rolls import SECRET, START, SURE, again, publish, voter

from commonroll.errors import Refusal
from commonroll.identity import across_persons, linking
from commonroll.identity.across_persons import Joined
from commonroll.identity.judgements import PAIR
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault

EARLY, LATE = START + timedelta(days=5), START + timedelta(days=9)
OHIO = (*(voter(number) for number in range(10, 22)), SURE, again(SURE, 901, residence_line1="9 OAK ST"))
"""Twelve strangers, and one person registered twice (1, 901)."""
WASHINGTON = tuple(
    {**voter(number), "member": "wa", "state": "WA", "state_voter_id": f"WA{number:06}"}
    for number in range(200, 212)
)
Rolls = tuple[Vault, Vault]


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vaults of Ohio, linked first, and Washington."""
    folder = tmp_path_factory.mktemp("linked")
    for member, people, at in (("oh", OHIO, EARLY), ("wa", WASHINGTON, EARLY + timedelta(hours=1))):
        vault = Vault(folder, member)
        publish(vault, people)
        linking.run(vault, secret=SECRET, now=at)
    return folder


@pytest.fixture
def rolls(linked: Path, tmp_path: Path) -> Rolls:
    """The linked vaults, as they were."""
    folder = shutil.copytree(linked, tmp_path / "vaults")
    return Vault(folder, "oh"), Vault(folder, "wa")


def join(rolls: Rolls, tmp_path: Path, *pairs: tuple[str, str], days: int = 0) -> Joined:
    """Ohio's and Washington's registrants, by the ends of their ids, that are one person each."""
    rows = [("oh", f"OH{int(one):06}", "wa", f"WA{int(other):06}") for one, other in pairs]
    table = pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(PAIR)})
    return across_persons.join(rolls, table, secret=SECRET, now=LATE + timedelta(days=days), work=tmp_path)


def ids(vault: Vault) -> dict[str, str]:
    """Registrant -> person."""
    path = kept.persons_file(vault.path, vault.catalogue)
    return {row["state_voter_id"]: row["person_id"] for row in pq.read_table(path).to_pylist()}


def turns(vault: Vault) -> list[str]:
    return [t for f in vault.event_files("person_events") for t in pq.read_table(f)["turn"].to_pylist()]


def test_the_older_id_stays_in_both_vaults(rolls: Rolls, tmp_path: Path) -> None:
    before = ids(rolls[0]), ids(rolls[1])

    assert join(rolls, tmp_path, ("10", "200")) == Joined(1, 0)

    ohio, washington = ids(rolls[0]), ids(rolls[1])
    assert ohio == before[0]
    assert washington["WA000200"] == ohio["OH000010"] != before[1]["WA000200"]
    assert {k: v for k, v in washington.items() if k != "WA000200"} == {
        k: v for k, v in before[1].items() if k != "WA000200"
    }
    assert turns(rolls[0]) == turns(rolls[1]) == ["joined"]


def test_the_same_pairs_again_change_nothing(rolls: Rolls, tmp_path: Path) -> None:
    join(rolls, tmp_path, ("10", "200"), ("11", "201"))
    before = ids(rolls[0]), ids(rolls[1])

    assert join(rolls, tmp_path, ("11", "201"), ("10", "200"), days=1) == Joined(0, 0)
    assert (ids(rolls[0]), ids(rolls[1])) == before


def test_a_pair_that_is_gone_takes_the_id_apart(rolls: Rolls, tmp_path: Path) -> None:
    before = ids(rolls[1])
    join(rolls, tmp_path, ("10", "200"), ("11", "201"))

    assert join(rolls, tmp_path, ("11", "201"), days=1) == Joined(0, 1)
    assert ids(rolls[1])["WA000200"] == before["WA000200"]
    assert ids(rolls[1])["WA000201"] == ids(rolls[0])["OH000011"]


def test_another_roll_joins_no_two_persons_of_ones_own(rolls: Rolls, tmp_path: Path) -> None:
    before = ids(rolls[0]), ids(rolls[1])

    assert join(rolls, tmp_path, ("10", "200"), ("11", "200")) == Joined(0, 0)
    assert (ids(rolls[0]), ids(rolls[1])) == before


def test_all_registrants_of_a_person_follow(rolls: Rolls, tmp_path: Path) -> None:
    join(rolls, tmp_path, ("901", "205"))

    ohio = ids(rolls[0])
    assert ohio["OH000001"] == ohio["OH000901"] == ids(rolls[1])["WA000205"]


def test_linking_a_roll_by_itself_keeps_the_common_id(rolls: Rolls, tmp_path: Path) -> None:
    join(rolls, tmp_path, ("10", "200"))
    before = ids(rolls[1])

    for anew, hours in ((False, 1), (True, 2)):
        linking.run(rolls[1], secret=SECRET, now=LATE + timedelta(hours=hours), anew=anew)
        assert ids(rolls[1]) == before


def test_who_leaves_takes_its_evidence_and_the_ids_of_others_stay(rolls: Rolls, tmp_path: Path) -> None:
    join(rolls, tmp_path, ("10", "200"))
    before = ids(rolls[1])
    shutil.rmtree(rolls[0].path)

    linking.run(rolls[1], secret=SECRET, now=LATE + timedelta(hours=1), anew=True)

    assert ids(rolls[1]) == before


def test_a_roll_that_is_not_linked_has_nobody_to_join(rolls: Rolls, tmp_path: Path) -> None:
    unlinked = Vault(tmp_path / "vaults", "nc")
    publish(unlinked, OHIO)

    with pytest.raises(Refusal, match="not linked with itself"):
        join((rolls[0], unlinked), tmp_path, ("10", "200"))
