"""Phones and mailboxes of an owner stand on its decoys alone, no more often than on voters, and stay put."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.tracing.world import KEY, roll

from commonroll.errors import Refusal
from commonroll.tracing import code, decoys, reach
from commonroll.tracing.reach import Reach
from commonroll.tracing.trace import DECOY_EPOCH

PHONES = [Reach("phone", f"+1706555{n:04}") for n in range(100, 104)]
BOX = Reach("mail", "PO Box 7", "Athens", "GA", "30612")


@pytest.fixture(scope="module")
def salted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A roll on which every eighth voter has a phone and a mailbox, and the register of its 60 decoys."""
    folder = tmp_path_factory.mktemp("reach")
    path = roll(folder / "roll.parquet", 4_000)
    voters = pq.read_table(path)
    eighth = pa.array([n % 8 == 0 for n in range(voters.num_rows)])
    for name, value in (("phone", "+17065550199"), ("mail_line1", "PO BOX 9"), ("mail_zip", "30612")):
        at = voters.column_names.index(name)
        voters = voters.set_column(at, name, pc.if_else(eighth, value, pa.scalar(None, pa.string())))
    pq.write_table(voters, path)
    register = decoys.make([str(path)], 60, KEY, folder / "register.parquet", today=date(2026, 11, 1))
    return path, register.path


def _on_decoys(salted: tuple[Path, Path], folder: Path, column: str) -> Sequence[str | None]:
    """What stands in a column of the decoys of any of six copies, each decoy once."""
    seen: dict[str, str | None] = {}
    for who in "abcdef":
        made = decoys.given_to(salted[1], KEY, who, {"voters": [str(salted[0])]}, folder / who)
        seen |= {row["state_voter_id"]: row[column] for row in pq.read_table(made["voters"][0]).to_pylist()}
    return list(seen.values())


def test_each_stands_on_one_decoy_until_it_is_taken_back(salted: tuple[Path, Path], tmp_path: Path) -> None:
    voters = [str(salted[0])]
    wanted = reach.as_written(voters, [*PHONES, BOX])
    assert reach.give(salted[1], voters, wanted) == (5, 0)
    assert reach.entered(reach.standing(salted[1])) == wanted
    there = [one for one in _on_decoys(salted, tmp_path / "one", "phone") if one]
    expected = [
        row["value"]
        for row in reach.table(salted[1]).to_pylist()
        if row["kind"] == "phone"
        and any(code.bit(KEY.secret, who, DECOY_EPOCH, row["state_voter_id"]) for who in "abcdef")
    ]
    assert sorted(there) == sorted(expected)
    # as the roll writes them, where voters of that post office live
    assert {one for one in _on_decoys(salted, tmp_path / "two", "mail_line1") if one} <= {"PO BOX 7"}
    before = {row["value"]: row["state_voter_id"] for row in reach.table(salted[1]).to_pylist()}
    assert reach.give(salted[1], voters, PHONES[:3]) == (0, 2)
    kept = {row["value"]: row["state_voter_id"] for row in reach.table(salted[1]).to_pylist()}
    assert kept == before and reach.standing(salted[1]).num_rows == 3


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ([Reach("phone", "+17065550199")], "1 of them stand on the roll"),
        ([Reach("phone", "+12125550101")], "area code"),
        ([Reach("phone", f"+1706555{n:04}") for n in range(8)], "7 is the most"),
        ([Reach("email", "who@example.org")], "0 is the most"),
        ([Reach("mail", "PO BOX 9", "ATHENS", "GA", "30612")], "stand on the roll"),
        ([Reach("mail", "PO BOX 3", "MACON", "GA", "31201")], "near this address"),
        ([PHONES[0], PHONES[0]], "twice"),
        ([Reach("phone", f"+1706555{n:04}") for n in range(reach.MOST + 1)], "too many"),
    ],
)
def test_what_would_stand_out_or_is_somebodys_is_refused(
    salted: tuple[Path, Path], wanted: list[Reach], says: str
) -> None:
    before = reach.table(salted[1])
    with pytest.raises(Refusal, match=says) as refused:
        reach.give(salted[1], [str(salted[0])], wanted)
    assert reach.table(salted[1]).equals(before)
    assert not any(one.value in str(refused.value) for one in wanted)
