"""Corrections are read strictly, put in where they fit, counted, and end on their day."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.gate.corrections_applied import correct
from commonroll.roll.layout.standing import EARLIEST, NEVER
from commonroll.roll.load import LoadResult, load
from commonroll.roll.redaction.redaction import redact
from commonroll.roll.vault.corrections import COLUMNS, Correction, fault_of, keep, read, written
from commonroll.roll.vault.vault import Vault

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LINE = Correction(
    "precinct=12A", "precinct_name", "SAINT MARK", "ST MARK'S CHURCH", "the county wrote it wrong",
    "the county's list of precincts", "alice@example.org", date(2026, 11, 1), date(2027, 11, 1),
)  # fmt: skip
VOTER = replace(LINE, match="state_voter_id=OH1", field="first_name", old="ADA", new="ADAH")


def listed(folder: Path, *lines: str, head: str = ",".join(COLUMNS)) -> Path:
    path = folder / "oh" / "corrections.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([head, *lines, ""]), "utf-8")
    return path


def line(**changes: Any) -> str:
    row = {name: str(value) for name, value in vars(replace(LINE)).items()} | changes
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([row[name] for name in COLUMNS])
    return out.getvalue()


def test_a_list_is_read(tmp_path: Path) -> None:
    assert read(listed(tmp_path, line()), personal=False) == (LINE,)
    assert read(tmp_path / "nowhere.csv", personal=False) == ()


FAULTS = [
    ({"match": "state_voter_id=OH1"}, "`match` is one of"),
    ({"match": "last_name=DOE"}, "`match` is one of"),
    ({"match": "precinct="}, "`match` is one of"),
    ({"field": "last_name"}, "cannot be corrected"),
    ({"field": "confidential"}, "cannot be corrected"),
    ({"field": "county_name"}, "cannot be corrected"),
    ({"field": "colour"}, "cannot be corrected"),
    ({"new": "SAINT MARK"}, "the same"),
    ({"reason": "wrong"}, "reason and source"),
    ({"reason": "TODO find out"}, "reason and source"),
    ({"source": ""}, "reason and source"),
    ({"by": ""}, "who says so"),
    ({"until": "2026-10-01"}, "ends before it begins"),
    ({"until": "tomorrow"}, "a day is not of the form"),
    ({"new": "=HYPERLINK(1)"}, "no value begins with"),
    ({"new": " CHURCH"}, "no value begins with"),
    ({"field": "county_fips", "old": "39001", "new": "99999"}, "no county"),
]


@pytest.mark.parametrize(("changes", "said"), FAULTS)
def test_a_line_with_a_mistake_is_refused(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read(
            listed(
                tmp_path,
                line(),
                line(match="precinct=13", **changes) if "match" not in changes else line(**changes),
            ),
            personal=False,
        )
    assert said in refusal.value.what and refusal.value.where == "oh/corrections.csv"
    assert "line 3" in refusal.value.what


@pytest.mark.parametrize("head", ["match,field,old,new", "", ",".join(reversed(COLUMNS))])
def test_other_columns_are_refused(tmp_path: Path, head: str) -> None:
    with pytest.raises(Refusal, match="the columns are not"):
        read(listed(tmp_path, line(), head=head), personal=False)


def test_two_lines_about_the_same_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="what another line does"):
        read(listed(tmp_path, line(), line(new="ANOTHER")), personal=False)


def test_a_fix_to_one_voter_stands_in_a_vault_alone() -> None:
    assert fault_of(VOTER, personal=True) == "" and fault_of(VOTER, personal=False)
    assert fault_of(LINE, personal=True) and fault_of(LINE, personal=False) == ""


def test_no_list_beside_the_programs_layouts_names_a_voter() -> None:
    for path in LAYOUTS.glob("*/corrections.csv"):
        assert all(not one.of_a_voter for one in read(path, personal=False)), path


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20
)
LINES = st.builds(
    lambda match, new, reason, by: replace(
        LINE, match=f"precinct={match.strip() or 'x'}", new=new, reason=f"it is {reason}", by=by
    ),
    TEXTS, TEXTS, TEXTS, TEXTS,
)  # fmt: skip


@given(st.lists(LINES, max_size=5, unique_by=lambda one: one.match))
def test_a_list_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Correction]
) -> None:
    sound = [one for one in lines if not fault_of(one, personal=False)]
    path = tmp_path_factory.mktemp("lists") / "corrections.csv"
    keep(path, sound)
    assert read(path, personal=False) == tuple(sound) and written(sound) == path.read_text("utf-8")


# Applied


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    generate(["OH"], 120, 5, folder)
    return folder / "OH"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    found = Vault(tmp_path / "vaults", "oh")
    found.mark_sample()
    return found


def loaded(vault: Vault, files: Path) -> LoadResult:
    made = load(vault, [files], accept="quarantine", now=NOW)
    assert made.snapshot is not None
    return made


def voters(vault: Vault) -> list[dict[str, Any]]:
    snapshot = vault.current()
    assert snapshot is not None
    rows: list[dict[str, Any]] = pa.concat_tables(
        [pq.read_table(path) for path in vault.files(snapshot, "voters")]
    ).to_pylist()
    return sorted(rows, key=lambda row: row["state_voter_id"])


def test_a_shared_value_is_corrected_for_all_who_share_it_and_nothing_else_changes(
    vault: Vault, files: Path
) -> None:
    loaded(vault, files)
    before = voters(vault)
    precinct, name = before[0]["precinct"], before[0]["precinct_name"]
    keep(_shared(vault), [replace(LINE, match=f"precinct={precinct}", old=name, new="NEW HALL")])
    report = loaded(vault, files).report
    meant = [row for row in before if (row["precinct"], row["precinct_name"]) == (precinct, name)]
    wanted = [row | ({"precinct_name": "NEW HALL"} if row in meant else {}) for row in before]
    assert voters(vault) == wanted
    assert report.as_dict()["corrections"]["rows"] == {f"precinct_name where precinct={precinct}": len(meant)}


def _shared(vault: Vault) -> Path:
    path = vault.layout_folders[0] / "oh" / "corrections.csv"
    path.parent.mkdir(parents=True)
    return path


def test_a_fix_to_one_voter_changes_one_row_and_is_named_by_its_field_alone(
    vault: Vault, files: Path
) -> None:
    loaded(vault, files)
    before = voters(vault)
    one = before[3]
    keep(
        vault.own_corrections,
        [replace(VOTER, match=f"state_voter_id={one['state_voter_id']}", old=one["first_name"], new="ZZYZX")],
    )
    report = loaded(vault, files).report
    assert voters(vault) == [row | ({"first_name": "ZZYZX"} if row == one else {}) for row in before]
    assert report.as_dict()["corrections"]["rows"] == {"first_name of single voters": 1}
    assert one["state_voter_id"] not in str(report.as_dict()) and "ZZYZX" not in str(report.as_dict())


def test_a_correction_ends_when_the_state_writes_something_else(vault: Vault, files: Path) -> None:
    loaded(vault, files)
    before = voters(vault)
    keep(
        vault.own_corrections,
        [replace(VOTER, match=f"state_voter_id={before[0]['state_voter_id']}", old="NOT THIS", new="ZZYZX")],
    )
    report = loaded(vault, files).report
    assert voters(vault) == before
    assert report.as_dict()["corrections"] == {"rows": {"first_name of single voters": 0}, "expired": []}


def test_an_expired_correction_does_nothing_and_is_named(vault: Vault, files: Path) -> None:
    loaded(vault, files)
    before = voters(vault)
    one = replace(
        LINE,
        match=f"precinct={before[0]['precinct']}",
        old=before[0]["precinct_name"],
        until=date(2026, 11, 25),
    )
    keep(_shared(vault), [one])
    report = loaded(vault, files).report
    assert voters(vault) == before
    assert any(
        "1 corrections have expired" in said and "until 2026-11-25" in said for said in report.sentences
    )


def test_a_mistake_in_a_list_stops_the_load(vault: Vault, files: Path) -> None:
    _shared(vault).write_text("match,field\n", "utf-8")
    with pytest.raises(Refusal, match="the columns are not"):
        load(vault, [files], accept="quarantine", now=NOW)
    assert vault.current() is None


def row_of(vault: Vault, files: Path, **values: Any) -> Path:
    loaded(vault, files)
    made = voters(vault)[0] | values
    path = vault.path / "one.parquet"
    snapshot = vault.current()
    assert snapshot is not None
    schema = pq.read_schema(vault.files(snapshot, "voters")[0])
    pq.write_table(pa.Table.from_pylist([made], schema=schema), path)
    return path


@pytest.mark.parametrize(
    ("field", "old", "new", "wanted"),
    [
        (
            "birth_date",
            date(1980, 5, 5),
            "2015-05-05",
            {
                "birth_date": date(2015, 5, 5),
                "birth_year": 2015,
                "shown_from": date(2033, 5, 5),
                "listed_from": date(2033, 5, 5),
            },
        ),
        ("status", "active", "removed", {"status": "removed", "shown_from": EARLIEST, "listed_from": NEVER}),
        ("county_fips", "39001", "39049", {"county_fips": "39049", "county_name": "Franklin"}),
        ("phone", None, "+16145550123", {"phone": "+16145550123"}),
        ("residence_unit", "APT 1", "", {"residence_unit": None}),
        ("permanent_absentee", None, "true", {"permanent_absentee": True}),
        ("registered_on", date(2001, 1, 1), "2001-02-03", {"registered_on": date(2001, 2, 3)}),
    ],
)
def test_what_follows_from_a_corrected_field_is_worked_out_anew(
    vault: Vault, files: Path, field: str, old: Any, new: str, wanted: dict[str, Any]
) -> None:
    sound = {"birth_date": date(1980, 5, 5), "birth_year": 1980, "status": "active", "confidential": False}
    path = row_of(vault, files, **{**sound, field: old, "state_voter_id": "OH1"})
    one = replace(VOTER, field=field, old="" if old is None else str(old), new=new)
    assert fault_of(one, personal=True) == ""
    assert correct([path], [one], TODAY).rows == {f"{field} of single voters": 1}
    (row,) = pq.read_table(path).to_pylist()
    assert {name: row[name] for name in wanted} == wanted
    again = correct([path], [one], TODAY)
    assert again.rows == {f"{field} of single voters": 0}, (
        "a correction that was put in finds nothing to change"
    )


def test_a_redaction_takes_protected_voters_out_of_the_list(vault: Vault, files: Path) -> None:
    loaded(vault, files)
    ids = [row["state_voter_id"] for row in voters(vault)[:2]]
    keep(vault.own_corrections, [replace(VOTER, match=f"state_voter_id={one}") for one in ids])
    vault.suppress([ids[0]], "protected")
    done = redact(vault, now=NOW, wait=0)
    assert [one.value for one in read(vault.own_corrections, personal=True)] == [ids[1]]
    assert "corrections.csv" in {one.place for one in done.files}
