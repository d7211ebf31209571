"""Invented voters are nobody, look like everybody, and name whose copy they stood in."""

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.tracing.world import KEY, World

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.tracing import code, decoys
from commonroll.tracing.trace import DECOY_EPOCH, trace

TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World.make(tmp_path_factory.mktemp("decoys"), 20_000)
    register = decoys.make(made.held.voters, 400, KEY, made.folder / "register.parquet", today=TODAY)
    assert register.count == 400
    return replace(made, held=replace(made.held, decoys=register.path, scored=()))


def _copy(world: World, recipient: str) -> pa.Table:
    """The roll as a recipient has it."""
    assert world.held.decoys is not None
    folder = world.folder / recipient
    made = decoys.given_to(world.held.decoys, KEY, recipient, {"voters": world.held.voters}, folder)
    return pa.concat_tables([pq.read_table(world.held.voters[0]), pq.read_table(made["voters"][0])])


def test_a_decoy_is_nobody(world: World) -> None:
    with closing(engine()) as con:
        con.execute(
            "CREATE TEMP VIEW roll AS SELECT * FROM read_parquet($1)".replace(
                "$1", repr(world.held.voters[0])
            )
        )
        con.register("decoys", pq.read_table(str(world.held.decoys)))
        for same in (
            "state_voter_id",
            "first_name, last_name, birth_date",
            "first_name, last_name, residence_zip5",
            "residence_line1, residence_zip5",
        ):
            found = con.execute(f"SELECT count(*) FROM roll JOIN decoys USING ({same})").fetchall()
            assert found == [(0,)], same
        assert con.execute("SELECT count(DISTINCT state_voter_id), min(length(state_voter_id)), "
                           "max(length(state_voter_id)) FROM decoys").fetchall() == [(400, 9, 9)]  # fmt: skip


def test_a_copy_has_the_decoys_whose_bit_is_one(world: World) -> None:
    rows = pq.read_table(str(world.held.decoys)).to_pylist()
    expected = {
        row["state_voter_id"]
        for row in rows
        if code.bit(KEY.secret, "r03", DECOY_EPOCH, row["state_voter_id"])
    }
    copy = _copy(world, "r03")
    assert 100 < len(expected) < 300
    assert set(copy["state_voter_id"].to_pylist()[20_000:]) == expected
    assert [row["bias"] for row in rows] == [code.bias32(KEY.secret, row["state_voter_id"]) for row in rows]


def test_decoys_are_shadows_of_voters(world: World) -> None:
    voters = {row["state_voter_id"]: row for row in pq.read_table(world.held.voters[0]).to_pylist()}
    shadows = {
        row["state_voter_id"]: row["shadow_id"] for row in pq.read_table(str(world.held.decoys)).to_pylist()
    }
    for row in _copy(world, "r03").slice(20_000).to_pylist():
        voter = voters[shadows[row["state_voter_id"]]]
        for column in ("party", "registered_on", "birth_year", "sex", "county_fips", "status"):
            assert row[column] == voter[column]
        assert (row["phone"] is None and row["last_name"] != voter["last_name"]) or row["first_name"]


def test_decoys_live_together_as_voters_do(world: World) -> None:
    """The roll has a few homes of two; as many decoys of a copy share theirs, and never one of a voter."""
    copy = _copy(world, "r03")
    rows = zip(copy["residence_line1"].to_pylist(), copy["residence_zip5"].to_pylist(), strict=True)
    homes = list(rows)
    full = Counter(homes)
    alone = [sum(full[one] == 1 for one in some) / len(some) for some in (homes[:20_000], homes[20_000:])]
    assert 0.7 < alone[0] < 0.95 and abs(alone[1] - alone[0]) < 0.12
    assert not set(homes[:20_000]) & set(homes[20_000:])


def test_a_copy_without_scores_names_its_recipient(world: World, tmp_path: Path) -> None:
    copy = _copy(world, "r03").select(["state_voter_id", "last_name", "first_name", "birth_date"])
    pyarrow.csv.write_csv(copy, tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    found = trace(tmp_path / "leak.csv", world.held, tmp_path / "work")
    assert (found.verdict, found.accused) == ("named", ("r03",))
    pyarrow.csv.write_csv(copy.slice(0, 20_000), tmp_path / "own.csv")
    (tmp_path / "again").mkdir()
    assert trace(tmp_path / "own.csv", world.held, tmp_path / "again").accused == ()


@pytest.mark.parametrize("told", ["birth_year", "residence_line1"])
def test_names_with_a_year_or_a_street_are_enough_where_no_zip_code_stands(
    told: str, world: World, tmp_path: Path
) -> None:
    copy = _copy(world, "r03").select(["last_name", "first_name", told])
    pyarrow.csv.write_csv(copy, tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    found = trace(tmp_path / "leak.csv", world.held, tmp_path / "work")
    assert (found.verdict, found.accused) == ("named", ("r03",)) and found.leak.matched > 0.9 * len(copy)


def test_a_register_is_committed_to_row_by_row(world: World) -> None:
    register = pq.read_table(str(world.held.decoys))
    said = decoys.committed(register)
    assert len(said) == 64 and said == decoys.committed(register.take(list(range(399, -1, -1))))
    other = register.set_column(3, "first_name", pc.replace_substring(register["first_name"], "A", "E"))
    assert decoys.committed(other) != said


def test_too_many_for_the_roll_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="400 invented voters at most"):
        decoys.make(world.held.voters, 401, KEY, tmp_path / "r.parquet", today=TODAY)


def test_where_voters_have_their_mail_at_home_decoys_have_it_at_theirs(world: World, tmp_path: Path) -> None:
    path, names = tmp_path / "voters.parquet", ("line1", "city", "state", "zip5")
    voters = pq.read_table(world.held.voters[0])
    for at_home in names:
        mail = "mail_" + at_home.removesuffix("5")
        home = voters[f"residence_{at_home}"]
        voters = voters.set_column(voters.column_names.index(mail), mail, home)
    pq.write_table(voters, path)
    register = decoys.make([str(path)], 40, KEY, tmp_path / "r.parquet", today=TODAY)
    assert register.count == 40
    made = decoys.given_to(register.path, KEY, "r00", {"voters": [str(path)]}, tmp_path / "r00")
    found = pq.read_table(made["voters"][0])
    homes, mailed = (
        set(zip(table["mail_line1"].to_pylist(), table["mail_zip"].to_pylist(), strict=True))
        for table in (voters, found)
    )
    assert found.num_rows > 5 and not homes & mailed
    assert found["mail_line1"].equals(found["residence_line1"])
    assert found["mail_zip"].equals(found["residence_zip5"]) and found["mail_city"].null_count == 0


def test_decoys_are_known_where_ids_are_gone_and_names_are_misspelt(world: World, tmp_path: Path) -> None:
    """Rows that are equal to none are compared with the roll and the decoys by score."""
    copy = _copy(world, "r03")
    shown = copy.select(["first_name", "last_name", "birth_date", "residence_line1", "residence_zip5"])
    few = pa.concat_tables([shown.slice(0, 1_500), shown.slice(20_000)])
    given = few["last_name"].to_pylist()
    names = [f"{name}E" if at % 3 == 0 else name for at, name in enumerate(given)]
    pyarrow.csv.write_csv(few.set_column(1, "last_name", pa.array(names)), tmp_path / "leak.csv")
    (tmp_path / "work").mkdir()
    found = trace(tmp_path / "leak.csv", world.held, tmp_path / "work")
    assert found.leak.ways["alike"] > 300 and found.accused == ("r03",)
    (decoys_read,) = (layer for layer in found.layers if layer.layer == "decoy")
    assert decoys_read.positions > 0.9 * (len(few) - 1_500)
