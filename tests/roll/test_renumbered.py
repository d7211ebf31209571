"""Voters who get a new number are found under it; who is left out of reads stays so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deliveries import NOW, ids, line, lines, taken, vault_of, written
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import answer, table, voter

from commonroll.roll.changes.diff import diff
from commonroll.roll.gate import reports
from commonroll.roll.gate.reuse import churn
from commonroll.roll.load import LoadResult, load
from commonroll.roll.redaction.redaction import redact
from commonroll.roll.vault import renumbered
from commonroll.roll.vault.vault import Vault
from thorough import dear

Row = dict[str, Any]
PERSON = {"last_name": "TERN", "first_name": "ADA"}


def pairs(tmp_path: Path, old: Sequence[Row], new: Sequence[Row], watched: Sequence[str] = ()) -> Any:
    paths = tmp_path / "old.parquet", tmp_path / "new.parquet"
    for path, rows in zip(paths, (old, new), strict=True):
        pq.write_table(table("voters", rows), path)
    named = pa.table({"state_voter_id": pa.array(watched, pa.string())})
    _, found = churn(ibis.duckdb.connect(), [paths[0]], [paths[1]], named)
    made = found.renumbered
    return [sorted(tuple(row.values()) for row in one.to_pylist()) for one in (made.pairs, made.perhaps)]


def anew(number: int, **changes: Any) -> Row:
    """Voter `number` under another id."""
    return voter(number, state_voter_id=f"ZZ{number:06}", **changes)


BORN = {"birth_year": None, "registered_on": date(2001, 5, 1)}

#    the roll then, the roll now, who is found again
FOUND: list[tuple[list[Row], list[Row], list[tuple[str, str]]]] = [
    ([voter(1), voter(2)], [anew(1), anew(2)], [("AA000001", "ZZ000001"), ("AA000002", "ZZ000002")]),
    ([voter(1), voter(2)], [voter(1), anew(2)], [("AA000002", "ZZ000002")]),
    ([voter(1)], [anew(1, residence_line1="9 ELM ST", county_fips="37063")], [("AA000001", "ZZ000001")]),
    ([voter(1)], [anew(1, birth_year=1981)], []),
    ([voter(1)], [voter(1), anew(1)], []),
    ([voter(1, **BORN)], [anew(1, **BORN)], [("AA000001", "ZZ000001")]),
    ([voter(1, **BORN)], [anew(1, **BORN, residence_line1="9 ELM ST")], []),
    # namesakes of one year: the address tells which is which
    (
        [voter(1, **PERSON), voter(2, **PERSON)],
        [anew(1, **PERSON), anew(2, **PERSON)],
        [("AA000001", "ZZ000001"), ("AA000002", "ZZ000002")],
    ),
    ([voter(1, **PERSON)], [anew(2, **PERSON), anew(3, **PERSON)], []),
    # numbers that changed hands
    (
        [voter(1), voter(2, birth_year=1950)],
        [voter(2, state_voter_id="AA000001", birth_year=1950), voter(1, state_voter_id="AA000002")],
        [("AA000001", "AA000002"), ("AA000002", "AA000001")],
    ),
]


@pytest.mark.parametrize(("old", "new", "found"), FOUND)
def test_who_is_found_under_a_new_id(
    tmp_path: Path, old: list[Row], new: list[Row], found: list[tuple[str, str]]
) -> None:
    assert pairs(tmp_path, old, new)[0] == found


def test_namesakes_of_a_watched_voter_are_all_named(tmp_path: Path) -> None:
    old, new = [voter(1, **PERSON)], [anew(2, **PERSON), anew(3, **PERSON)]
    assert pairs(tmp_path, old, new, ["AA000001"])[1] == [("AA000001", "ZZ000002"), ("AA000001", "ZZ000003")]
    assert pairs(tmp_path, old, new)[1] == []


ROLLS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), unique_by=lambda pair: pair[0], max_size=6)


@settings(deadline=None, max_examples=dear(25))
@given(ROLLS, ROLLS)
def test_no_id_is_in_two_pairs_and_every_pair_is_of_one_person(
    tmp_path_factory: pytest.TempPathFactory, old: list[tuple[int, int]], new: list[tuple[int, int]]
) -> None:
    def roll(people: list[tuple[int, int]]) -> list[Row]:
        named = {"birth_year": 1950, "residence_line1": None}
        return [voter(n, first_name=f"F{who}", last_name=f"L{who}", **named) for n, who in people] or [
            voter(9)
        ]

    found, _ = pairs(tmp_path_factory.mktemp("rolls"), roll(old), roll(new))
    was, is_ = ({f"AA{n:06}": who for n, who in people} for people in (old, new))
    earlier, later = ([pair[i] for pair in found] for i in (0, 1))
    assert len(set(earlier)) == len(earlier) and len(set(later)) == len(later)
    assert all(was[one] == is_[other] and one != other for one, other in found)


# --- who is left out ---


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


def people(numbers: Sequence[int], *, prefix: str = "AA", **marked: Any) -> list[str]:
    """Lines of different people; `marked` changes the cells of number 7."""
    return [line(n, **_cells(n, prefix) | (marked if n == 7 else {})) for n in numbers]


def _cells(n: int, prefix: str) -> dict[str, str]:
    return {"ncid": f"{prefix}{n:06}", "last_name": f"TERN{n}", "res_street_address": f"{n} OAK ST"}


def delivered(vault: Vault, folder: Path, rows: Sequence[str], days: int = 0, **options: Any) -> LoadResult:
    file = written(folder / "ncvoter_Statewide.txt", rows)
    at = NOW + timedelta(days=days)
    return load(vault, [file], state="NC", accept="quarantine", now=at, **options)


def hidden(vault: Vault) -> set[tuple[str, str, str]]:
    return {tuple(row.values()) for row in vault.suppressed().to_pylist()}


def test_a_protected_voter_with_a_new_number_stays_protected(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    vault.suppress(["AA000007"], "protected")
    vault.suppress(["AA000008"], "opt-out", channel="phone")
    result = delivered(vault, tmp_path, people(range(1, 31), prefix="ZZ"), 1)
    assert result.snapshot is not None and "The state has renumbered" in " ".join(result.report.sentences)
    assert hidden(vault) == {
        ("AA000007", "protected", ""), ("ZZ000007", "protected", ""),
        ("AA000008", "opt-out", "phone"), ("ZZ000008", "opt-out", "phone"),
    }  # fmt: skip
    first, second = vault.snapshots()[::-1]
    total = diff(vault, first, second).total
    assert (total["added"], total["dropped"]) == (29, 29)


@pytest.mark.thorough
def test_pairs_are_kept_for_the_owner_where_the_roll_was_published(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    file = written(tmp_path / "ncvoter_Statewide.txt", people(range(1, 31), prefix="ZZ"))
    held = taken(vault, file, accept="gate")
    assert held.snapshot is None and reports.renumbered_ids(vault, held.load).num_rows == 0
    result = taken(vault, file)
    kept = reports.renumbered_ids(vault, result.load)
    assert kept.column_names == ["earlier_id", "state_voter_id"] and kept.num_rows == 30
    assert result.report.churn is not None and result.report.churn.found_again == 30


def test_one_voter_who_moved_to_another_number_stays_protected(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    vault.suppress(["AA000007"], "erased")
    moved = [
        *people([n for n in range(1, 31) if n != 7]),
        *people([7], prefix="ZZ", res_street_address="9 ELM"),
    ]
    delivered(vault, tmp_path, moved, 1)
    assert ("ZZ000007", "erased", "") in hidden(vault)


def test_every_namesake_of_a_protected_voter_whose_number_is_gone_is_left_out(
    vault: Vault, tmp_path: Path
) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    vault.suppress(["AA000007"], "protected")
    two = [line(n, last_name="TERN7", res_street_address=f"{n} ELM ST") for n in (41, 42)]
    delivered(vault, tmp_path, [*people([n for n in range(1, 31) if n != 7]), *two], 1)
    assert {one for one, _, _ in hidden(vault)} == {"AA000007", "AA000041", "AA000042"}


@pytest.mark.thorough
def test_a_flag_that_goes_with_the_number_stays_for_one_delivery(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31), confidential_ind="Y"))
    delivered(vault, tmp_path, people(range(1, 31), prefix="ZZ"), 1)
    assert {one for one, _, _ in hidden(vault)} == {"AA000007", "ZZ000007"}
    delivered(vault, tmp_path, people(range(1, 31), prefix="ZZ"), 2)
    assert {one for one, _, _ in hidden(vault)} == {"AA000007"}


def test_lists_and_opt_outs_with_an_older_number_reach_todays(vault: Vault, tmp_path: Path) -> None:
    for days, prefix in enumerate(("AA", "MM", "ZZ")):
        delivered(vault, tmp_path, people(range(1, 31), prefix=prefix), days)
    done = vault.suppress(["AA000007", "MM000008", "ZZ000009", "XX000001"], "protected")
    assert {one for one, _, _ in hidden(vault)} >= {"ZZ000007", "ZZ000008", "ZZ000009"}
    assert (done.added, done.not_on_roll) == (4, 1)
    row = answer("e1", owner="nc", state_voter_id="AA000010", channel="all")
    vault.append_events("optouts", table("optouts", [row]), now=datetime(2026, 12, 9, tzinfo=UTC))
    assert ("ZZ000010", "opt-out", "") in hidden(vault)


def test_an_older_number_that_is_somebody_elses_now_is_theirs(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    other = line(7, last_name="OWL", first_name="BO", birth_year="1950", res_street_address="1 ELM ST")
    stays = people([n for n in range(1, 31) if n != 7])
    delivered(vault, tmp_path, [*stays, *people([7], prefix="ZZ"), other], 1)
    vault.suppress(["AA000007"], "protected")
    assert {one for one, _, _ in hidden(vault)} == {"AA000007"}


def test_a_redaction_takes_a_protected_voters_pair_away(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, people(range(1, 31)))
    vault.suppress(["AA000007"], "protected")
    result = delivered(vault, tmp_path, people(range(1, 31), prefix="ZZ"), 1)
    redact(vault, now=NOW)
    kept = reports.renumbered_ids(vault, result.load)
    assert kept.num_rows == 29 and "AA000007" not in kept["earlier_id"].to_pylist()
    assert "ZZ000007" not in ids(vault, vault.current())
    assert [one.num_rows for one in renumbered.kept(vault.path / "reports")] == [29]


def test_a_vault_without_new_numbers_follows_nobody(vault: Vault, tmp_path: Path) -> None:
    taken(vault, written(tmp_path / "ncvoter_Statewide.txt", lines(5)))
    assert vault.suppress(["AA000002"]).not_on_roll == 0
    assert hidden(vault) == {("AA000002", "protected", "")}
