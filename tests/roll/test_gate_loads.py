"""The gate on real loads: overruled with a reason, reused ids kept, flagged voters gone everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from deliveries import ids, line, lines, taken, vault_of, written

from commonroll.roll.gate import reports
from commonroll.roll.gate.gate import Overruled
from commonroll.roll.load import LoadResult
from commonroll.roll.vault.vault import Vault

WORD = Overruled("owner@example.org", "the county merged with its neighbour")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


def delivered(vault: Vault, folder: Path, rows: Sequence[str], **options: object) -> LoadResult:
    return taken(vault, written(folder / "ncvoter_Statewide.txt", rows), **options)


def test_what_the_gate_refuses_an_owner_can_overrule_with_a_reason(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, lines(400))
    refused = delivered(vault, tmp_path, lines(100))
    assert (refused.verdict, refused.snapshot, refused.report.final) == ("refuse", None, ())
    overruled = delivered(vault, tmp_path, lines(100), overrule=WORD)
    assert overruled.snapshot is not None and overruled.snapshot.number == 2
    assert overruled.verdict == "refuse"
    kept = reports.read(vault, overruled.load)
    assert kept is not None
    assert kept["report"]["overruled"] == {"by": WORD.by, "reason": WORD.reason}
    assert len(ids(vault, vault.current())) == 100


def test_what_the_gate_accepts_needs_no_reason(vault: Vault, tmp_path: Path) -> None:
    result = delivered(vault, tmp_path, lines(3), overrule=WORD)
    assert result.snapshot is not None and result.report.overruled is None


#    a delivery that is no roll of the state, and what says so
FOR_GOOD = [
    ([line(n, res_street_address="", state_cd="VA") for n in range(1, 41)], "live in another state"),
    ([line(n).replace("\t", " ") for n in range(1, 41)], "lines did not load"),
]


@pytest.mark.parametrize(("rows", "says"), FOR_GOOD)
def test_what_is_no_roll_of_the_state_no_owner_overrules(
    vault: Vault, tmp_path: Path, rows: list[str], says: str
) -> None:
    first = delivered(vault, tmp_path, lines(40))
    result = delivered(vault, tmp_path, [*rows, line(41)], overrule=WORD)
    assert (result.snapshot, result.report.overruled) == (None, None)
    assert any(says in sentence for sentence in result.report.final)
    assert vault.current() == first.snapshot


def test_a_reused_id_is_kept_for_the_owner_and_not_by_a_dry_run(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, lines(30))
    other = line(7, first_name="BO", last_name="OWL", birth_year="1999")
    rows = [other if n == 7 else line(n) for n in range(1, 31)]
    tried = delivered(vault, tmp_path, rows, dry_run=True)
    assert tried.report.churn is not None and tried.report.churn.reused == 1
    assert not list((vault.path / "reports").glob("*.parquet"))
    result = delivered(vault, tmp_path, rows)
    assert reports.reused_ids(vault, result.load).to_pylist() == [
        {"state_voter_id": "AA000007", "county_fips": "37001"}
    ]
    assert "1 id of snapshot 1 means another person now; the old rows end, new ones begin." in (
        result.report.sentences
    )


def test_the_report_says_what_became_of_the_ids(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, lines(30))
    result = delivered(vault, tmp_path, [line(n) for n in range(3, 32)])
    said = result.report.as_dict()["ids"]
    assert {name: said[name] for name in ("before", "gone", "new", "reused")} == {
        "before": 30, "gone": 2, "new": 1, "reused": 0,
    }  # fmt: skip


FLAGGED = {"confidential_ind": "Y", "first_name": "", "res_street_address": ""}


def protected(vault: Vault) -> list[str]:
    return sorted(vault.suppressed()["state_voter_id"].to_pylist())


def test_who_is_flagged_now_leaves_the_older_snapshots_at_once(vault: Vault, tmp_path: Path) -> None:
    first = delivered(vault, tmp_path, lines(30))
    assert protected(vault) == []
    delivered(vault, tmp_path, [line(n, **(FLAGGED if n == 7 else {})) for n in range(1, 31)])
    assert protected(vault) == ["AA000007"]
    tables = vault.owner_tables(first.snapshot, statement=True)
    assert tables.suppressed.to_pylist() == [
        {"state_voter_id": "AA000007", "reason": "flagged", "channel": ""}
    ]


def test_a_flag_goes_with_the_state_but_who_left_the_file_stays_protected(
    vault: Vault, tmp_path: Path
) -> None:
    delivered(vault, tmp_path, [line(n, **(FLAGGED if n in (7, 8) else {})) for n in range(1, 31)])
    delivered(vault, tmp_path, [line(n) for n in range(1, 31) if n != 8])
    assert protected(vault) == ["AA000008"]


def test_a_delivery_that_is_not_taken_flags_nobody(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, lines(400))
    few = [line(n, **(FLAGGED if n == 7 else {})) for n in range(1, 101)]
    assert delivered(vault, tmp_path, few).snapshot is None
    assert protected(vault) == []


def test_flags_that_vanish_against_the_gates_advice_protect_on(vault: Vault, tmp_path: Path) -> None:
    delivered(vault, tmp_path, [line(n, **(FLAGGED if n <= 25 else {})) for n in range(1, 401)])
    assert delivered(vault, tmp_path, lines(400)).verdict == "refuse"
    assert delivered(vault, tmp_path, lines(400), overrule=WORD).snapshot is not None
    assert len(protected(vault)) == 25
