"""Bad input gets a clear answer and loses nothing: the list of the loader's issue, one test each."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from pathlib import Path

import pytest
from deliveries import (
    NC,
    column,
    header,
    ids,
    line,
    lines,
    refused,
    refused_bytes,
    taken,
    vault_of,
    written,
)

from commonroll.errors import Refusal
from commonroll.invented.generate import generate
from commonroll.roll.reading.archives import Caps
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.vault.vault import Vault
from thorough import THOROUGH


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_of(tmp_path / "vaults")


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The vaults of a member whose snapshot 1 holds thirty voters."""
    folder = tmp_path_factory.mktemp("thirty")
    taken(vault_of(folder / "vaults"), written(folder / "before.txt", lines(30)))
    return folder / "vaults"


@pytest.fixture
def good(thirty: Path, tmp_path: Path) -> Vault:
    """A vault of its own whose snapshot 1 holds thirty voters."""
    shutil.copytree(thirty, tmp_path / "vaults")
    return vault_of(tmp_path / "vaults")


def stays(vault: Vault) -> None:
    """The snapshot before is current, whole and of thirty voters; nothing is left of the failed load."""
    head = vault.current()
    assert head is not None and head.number == 1
    assert len(ids(vault, head)) == 30
    assert vault.check() == []
    assert not (vault.path / "staging").exists()


def test_a_file_of_another_state(good: Vault, tmp_path: Path) -> None:
    generate(["OH"], 50, 1, tmp_path / "out")
    with pytest.raises(Refusal, match="file of OH, the roll is of NC"):
        taken(good, tmp_path / "out" / "OH")
    stays(good)


def test_a_delivery_that_mixes_states(tmp_path: Path, good: Vault) -> None:
    generate(["OH"], 50, 1, tmp_path / "out")
    with pytest.raises(Refusal, match="OH"):
        taken(good, written(tmp_path / "n.txt", lines(30)), tmp_path / "out" / "OH")
    stays(good)


def test_a_renamed_column(good: Vault, tmp_path: Path) -> None:
    file = tmp_path / "ncvoter_Statewide.txt"
    file.write_text("\n".join([header().replace('"party_cd"', '"party_code"'), *lines(30), ""]))
    with pytest.raises(Refusal, match="party_cd"):
        taken(good, file)
    stays(good)


def test_a_reordered_column_is_read_by_its_name(good: Vault, tmp_path: Path) -> None:
    def swapped(row: str) -> str:
        cells = row.split("\t")
        cells[4], cells[5] = cells[5], cells[4]
        return "\t".join(cells)

    file = tmp_path / "ncvoter_Statewide.txt"
    file.write_text("\n".join([swapped(header()), *map(swapped, lines(30)), ""]))
    result = taken(good, file)
    assert result.verdict == "accept"
    assert set(column(good, result.snapshot, "voters", "last_name")) == {"TERN"}


def test_an_unknown_code_puts_the_line_aside_with_its_column(good: Vault, tmp_path: Path) -> None:
    result = taken(good, written(tmp_path / "n.txt", [*lines(29), line(30, party_cd="ZZZ")]))
    assert result.verdict == "quarantine"
    assert refused(good, result.load) == [(31, "unknown code in party_cd")]
    assert len(ids(good, result.snapshot)) == 29
    report = result.report.as_dict()
    assert report["unknown_codes"] == {"party_cd": {"ZZZ": 1}}
    assert sum(county["refused"] for county in report["counties"] if county["fips"]) == 1


def test_what_is_too_long_for_a_code_is_not_shown(good: Vault, tmp_path: Path) -> None:
    result = taken(good, written(tmp_path / "n.txt", [*lines(29), line(30, party_cd="PERHAPS A NAME")]))
    assert result.report.as_dict()["unknown_codes"] == {"party_cd": {"longer than a code": 1}}


def test_files_that_are_not_read_are_listed_with_the_reason(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    written(tmp_path / "d" / "ncvoter_Statewide.txt", lines(30))
    (tmp_path / "d" / "layout.pdf").write_bytes(b"a layout")
    (tmp_path / "d" / "ncvoter1.txt").write_bytes(b"")
    files = {one["name"]: one for one in taken(vault, tmp_path / "d").report.as_dict()["files"]}
    assert (files["layout.pdf"]["layout"], files["layout.pdf"]["evidence"]) == (
        "not read",
        "not a table of voters",
    )
    assert files["ncvoter1.txt"]["evidence"] == "an empty file"
    assert files["ncvoter_Statewide.txt"]["lines"] == 30


def test_a_quarantined_load_waits_unless_told_otherwise(good: Vault, tmp_path: Path) -> None:
    file = written(tmp_path / "n.txt", [*lines(29), line(30, party_cd="ZZZ")])
    result = taken(good, file, accept="gate")
    assert (result.verdict, result.snapshot) == ("quarantine", None)
    assert refused(good, result.load) == [(31, "unknown code in party_cd")]
    stays(good)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_utf_16_and_a_byte_order_mark_are_decoded(vault: Vault, tmp_path: Path, encoding: str) -> None:
    rows = [line(1, first_name="ZOË"), *lines(30)[1:]]
    text = "".join(f"{row}\n" for row in [header(), *rows])
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    file = tmp_path / "n.txt"
    file.write_bytes(mark + text.encode(encoding))
    result = taken(vault, file)
    assert "ZOË" in column(vault, result.snapshot, "voters", "first_name")
    assert len(ids(vault, result.snapshot)) == 30


def test_utf_16_without_a_mark_is_refused(good: Vault, tmp_path: Path) -> None:
    file = tmp_path / "ncvoter_Statewide.txt"
    file.write_bytes("".join(f"{row}\n" for row in [header(), *lines(30)]).encode("utf-16-le"))
    with pytest.raises(Refusal, match="no layout fits"):
        taken(good, file)
    stays(good)


def test_latin_1_and_utf_8_both_give_the_same_name(vault: Vault, tmp_path: Path) -> None:
    rows = [line(1, first_name="ZOË"), *lines(30)[1:]]
    for encoding in ("latin-1", "utf-8"):
        result = taken(vault, written(tmp_path / f"{encoding}.txt", rows, encoding=encoding))
        assert "ZOË" in column(vault, result.snapshot, "voters", "first_name")


@pytest.mark.parametrize("kept", [0.5, 0.99])
@pytest.mark.parametrize("kind", ["zip", "gz"])
def test_a_truncated_archive(good: Vault, tmp_path: Path, kind: str, kept: float) -> None:
    file = written(
        tmp_path / "ncvoter_Statewide.txt", [line(n, last_name=f"T{n * 7919}") for n in range(999)]
    )
    whole = tmp_path / f"d.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(file, file.name)
    else:
        whole.write_bytes(gzip.compress(file.read_bytes()))
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * kept)])
    with pytest.raises(Refusal, match="damaged or was cut off"):
        taken(good, whole)
    stays(good)


def test_a_zip_bomb(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ncvoter1.txt", b"\0" * (1 << 20))
    with pytest.raises(Refusal, match="unfolds to more than"):
        open_delivery([bomb], tmp_path, caps=Caps(free=1 << 16))


def test_a_gzip_bomb_is_stopped_while_it_unfolds(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.txt.gz"
    bomb.write_bytes(gzip.compress(b"\0" * (1 << 22)))
    (file,) = open_delivery([bomb], tmp_path, caps=Caps(free=1 << 16))
    with pytest.raises(Refusal, match="unfolds to more than"), file.open() as stream:
        while stream.read(1 << 16):
            pass


NUL = line(5).replace("TERN", "TE\0RN")
SHORT = line(5).rsplit("\t", 1)[0]
LONG = line(5) + '\t"more"'


BROKEN = [
    (NUL, "NUL byte"),
    (SHORT, "too few fields"),
    (LONG, "too many fields"),
    ("", "empty line"),
    (line(5, vtd_desc="V1")[:-1], "quotes missing"),
    (line(5).replace("TERN", "TE\x1aRN"), "control character"),
    (line(5, last_name="X" * 300_000), "line too long"),
    (line(5, ncid=""), "no id"),
]


def test_broken_lines_are_kept_and_the_lines_after_each_keep_their_numbers(
    vault: Vault, tmp_path: Path
) -> None:
    rows, broken = lines(60), {6 + 5 * at: one for at, one in enumerate(BROKEN)}
    for number, (bad, _) in broken.items():
        rows[number - 2] = bad
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert refused(vault, result.load) == [(number, reason) for number, (_, reason) in broken.items()]
    kept = refused_bytes(vault, result.load)
    assert kept == {number: bad.replace("\0", "\\0") for number, (bad, _) in broken.items()}
    sound = [number for number in range(2, 62) if number not in broken]
    assert ids(vault, result.snapshot) == [f"AA{number - 1:06}" for number in sound]
    assert column(vault, result.snapshot, "voters", "source_line") == sound


@pytest.mark.parametrize(("bad", "reason"), BROKEN if THOROUGH else [BROKEN[0]])
def test_a_broken_line_is_found_where_it_is_the_only_one(
    vault: Vault, tmp_path: Path, bad: str, reason: str
) -> None:
    rows = lines(40)
    rows[4] = bad
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert refused(vault, result.load) == [(6, reason)]
    assert len(ids(vault, result.snapshot)) == 39
    assert column(vault, result.snapshot, "voters", "source_line") == [*range(2, 6), *range(7, 42)]


def test_lines_that_err_in_opposite_ways_do_not_hide_one_another(vault: Vault, tmp_path: Path) -> None:
    rows = lines(40)
    rows[4], rows[7] = SHORT, LONG
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert refused(vault, result.load) == [(6, "too few fields"), (9, "too many fields")]
    assert column(vault, result.snapshot, "voters", "source_line")[-1] == 41


NAMES = ['JIM "BUD" TERN', '"QUOTED"', 'ENDS"', '"BEGINS', 'A\\"B', "A,B", "O'TERN"]


@pytest.mark.parametrize("names", [NAMES, *([name] for name in (NAMES if THOROUGH else NAMES[3:4]))])
def test_an_embedded_quote_is_part_of_the_name(vault: Vault, tmp_path: Path, names: list[str]) -> None:
    rows = [line(number, last_name=name) for number, name in enumerate(names, 1)]
    result = taken(vault, written(tmp_path / "n.txt", [*rows, *lines(30)[len(names) :]]))
    assert result.verdict == "accept"
    found = column(vault, result.snapshot, "voters", "last_name")
    assert sorted(map(str, found)) == sorted([*names, *["TERN"] * (30 - len(names))])


def test_one_voter_removed_in_one_county_and_active_in_another(vault: Vault, tmp_path: Path) -> None:
    moved = [line(7, status_cd="R ", county_id="2"), line(7, county_id="1")]
    rows = [*lines(6), *moved, *lines(40)[7:]]
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert result.verdict == "accept"
    assert len(ids(vault, result.snapshot)) == 40
    assert column(vault, result.snapshot, "voters", "status").count("removed") == 0
    ((number, reason),) = refused(vault, result.load)
    assert number == 8 and reason.startswith("another row of this voter stays")
    districts = column(vault, result.snapshot, "districts", "state_voter_id")
    assert districts.count("AA000007") == districts.count("AA000008")


def test_a_true_duplicate_is_put_aside(vault: Vault, tmp_path: Path) -> None:
    rows = [*lines(40), line(7)]
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert result.verdict == "quarantine"
    assert refused(vault, result.load) == [(42, "repeats an earlier line")]
    assert len(ids(vault, result.snapshot)) == 40


def test_sixty_percent_fewer_rows(good: Vault, tmp_path: Path) -> None:
    result = taken(good, written(tmp_path / "n.txt", lines(12)))
    assert (result.verdict, result.snapshot) == ("refuse", None)
    assert any("60" in sentence for sentence in result.report.sentences), result.report.sentences
    stays(good)


@pytest.mark.parametrize("content", ["", "\n", header() + "\n"])
def test_an_empty_file(good: Vault, tmp_path: Path, content: str) -> None:
    file = tmp_path / "ncvoter_Statewide.txt"
    file.write_text(content)
    if content.strip():
        assert taken(good, file).verdict == "refuse"
    else:
        with pytest.raises(Refusal, match="empty"):
            taken(good, file)
    stays(good)


def test_a_future_registration_and_a_birth_in_1800_become_null_and_are_counted(
    vault: Vault, tmp_path: Path
) -> None:
    odd = [line(1, registr_dt="01/01/2218"), line(2, birth_year="1800")]
    result = taken(vault, written(tmp_path / "n.txt", [*odd, *lines(40)[2:]]))
    assert len(ids(vault, result.snapshot)) == 40
    assert column(vault, result.snapshot, "voters", "registered_on").count(None) == 1
    assert column(vault, result.snapshot, "voters", "birth_year").count(None) == 1
    lost = result.report.as_dict()["lost"]
    assert lost["voters.registered_on"] == {"future": 1}
    assert lost["voters.birth_year"] == {"placeholder": 1}


def test_no_value_of_a_person_is_in_a_report(vault: Vault, tmp_path: Path) -> None:
    rows = [line(1, first_name="XYZZY", party_cd="ZZZ"), *lines(40)[1:]]
    result = taken(vault, written(tmp_path / "n.txt", rows))
    assert "XYZZY" not in str(result.report.as_dict())
    assert NC.key in str(result.report.as_dict())
