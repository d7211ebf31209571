"""Layouts of one's own stand beside those that come with the program, or in for them, and reports say so."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import OWN_LAYOUT, OWN_LISTS, Layout, all_layouts, layouts_in
from commonroll.roll.load import load
from commonroll.roll.vault.owner import protected
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OHIO = next(one.key for one in all_layouts() if one.state == "OH" and one.role == "registration")


def copied(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """Ohio's newest registration layout under another name, with changes."""
    text = (LAYOUTS / f"{OHIO}.toml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "oh" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def named(layouts: tuple[Layout, ...], key: str) -> Layout:
    return next(one for one in layouts if one.key == key)


def test_without_folders_of_ones_own_they_are_the_programs(tmp_path: Path) -> None:
    assert layouts_in([tmp_path / "nowhere"]) is all_layouts()


def test_a_file_of_the_same_key_stands_in_for_the_programs(tmp_path: Path) -> None:
    copied(tmp_path, f"{OHIO.removeprefix('oh/')}.toml", ('title = "', 'title = "Our own: '))
    found = layouts_in([tmp_path])
    assert len(found) == len(all_layouts())
    assert named(found, OHIO).title.startswith("Our own") and named(found, OHIO).own == OWN_LAYOUT
    assert not [one.key for one in found if one.own and one.key != OHIO]


def test_a_file_of_another_key_stands_beside_the_programs(tmp_path: Path) -> None:
    copied(
        tmp_path,
        "2030-01.registration.toml",
        (f"since = {named(all_layouts(), OHIO).since}", "since = 2030-01-01"),
    )
    found = layouts_in([tmp_path])
    assert {one.key for one in found} - {one.key for one in all_layouts()} == {"oh/2030-01.registration"}
    assert named(found, "oh/2030-01.registration").counties == named(found, OHIO).counties


def test_a_later_folder_stands_in_for_an_earlier_one(tmp_path: Path) -> None:
    name = f"{OHIO.removeprefix('oh/')}.toml"
    for who in ("federation", "member"):
        copied(tmp_path / who, name, ('title = "', f'title = "Of the {who}: '))
    both = [tmp_path / "federation", tmp_path / "member"]
    assert named(layouts_in(both), OHIO).title.startswith("Of the member")
    assert named(layouts_in(both[::-1]), OHIO).title.startswith("Of the federation")


def test_a_changed_or_removed_file_counts_at_once(tmp_path: Path) -> None:
    name = f"{OHIO.removeprefix('oh/')}.toml"
    path = copied(tmp_path, name, ('title = "', 'title = "One '))
    assert named(layouts_in([tmp_path]), OHIO).title.startswith("One ")
    copied(tmp_path, name, ('title = "', 'title = "Another '))
    assert named(layouts_in([tmp_path]), OHIO).title.startswith("Another ")
    path.unlink()
    assert layouts_in([tmp_path]) == all_layouts()


def test_a_list_of_counties_alone_adds_to_the_programs(tmp_path: Path) -> None:
    (tmp_path / "oh").mkdir()
    (tmp_path / "oh" / "counties.csv").write_text("code,fips,name\nADM,39001,Adams\n", "utf-8")
    one = named(layouts_in([tmp_path]), OHIO)
    assert one.own == OWN_LISTS
    assert one.counties["ADM"].name == "Adams"
    assert set(one.counties) == {*named(all_layouts(), OHIO).counties, "ADM"}


def test_two_layouts_that_begin_on_one_day_are_refused(tmp_path: Path) -> None:
    copied(tmp_path, "2030-01.registration.toml")
    with pytest.raises(Refusal, match="both begin on"):
        layouts_in([tmp_path])


def test_without_a_list_a_county_stands_by_its_name_or_its_fips_code(tmp_path: Path) -> None:
    path = copied(tmp_path, "2030-01.registration.toml", ('state = "OH"', 'state = "TN"'))
    (tmp_path / "tn").mkdir()
    shutil.move(path, tmp_path / "tn")
    found = named(layouts_in([tmp_path]), "tn/2030-01.registration").counties
    said = {code for code, county in found.items() if county.fips == "47157"}
    assert said == {"Shelby", "SHELBY", "Shelby County", "SHELBY COUNTY", "47157"}
    assert len({county.fips for county in found.values()}) == 95


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    found = Vault(tmp_path / "vaults", "oh")
    found.mark_sample()
    generate(["OH"], 60, 3, tmp_path / "files")
    return found


def test_a_load_says_which_files_were_read_by_a_layout_of_ones_own(vault: Vault, tmp_path: Path) -> None:
    copied(vault.own_layouts, f"{OHIO.removeprefix('oh/')}.toml")
    made = load(vault, [tmp_path / "files" / "OH"], accept="quarantine", now=NOW)
    assert made.snapshot is not None
    assert {file.evidence.endswith(OWN_LAYOUT) for file in made.report.delivered.files} == {True}


def test_a_mistake_in_ones_own_stops_loads_and_not_reading(vault: Vault, tmp_path: Path) -> None:
    load(vault, [tmp_path / "files" / "OH"], accept="quarantine", now=NOW)
    before = vault.owner_tables(statement=False)
    copied(vault.own_layouts, "2030-01.registration.toml", ("[format]", "[fromat]"))
    with pytest.raises(Refusal, match="'kind' is missing"):
        load(vault, [tmp_path / "files" / "OH"], accept="quarantine", now=NOW)
    after = vault.owner_tables(statement=False)
    assert (after.published, after.protected) == (before.published, "unstated")


def test_a_snapshot_whose_layout_was_removed_says_nothing_of_protected_voters(
    vault: Vault, tmp_path: Path
) -> None:
    since = f"since = {named(all_layouts(), OHIO).since}"
    path = copied(vault.own_layouts, "2030-01.registration.toml", (since, "since = 2030-01-01"))
    made = load(
        vault, [tmp_path / "files" / "OH"], layout="oh/2030-01.registration", accept="quarantine", now=NOW
    )
    assert made.snapshot is not None and made.snapshot.layouts == ("oh/2030-01.registration",)
    path.unlink()
    assert vault.owner_tables(statement=False).protected == "unstated"


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (["nc/2022-02.registration", "nc/2021-06.history"], "flagged"),
        (
            ["tx/2000-01.registration.fwf685"],
            named(all_layouts(), "tx/2000-01.registration.fwf685").protected,
        ),
        (["nc/2022-02.registration", "nc/1999-01.registration"], "unstated"),
        (["nc/2021-06.history"], "unstated"),
        ([], "unstated"),
    ],
)
def test_of_several_layouts_the_one_that_says_least_of_protected_voters_counts(
    keys: list[str], wanted: str
) -> None:
    assert protected(keys, all_layouts()) == wanted
