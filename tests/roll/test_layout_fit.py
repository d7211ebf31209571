"""Whatever a person chooses, what comes out is a layout that accounts for every column, or a refusal."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.drafting.choices import CALLS, Choices, fitted, text_of
from commonroll.roll.drafting.fit import Fit, fit
from commonroll.roll.layout.layout import all_layouts, layout, load_layout
from commonroll.roll.reading.read import open_delivery

WV = "wv/2000-01.registration"
SINCE = date(2026, 11, 1)


def sample() -> Path:
    (path,) = (LAYOUTS / "wv" / "sample" / "2000-01.registration").iterdir()
    return path


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Fit:
    """West Virginia's file: one column renamed, one gone, one new."""
    folder = tmp_path_factory.mktemp("fit")
    header, *rows = sample().read_text("latin-1").splitlines()
    names = header.split("|")
    at = names.index("POLL_NAME")
    names[names.index("PartyAffiliation")] = "PartyAffil"
    made = ["|".join(["Odd", *names[:at], *names[at + 1 :]])]
    for row in rows:
        cells = row.split("|")
        made.append("|".join(["x", *cells[:at], *cells[at + 1 :]]))
    path = folder / sample().name
    path.write_text("\n".join([*made, ""]), "latin-1")
    (folder / "work").mkdir()
    files = open_delivery([path], folder / "work")
    return fit(files, state="WV", since=SINCE, layouts=all_layouts(), folders=[])


RENAMED = {"PartyAffil": "same:PartyAffiliation"}
SOUND = Choices({**RENAMED, "Odd": "ignore"}, {"Odd": "an x in each row"})


def written(known: Fit, chosen: Choices, folder: Path) -> Path:
    path = folder / f"{known.key}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text_of(known, fitted(known, chosen, all_layouts())), "utf-8")
    return path


def test_it_starts_from_the_closest_layout_and_asks_for_what_is_new(known: Fit) -> None:
    assert (known.base, known.key) == (WV, "wv/2026-11.registration")
    assert {one.name: one.guess for one in known.columns} == RENAMED | {"Odd": ""}
    assert set(known.missing) == {"PartyAffiliation", "POLL_NAME"}


def test_a_renamed_column_is_a_spelling_and_a_column_that_is_gone_is_no_more(
    known: Fit, tmp_path: Path
) -> None:
    made = load_layout(written(known, SOUND, tmp_path), [LAYOUTS])
    assert made.canonical("PartyAffil") == "PartyAffiliation"
    assert made.columns == layout(WV).columns and made.since == SINCE
    assert made.ignore["Odd"] == "an x in each row"
    assert set(made.order) | {"POLL_NAME"} == {*layout(WV).order, "Odd"}


def test_a_column_can_become_a_field_or_a_district(known: Fit, tmp_path: Path) -> None:
    made = load_layout(written(known, Choices({**RENAMED, "Odd": "district:school"}), tmp_path), [LAYOUTS])
    assert made.districts["school"][0].id == "Odd"
    made = load_layout(written(known, Choices({**RENAMED, "Odd": "field:phone"}), tmp_path), [LAYOUTS])
    assert made.columns["phone"].call == CALLS["phone"]


CHOICES = st.sampled_from([
    "", "ignore", "same:PartyAffiliation", "same:POLL_NAME", "same:Status", "field:party", "field:phone",
    "field:colour", "field:confidential", "field:county", "district:school", "district:water", "other:x",
])  # fmt: skip
REASONS = st.sampled_from(["", "TODO", "of no use here", 'quotes " and \\ and \n lines'])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(party=CHOICES, odd=CHOICES, why=REASONS, other=REASONS, status=st.sampled_from(["", "active"]))
def test_every_choice_gives_a_layout_or_a_refusal(
    known: Fit, tmp_path: Path, party: str, odd: str, why: str, other: str, status: str
) -> None:
    before = copy.deepcopy(dict(known.document))
    chosen = Choices({"PartyAffil": party, "Odd": odd}, {"PartyAffil": why, "Odd": other}, status=status)
    try:
        made = load_layout(written(known, chosen, tmp_path), [LAYOUTS])
    except Refusal as refusal:
        assert refusal.next_step
    else:
        assert all(made.knows(made.canonical(one.name)) for one in known.columns)
    assert known.document == before


def test_a_file_that_has_a_layout_needs_none(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="has a layout"):
        fit(open_delivery([sample()], tmp_path), state="WV", since=SINCE, layouts=all_layouts(), folders=[])
