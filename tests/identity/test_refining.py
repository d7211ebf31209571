"""Chances learned from all compared pairs; levels for parts that are swapped, wrong or missing."""

from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from told_voters import rows, told

from commonroll.identity import link, models, names
from commonroll.identity.comparisons import COMPARISONS, GAMMAS
from commonroll.identity.model import Fit
from commonroll.identity.refining import Learned, refined

BY_NAME = {comparison.name: comparison for comparison in COMPARISONS}
USUAL = {"name": "MIA ANN DUNN", "birth": "1961-03-14", "home": "1 ELM ST", "zip": "43001"}
SWAPPED, ZOE = {"name": "POTTS - HUGO"}, {"name": "ZOE EVE DUNN"}
HUGO = {"name": "HUGO - POTTS"}
# comparison, level, what the left and the right record have other than USUAL
LEVELS = [
    ("birth", "two parts", {}, {"birth": "1961-03-29"}),
    ("birth", "two parts", {}, {"birth": "1984-03-14"}),
    ("birth", "gap", {"birth": "1961-01-01"}, {"birth": "1984-01-01"}),
    ("birth", "twins", {}, ZOE),
    ("birth", "twins apart", {}, ZOE | {"home": "8 BAY DR"}),
    ("birth", "full date", {}, {"name": "Z ANN DUNN"}),
    ("first_name", "other initial", {}, {"name": "Z ANN DUNN"}),
    ("first_name", "transposed", HUGO, SWAPPED),
    ("first_name", "transposed", {"name": "HARRIET - POTTER"}, {"name": "POTTR - HARRIT"}),
    ("first_name", "half transposed", HUGO, {"name": "KYRA - HUGO"}),
    ("surname_place", "address, surname", HUGO, SWAPPED),
    ("surname_place", "address, no surname", HUGO, {"name": "HUGO - -"}),
    ("surname_place", "number, surname", {"home": "17 ELM ST"}, {"home": "17 ELM ST", "zip": "44001"}),
    ("surname_place", "near address, surname", {"home": "171 LINDEN ST"}, {"home": "177 LINDEN ST"}),
    ("surname_place", "zip, near surname", {"name": "HUGO - POTTSMAN"},
     {"name": "HUGO - POTTSMANN", "home": "99 BAY DR"}),
]  # fmt: skip


def side(member, which):
    rows = (USUAL | case[which] for case in LEVELS)
    return told(member, *(f"{i} | {r['name']} | {r['birth']} | - | {r['home']}, {r['zip']} OH"
                          for i, r in enumerate(rows)))  # fmt: skip


@pytest.fixture(scope="module")
def levels_seen(tmp_path_factory):
    """Levels by number of the case."""
    folder = tmp_path_factory.mktemp("levels")
    links = link.link(side("oh", 2), side("zz", 3), models.shipped(), folder / "pairs.parquet", least=1e-12)
    return {row["record_l"]: row for row in rows(links) if row["record_l"] == row["record_r"]}


@pytest.mark.parametrize("case", range(len(LEVELS)), ids=lambda i: f"{LEVELS[i][1]} {i}")
def test_two_records_agree_at_the_level_that_says_what_happened(case, levels_seen):
    name, level = LEVELS[case][:2]
    assert BY_NAME[name].level(levels_seen[str(case)][f"gamma_{name}"]).name == level


def first_name(given):
    with duckdb.connect() as con:
        return con.execute(
            f"SELECT {names.first_name('given')} FROM (SELECT ? AS given)", [given]
        ).fetchall()[0][0]


@pytest.mark.parametrize(
    "named", ["Mr", "UNKNOWN", "FNU", "Lady of the House", "male child", "CURRENT RESIDENT"]
)
def test_who_is_named_by_a_role_has_no_first_name(named):
    assert first_name(named) is None


@pytest.mark.parametrize("named", ["LADY", "SON", "MAN", "PRINCE", "MISSY", "CHILDE", "FRIENDA"])
def test_a_name_that_is_a_word_stays_a_name(named):
    assert first_name(named) == named


def scored(path, rows):
    """Pairs that differ in the birth alone: (level of birth, weight, pairs)."""
    birth = [level.name for level in BY_NAME["birth"].levels]
    gammas, weights = [], []
    for level, weight, pairs in rows:
        gammas += [len(birth) - 1 - birth.index(level)] * pairs
        weights += [weight] * pairs
    columns = {name: np.full(len(gammas), -1) for name in GAMMAS} | {"gamma_birth": np.array(gammas)}
    pq.write_table(pa.table(columns | {"match_weight": np.array(weights)}), path)
    return path


def test_a_level_is_learned_from_pairs_that_other_fields_make_sure(tmp_path):
    model = replace(models.shipped(), fitted=Fit(2_000, 2_000, 1_000), prior=1_000 / 4e6)
    path = scored(
        tmp_path / "pairs.parquet", [("full date", 20.0, 950), ("same year", 12.0, 50), ("gap", -9.0, 900)]
    )
    learned = refined(path, model, veto=True)
    assert learned.m["birth", "same year"] == pytest.approx(0.05, rel=0.1)
    assert learned.prior == pytest.approx(1_000 / 4e6, rel=0.05)
    assert ("birth", "gap") not in learned.m and ("birth", "edit or swap") not in learned.m


def test_a_share_among_all_pairs_is_not_taken_for_strangers():
    learned = Learned({("birth", "full date"): 0.9}, prior=5e-5)
    assert learned.of_strangers(("birth", "full date"), 8e-5) == pytest.approx(3.5e-5)
    assert learned.of_strangers(("birth", "full date"), 4e-5) == pytest.approx(2e-6)
    assert learned.of_strangers(("sex", "same"), 0.5) == 0.5
