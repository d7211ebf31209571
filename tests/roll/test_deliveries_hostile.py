"""What a hostile or broken delivery may do is refused clearly; what is sound loads, no line is lost."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from deliveries import column, header, ids, line, lines, refused, taken, vault_of, written
from made_files import loaded as loaded_file
from made_layouts import ORDER, made_layout, read
from made_layouts import column as cells
from made_workbooks import book, cell, sheet

from commonroll.errors import Refusal
from commonroll.roll.reading.archives import Caps
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.vault.vault import Vault

FORM = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "some"'
SHEETS = 'kind = "xlsx"\nheader = true'
ROW = ["1", "TERN", "D", "2026-01-01"]


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
    head = vault.current()
    assert head is not None and head.number == 1 and len(ids(vault, head)) == 30
    assert vault.check() == [] and not (vault.path / "staging").exists()


def test_more_members_than_any_state_sends(good: Vault, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(Caps().members + 1):
            archive.writestr(f"{number}.txt", b"")
    with pytest.raises(Refusal, match="holds 10001 files; at most 10000"):
        taken(good, tmp_path / "many.zip")
    stays(good)


def test_many_zips_in_a_zip_share_one_limit(tmp_path: Path) -> None:
    """Each is harmless alone; what all unfold to is counted together."""
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"one line\n" * 5_000)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        for number in range(8):
            archive.write(inner, f"{number}.zip")
    files = open_delivery([tmp_path / "outer.zip"], tmp_path, caps=Caps(total=200_000, free=200_000))
    with pytest.raises(Refusal, match="unfolds to more than"):
        for file in files:
            with file.open() as stream:
                stream.read()


def test_a_name_in_a_nested_zip_that_climbs_out(good: Vault, tmp_path: Path) -> None:
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("../../../escaped.txt", header() + "\n")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "voters.zip")
    with pytest.raises(Refusal, match="leads out of its folder"):
        taken(good, tmp_path / "outer.zip")
    assert not list(tmp_path.rglob("escaped.txt"))
    stays(good)


def test_a_line_without_end_is_refused_and_the_next_is_read(good: Vault, tmp_path: Path) -> None:
    rows = lines(40)
    rows[4] = "x" * 20_000_000
    result = taken(good, written(tmp_path / "n.txt", rows))
    assert refused(good, result.load) == [(6, "line too long")]
    assert len(ids(good, result.snapshot)) == 39


def test_a_file_of_one_line_without_end(good: Vault, tmp_path: Path) -> None:
    (tmp_path / "n.txt").write_bytes(b"x" * 40_000_000)
    with pytest.raises(Refusal, match="no layout fits"):
        taken(good, tmp_path / "n.txt")
    stays(good)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_of_every_kind(good: Vault, tmp_path: Path, end: str) -> None:
    file = tmp_path / "ncvoter_Statewide.txt"
    file.write_bytes(end.join([header(), *lines(30), ""]).encode("latin-1"))
    result = taken(good, file)
    assert len(ids(good, result.snapshot)) == 30


def test_line_ends_of_two_kinds_in_one_file(good: Vault, tmp_path: Path) -> None:
    file = tmp_path / "ncvoter_Statewide.txt"
    rows = [header(), *lines(30)]
    ends = ["\r\n" if number % 3 else "\n" for number in range(len(rows))]
    file.write_bytes("".join(map("".join, zip(rows, ends, strict=True))).encode("latin-1"))
    result = taken(good, file)
    assert len(ids(good, result.snapshot)) == 30 and result.report.refused == 0


@pytest.mark.parametrize("count", [100_000, 5_000])
def test_a_header_of_a_hundred_thousand_columns(good: Vault, tmp_path: Path, count: int) -> None:
    for mark in ("\t", ",", "|"):
        (tmp_path / "n.txt").write_text(mark.join(f"c{at}" for at in range(count)) + "\n" + mark * 9 + "\n")
        with pytest.raises(Refusal, match="no layout fits"):
            taken(good, tmp_path / "n.txt")
    stays(good)


def test_the_known_header_with_a_hundred_thousand_more(good: Vault, tmp_path: Path) -> None:
    """The sentence stays short, whatever the header holds."""
    more = "\t".join(f'"c{at}"' for at in range(20_000))
    (tmp_path / "n.txt").write_text(f"{header()}\t{more}\n")
    with pytest.raises(Refusal) as refusal:
        taken(good, tmp_path / "n.txt")
    assert len(str(refusal.value)) < 5_000
    stays(good)


@pytest.mark.parametrize("wrap", ["", '"'])
def test_nul_bytes_in_a_field_of_either_quoting(tmp_path: Path, wrap: str) -> None:
    path = tmp_path / "v.txt"
    rows = [*(f"{wrap}{at}{wrap}|TERN|D|2026-01-01" for at in range(9)), "9|TE\0RN|D|2026-01-01"]
    path.write_text("\n".join(["|".join(ORDER), *rows, ""]))
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], path)
    assert found.refused == [(11, "NUL byte")] and len(found.rows) == 9


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_of_a_file_with_some_quotes(tmp_path: Path, order: str) -> None:
    text = "\ufeff" + "\n".join(["|".join(ORDER), '1|"TERN|ZOË"|D|2026-01-01', ""])
    (tmp_path / "v.txt").write_bytes(text.encode(order))
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], tmp_path / "v.txt")
    assert cells(found, "NAME") == ["TERN|ZOË"]


@pytest.mark.parametrize(
    ("spoil", "aside"),
    [(lambda raw: raw[:-1], []), (lambda raw: raw + b"\x00\xd8", [(4, "too few fields")])],
    ids=["half a character", "half a pair"],
)
def test_utf_16_that_ends_within_a_character(
    tmp_path: Path, spoil: Callable[[bytes], bytes], aside: list[tuple[int, str]]
) -> None:
    text = "\n".join(["|".join(ORDER), "1|TERN|D|2026-01-01", "2|FINCH|R|2026-01-01", ""])
    (tmp_path / "v.txt").write_bytes(b"\xff\xfe" + spoil(text.encode("utf-16-le")))
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], tmp_path / "v.txt")
    assert cells(found, "NAME") == ["TERN", "FINCH"] and found.refused == aside


def test_records_of_fixed_width_that_hold_control_characters(tmp_path: Path) -> None:
    form = 'kind = "fixed"\nencoding = "latin-1"\nrecord_length = 41'
    positions = "ID = [1, 10]\nNAME = [11, 20]\nPARTY = [31, 1]\nSINCE = [32, 10]"
    rows = [f"{at:<10}{'TERN':<20}D2026-01-01" for at in range(20)]
    for at, byte in enumerate("\0\x1a\x1f\r", 4):
        rows[at] = rows[at][:15] + byte + rows[at][16:]
    (tmp_path / "v.txt").write_bytes("".join(f"{row}\n" for row in rows).encode("latin-1"))
    (found,) = read(tmp_path, [made_layout(tmp_path, form, positions=positions)], tmp_path / "v.txt")
    assert [number for number, _ in found.refused] == [5, 6, 7]
    assert len(found.rows) == 17 and set(cells(found, "PARTY")) == {"D"}


EXTRA = {
    "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"Sub Workbook_Open()" * 9,
    "xl/externalLinks/externalLink1.xml": b'<externalLink><externalBook r:id="rId1"/></externalLink>',
    "xl/externalLinks/_rels/externalLink1.xml.rels": (
        b'<Relationships><Relationship Id="rId1" Target="file:///etc/passwd"/></Relationships>'
    ),
    "xl/connections.xml": b'<connections><connection odcFile="http://attacker.example/x"/></connections>',
}


@pytest.mark.parametrize("ending", ["xlsx", "xlsm"])
def test_macros_and_links_to_elsewhere_are_not_followed(tmp_path: Path, ending: str) -> None:
    path = book(tmp_path / f"v.{ending}", A=sheet([ORDER, ROW]))
    with zipfile.ZipFile(path, "a") as archive:
        for name, content in EXTRA.items():
            archive.writestr(name, content)
    (found,) = read(tmp_path, [made_layout(tmp_path, SHEETS)], path)
    assert found.rows == [ROW]


def test_a_formula_is_what_it_was_worked_out_to(tmp_path: Path) -> None:
    path = book(
        tmp_path / "v.xlsx", A=sheet([ORDER, ["1", '=HYPERLINK("http://x.example")', "D", "2026-01-01"]])
    )
    (found,) = read(tmp_path, [made_layout(tmp_path, SHEETS)], path)
    assert cells(found, "NAME") == ["worked out"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "<SCRIPT>ALERT(1)</SCRIPT>"])
def test_a_text_that_looks_like_a_formula_stays_text(good: Vault, tmp_path: Path, text: str) -> None:
    rows = [line(1, last_name=text.strip()), *lines(30)[1:]]
    result = taken(good, written(tmp_path / "n.txt", rows))
    assert column(good, result.snapshot, "voters", "last_name").count(text.strip()) == 1


TEN_OF_EACH = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DOCTYPE = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{TEN_OF_EACH}]>'


def test_entities_that_unfold_without_end(tmp_path: Path) -> None:
    bomb = DOCTYPE + sheet([ORDER, ROW]).replace("TERN", "&i;")
    with pytest.raises(Refusal, match="cannot be read"):
        read(tmp_path, [made_layout(tmp_path, SHEETS)], book(tmp_path / "v.xlsx", A=bomb))


def test_a_sheet_with_a_header_of_sixteen_thousand_columns(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", A=sheet([[f"c{at}" for at in range(16_384)], ["x"]]))
    with pytest.raises(Refusal, match="no layout fits"):
        read(tmp_path, [made_layout(tmp_path, SHEETS)], path)


def test_a_workbook_whose_shared_texts_are_missing(tmp_path: Path) -> None:
    number = '<c t="s"><v>99999999</v></c>'
    path = book(tmp_path / "v.xlsx", A=sheet([ORDER, ROW]).replace(cell("TERN"), number))
    with pytest.raises(Refusal, match="cannot be read"):
        read(tmp_path, [made_layout(tmp_path, SHEETS)], path)


def test_a_workbook_named_as_text_and_a_text_named_as_workbook(tmp_path: Path) -> None:
    layouts = [made_layout(tmp_path, SHEETS + '\ndelimiter = "|"\nencoding = "utf-8"\nquoting = "some"')]
    (tmp_path / "v.xlsx").write_text("\n".join(["|".join(ORDER), "|".join(ROW), ""]))
    (found,) = read(tmp_path, layouts, tmp_path / "v.xlsx")
    assert found.rows == [ROW]
    hidden = book(tmp_path / "w.xlsx", A=sheet([ORDER, ROW])).rename(tmp_path / "w.txt")
    with pytest.raises(Refusal):
        read(tmp_path, layouts, hidden)


def test_a_bad_file_loads_nothing_of_the_good_ones_beside_it(tmp_path: Path) -> None:
    """Texas: a county's file that is no roll stops the delivery, and the vault stays without a snapshot."""
    (tmp_path / "BEXAR.txt").write_bytes(b"\0" * 5_000)
    with pytest.raises(Refusal):
        loaded_file("TX", tmp_path, tmp_path / "BEXAR.txt")
    assert Vault(tmp_path / "vaults", "tx").current() is None
