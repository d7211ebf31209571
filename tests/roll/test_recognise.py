"""A file is told by its header, or by the shape of its cells; otherwise the refusal says what differs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_layouts import ORDER, made_layout

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import Layout, all_layouts, layout, load_layout
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.recognition.drift import HeaderDrift
from commonroll.roll.recognition.headers import repeated
from commonroll.roll.recognition.recognise import recognise
from commonroll.roll.recognition.recognition import Incoming, incoming
from thorough import dear

SAMPLES = [
    (f"{path.parent.parent.parent.name}/{path.parent.name}", path)
    for path in sorted(LAYOUTS.glob("*/sample/*/*"))
]
Change = Callable[[list[str]], list[str]]
HEADED = [known.key for known in all_layouts() if known.format.header]
TOLD_BY_NAME = ("mt/2000-01.history", "mt/2000-01.absentee")
"""One file of one state that is read as either, for elections or for ballots."""


def sample(key: str) -> tuple[str, list[str]]:
    path = next(path for known, path in SAMPLES if known == key)
    return path.name, path.read_bytes().decode("latin-1").splitlines()


def header(known: Layout, columns: list[str]) -> bytes:
    """A line that names columns as the layout's files do; numbers of columns of one name go."""
    names = [next(iter(repeated([column])), column) for column in columns]
    wrapped = known.format.quoting != "none"
    return (known.format.delimiter.join(f'"{n}"' if wrapped else n for n in names) + "\n").encode("latin-1")


def with_header(key: str, change: Change) -> tuple[bytes, str]:
    """The sample's first line with its columns changed, every other line dropped."""
    known = layout(key)
    return header(known, change(list(known.order))), sample(key)[0]


def seen_of(path: Path, work: Path) -> Incoming:
    (found,) = incoming(open_delivery([path], work))
    return found


@pytest.mark.parametrize(("key", "path"), SAMPLES, ids=[str(p.relative_to(LAYOUTS)) for _, p in SAMPLES])
def test_every_sample_is_recognised(key: str, path: Path, tmp_path: Path) -> None:
    seen = seen_of(path, tmp_path)
    assert seen.layout.key == key
    assert seen.layout.role == key.split(".")[1]
    assert ("no header" in seen.evidence) is not layout(key).format.header


@pytest.mark.parametrize(("key", "path"), SAMPLES, ids=[str(p.relative_to(LAYOUTS)) for _, p in SAMPLES])
def test_the_name_of_a_file_is_not_needed(key: str, path: Path, tmp_path: Path) -> None:
    if key in TOLD_BY_NAME or "no cell that tells" in seen_of(path, tmp_path).evidence:
        pytest.skip("no cell tells this file from another")
    named = Path(shutil.copy(path, tmp_path / f"delivery{path.suffix if path.suffix == '.xlsx' else ''}"))
    assert seen_of(named, tmp_path).layout.key == key


@pytest.mark.parametrize("key", HEADED)
def test_a_header_alone_says_the_layout_or_which_fit_alike(key: str) -> None:
    known = layout(key)
    try:
        assert recognise(header(known, list(known.order)), "delivery").layout.key == key
    except Refusal as refusal:
        assert key in TOLD_BY_NAME and key in refusal.what
        assert "--layout" in refusal.next_step


def test_layouts_that_fit_alike_are_named_and_not_guessed(tmp_path: Path) -> None:
    form = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "none"'
    alike = [made_layout(tmp_path, form, key=f"202{year}-01.registration") for year in (5, 6)]
    with pytest.raises(Refusal) as refusal:
        recognise("|".join(ORDER) + "\n1|TERN|D|2026-01-01\n", "v.txt", layouts=alike)
    assert "nc/2025-01.registration, nc/2026-01.registration" in refusal.value.what
    assert "TERN" not in str(refusal.value)
    named = made_layout(tmp_path, form, key="2027-01.registration", files="voters*.txt")
    one = made_layout(tmp_path, form, key="2028-01.registration", files="other*.txt")
    assert recognise("|".join(ORDER) + "\n", "voters7.txt", layouts=[one, named]).layout is named


def test_of_layouts_that_fit_the_cells_tell(tmp_path: Path) -> None:
    form = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "none"'
    days = made_layout(tmp_path, form, key="2025-01.registration")
    made_layout(tmp_path, form, key="2026-01.registration")
    path = tmp_path / "nc" / "2026-01.registration.toml"
    path.write_text(path.read_text().replace('D = "DEM"', 'X = "DEM"').replace('R = "REP"', 'Y = "REP"'))
    months = load_layout(path)
    for cell, wanted in (("D", days), ("X", months)):
        head = "|".join(ORDER) + f"\n1|TERN|{cell}|2026-01-01\n"
        assert recognise(head, "v.txt", layouts=[days, months]).layout is wanted


def test_columns_in_another_order_are_read_by_name() -> None:
    head, name = with_header("nc/2022-02.registration", lambda columns: columns[::-1])
    seen = recognise(head, name)
    assert seen.columns == layout("nc/2022-02.registration").order[::-1]
    assert "not in official order" in seen.evidence


@settings(max_examples=dear(40), deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([key for key in HEADED if key not in TOLD_BY_NAME]),
)
def test_any_order_of_the_known_columns_is_recognised(luck: Random, key: str) -> None:
    known = layout(key)
    seen = recognise(header(known, luck.sample(known.order, len(known.order))), "delivery")
    assert (seen.layout.key, set(seen.columns)) == (key, set(known.order))


@pytest.mark.parametrize("column", layout("nc/2022-02.registration").order)
def test_each_column_that_is_missing_is_named(column: str) -> None:
    head, name = with_header("nc/2022-02.registration", lambda c: [x for x in c if x != column])
    with pytest.raises(Refusal, match=f"{column} missing"):
        recognise(head, name)


def test_known_spellings_are_evidence() -> None:
    head, name = with_header(
        "wa/2023-08.registration", lambda c: ["YearOfBirth" if x == "Birthyear" else x for x in c]
    )
    seen = recognise(head, name)
    assert "Birthyear" in seen.columns
    assert "known spellings: YearOfBirth" in seen.evidence


def test_columns_that_may_be_absent() -> None:
    gone = ("Title", "AbsenteeType")
    head, name = with_header("wa/2020-01.registration", lambda columns: [c for c in columns if c not in gone])
    seen = recognise(head, name)
    assert seen.layout.key == "wa/2020-01.registration"
    assert "without Title, AbsenteeType" in seen.evidence


def test_elections_of_a_wide_history_are_columns() -> None:
    head, name = with_header(
        "oh/2018-04.registration", lambda c: [*c, "GENERAL-11/05/2024", "PRIMARY-05/05/2026"]
    )
    assert recognise(head, name).columns[-1] == "PRIMARY-05/05/2026"


# layout, what is done to its header, what the refusal says
REFUSED: list[tuple[str, Change, list[str]]] = [
    (
        "nc/2022-02.registration",
        lambda columns: ["party" if c == "party_cd" else c for c in columns],
        ["nc/2022-02.registration comes closest", "party_cd missing", "party unknown"],
    ),
    ("nc/2022-02.registration", lambda columns: columns[:-1], ["vtd_desc missing"]),
    ("nc/2022-02.registration", lambda columns: [*columns, "shoe_size"], ["shoe_size unknown"]),
    ("nc/2022-02.registration", lambda columns: [*columns, "ncid"], ["ncid there twice"]),
    ("oh/2018-04.registration", lambda c: [*c, "GENERAL-2024"], ["oh/2018-04", "GENERAL-2024 unknown"]),
    ("wa/2020-01.history", lambda columns: columns[1:], ["VoterHistoryID missing"]),
]


@pytest.mark.parametrize(("key", "change", "said"), REFUSED, ids=[said[-1] for _, _, said in REFUSED])
def test_a_changed_header_stops_and_says_what_differs(key: str, change: Change, said: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        recognise(*with_header(key, change))
    for words in said:
        assert words in refusal.value.what
    assert refusal.value.next_step


def test_a_history_file_whose_header_was_forgotten() -> None:
    """Washington sent one in June 2024."""
    name, lines = sample("wa/2020-01.history")
    seen = recognise("\n".join(lines[1:6]) + "\n", name)
    assert (seen.layout.key, seen.has_header) == ("wa/2020-01.history", False)
    assert seen.columns == layout("wa/2020-01.history").order


def test_a_byte_order_mark_before_the_header() -> None:
    head, name = with_header("wa/2020-01.history", lambda columns: columns)
    assert recognise(b"\xef\xbb\xbf" + head, name).has_header


def test_a_partial_last_line_does_not_count() -> None:
    name, lines = sample("fl/2018-10.registration")
    assert recognise("\n".join([*lines[:3], "DES\t1000"]), name).layout.key == "fl/2018-10.registration"


@pytest.mark.parametrize("missing", ["", "\n\n"])
def test_an_empty_file_is_refused(missing: str) -> None:
    with pytest.raises(Refusal, match="empty"):
        recognise(missing, "ncvoter_Statewide.txt")


def test_a_headerless_file_with_a_field_too_few() -> None:
    name, lines = sample("fl/2018-10.registration")
    short = "\n".join(line.rsplit("\t", 1)[0] for line in lines) + "\n"
    with pytest.raises(Refusal) as refusal:
        recognise(short, name)
    assert "fl/2018-10.registration comes closest: 37 fields, not 38" in refusal.value.what


def test_a_headerless_file_with_its_columns_shifted() -> None:
    name, lines = sample("fl/2018-10.registration")
    shifted = "\n".join("\t".join([*line.split("\t")[1:], ""]) for line in lines) + "\n"
    with pytest.raises(Refusal, match=r"38 fields, but only \d+% of the cells fit"):
        recognise(shifted, name)


def test_no_cell_of_a_person_is_in_a_refusal() -> None:
    for key, path in SAMPLES:
        known = layout(key)
        if known.state not in ("NC", "OH", "FL", "WA"):
            continue
        body = path.read_bytes().decode("latin-1").splitlines()[1:]
        cut = "\n".join(line.rsplit(known.format.delimiter, 3)[0] for line in body) + "\n"
        with pytest.raises(Refusal) as refusal:
            recognise(cut, path.name)
        told = str(refusal.value)
        for word in ("ASHBY", "NORA", "BRANDT", "CORTEZ", "INES", "DUNN", "AVERY", "ALDER", "BL1000"):
            assert word not in told


def test_every_layout_has_a_sample() -> None:
    assert {key for key, _ in SAMPLES} == {known.key for known in all_layouts()}


@pytest.mark.parametrize(
    ("written", "column", "because"),
    [
        ("Year of Birth", "Birth Year", "name"),
        ("Res. City Name", "Residence City", "name"),
        ("Dwelling Town", "Residence City", "place"),
    ],
)
def test_a_renamed_column_is_told_by_its_words_or_its_place(written: str, column: str, because: str) -> None:
    head, name = with_header(
        "ga/2023-05.registration", lambda names: [written if n == column else n for n in names]
    )
    with pytest.raises(HeaderDrift) as refusal:
        recognise(head, name)
    [proposal] = refusal.value.drift.unknown
    assert (proposal.like, proposal.because) == (column, because)


def test_an_unknown_column_comes_with_a_proposal() -> None:
    head, name = with_header(
        "wa/2023-08.registration", lambda names: ["Birth yr" if n == "Birthyear" else n for n in names]
    )
    with pytest.raises(HeaderDrift) as refusal:
        recognise(head, name)
    drift = refusal.value.drift
    assert (drift.layout, drift.missing) == ("wa/2023-08.registration", ("Birthyear",))
    assert drift.headers == {"Birth yr": "Birthyear"}
    assert '"Birthyear" = ["Birth yr"]' in refusal.value.next_step
    assert drift.as_dict()["unknown"] == [
        {"column": "Birth yr", "like": "Birthyear", "because": "name", "kind": ""}
    ]


@pytest.mark.parametrize(
    ("column", "cells", "like", "kind"),
    [
        ("XX", ["2026-01-01", "2025-12-31"], "SINCE", "date"),
        ("XX", ["D", "R", "D"], "PARTY", "code"),
        ("P_ARTY", ["?", "!"], "PARTY", ""),
        ("XX", ["27601", "27601-1234"], "", "zip"),
        ("XX", ["(919) 555-0100", "919-555-0101"], "", "phone"),
        ("XX", ["HARROWBROOK", "WELLS"], "", ""),
        ("XX", [], "", ""),
    ],
)
def test_what_a_column_may_be(tmp_path: Path, column: str, cells: list[str], like: str, kind: str) -> None:
    form = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "none"'
    gone = like or "NAME"
    names = [name for name in ORDER if name != gone]
    lines = ["|".join([*names, column]), *("|".join(["1"] * len(names) + [cell]) for cell in cells)]
    with pytest.raises(HeaderDrift) as refusal:
        recognise("\n".join(lines) + "\n", "v.txt", layouts=[made_layout(tmp_path, form)])
    (proposed,) = refusal.value.drift.unknown
    assert (proposed.column, proposed.like, proposed.kind) == (column, like, kind)
    assert not any(cell in str(refusal.value) for cell in cells if len(cell) > 4)
