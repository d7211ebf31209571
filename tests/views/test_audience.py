"""Audience files: spelt as the platforms ask, hashed by the engine, without whoever stopped any channel."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views import audience
from commonroll.views.made_files import CameTo
from commonroll.views.view import NothingGranted, Plan, Question, plan

ANA = {
    "first_name": "ANA MARIA", "last_name": "O'BRIEN", "residence_zip5": "45801", "email": "Ana.B@Gmail.com ",
    "phone": "+16145550100",
}  # fmt: skip


def planned(folder: Path, people: list[dict[str, Any]], gone: Any = (), **terms: Any) -> Plan:
    given = {"purposes": {"ads", "gotv"}, "modes": {"count", "export"}} | terms
    columns = given.pop("columns", USUAL)
    place = Path(tempfile.mkdtemp(dir=folder))
    owners = [owned(tables(place, "oh", people, suppressed=gone), grant("oh", columns, **given))]
    asked = Question(
        "national",
        "ads",
        "export",
        columns=audience.COLUMNS,
        optional=frozenset(audience.COLUMNS),
        cause="gotv",
    )
    return plan(
        ibis_engine(), asked, owners, denied={}, names=NAMES, now=NOW, keyed=True, pseudonyms={"oh": b"key"}
    )


def made(folder: Path, people: list[dict[str, Any]], **terms: Any) -> tuple[list[dict[str, str]], CameTo]:
    path = folder / "audience.csv"
    found = planned(folder, people, **terms)
    _, came_to = audience.write(found, path, "csv", lambda: None, None, folder / "keys.parquet")
    with path.open() as file:
        return list(csv.DictReader(file)), came_to


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_line_is_what_the_platforms_hash_and_nothing_of_the_person_besides(tmp_path: Path) -> None:
    ((line,), came_to) = made(tmp_path, [voter("SECRET1", **ANA)])
    assert line == {
        "Email": digest("ana.b@gmail.com"), "Phone": digest("+16145550100"), "First Name": digest("anamaria"),
        "Last Name": digest("o'brien"), "Country": "US", "Zip": "45801",
    }  # fmt: skip
    text = (tmp_path / "audience.csv").read_text().casefold()
    assert not [word for word in ("secret", "ana", "brien", "6145550100", "gmail") if word in text]
    assert came_to == CameTo(1, {"oh": 1}, 0, {"nothing to match by": 0, "the same line as another": 0})
    assert pq.read_table(tmp_path / "keys.parquet").to_pylist() == [
        {"row_no": 1, "owner": "oh", "state_voter_id": "SECRET1"}
    ]


MATCHED = [
    ({"email": "nobody", "phone": "6145550100"}, ("Country", "First Name", "Last Name", "Zip")),
    ({"email": None, "residence_zip5": "458"}, ("Phone",)),
    ({"first_name": "A"}, ("Email", "Phone")),
    ({"last_name": None, "phone": "+1614"}, ("Email",)),
    ({"email": "", "phone": None, "residence_zip5": None}, None),
]


@pytest.mark.parametrize(("changes", "columns"), MATCHED, ids=[str(changes) for changes, _ in MATCHED])
def test_what_cannot_be_matched_is_not_hashed(tmp_path: Path, changes: Any, columns: Any) -> None:
    lines, came_to = made(tmp_path, [voter("1", **ANA | changes)])
    assert [tuple(sorted(name for name, cell in line.items() if cell)) for line in lines] == (
        [] if columns is None else [columns]
    )
    assert came_to.unreached == (columns is None)


@pytest.mark.parametrize("channel", ["door", "phone", "text", "mail", "email", ""])
def test_who_stopped_any_channel_is_in_no_audience(tmp_path: Path, channel: str) -> None:
    people = [voter("1", **ANA), voter("2", **ANA | {"email": "luis@example.org"})]
    ((line,), came_to) = made(tmp_path, people, gone=[("1", channel)])
    assert line["Email"] == digest("luis@example.org") and came_to.persons == {"oh": 1}


def test_two_rows_of_one_person_are_one_line_that_both_stand_in(tmp_path: Path) -> None:
    (_, came_to) = made(tmp_path, [voter("1", **ANA), voter("2", **ANA)])
    assert came_to == CameTo(1, {"oh": 2}, 0, {"nothing to match by": 0, "the same line as another": 1})
    assert pq.read_table(tmp_path / "keys.parquet")["state_voter_id"].to_pylist() == ["1", "2"]
    assert audience.preview(planned(tmp_path, [voter("1", **ANA), voter("2", **ANA)])) == came_to


def test_an_owner_that_gives_names_alone_gives_no_line_and_hides_its_masked_numbers(tmp_path: Path) -> None:
    names = ["voters.first_name", "voters.last_name", "voters.phone"]
    lines, came_to = made(tmp_path, [voter("1", **ANA)], columns=names, masks={"voters.phone": "last4"})
    assert not lines and came_to.unreached == 1


def test_ads_are_granted_as_such_and_leave_as_an_audience_alone(tmp_path: Path) -> None:
    for purposes in ({"gotv"}, {"ads"}, {"mail", "gotv"}):
        with pytest.raises(NothingGranted, match="ads"):
            planned(tmp_path, [voter("1", **ANA)], purposes=purposes)
    asked = Question("national", "ads", "export", columns=("email",))
    with pytest.raises(Refusal, match="as audience files alone"):
        plan(ibis_engine(), asked, [], denied={}, names=NAMES, now=NOW)
