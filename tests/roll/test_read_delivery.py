"""A delivery: what folders and archives give, and what is turned away before a byte of it is trusted."""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.reading.read import DeliveredFile, _LineFeeds, open_delivery


def content(file: DeliveredFile) -> bytes:
    with file.open() as stream:
        return stream.read()


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_a_folder_a_zip_a_gzip_and_a_plain_file_give_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"one\n")
    ways = [
        folder,
        folder / "a.txt",
        zipped(tmp_path / "z.zip", ("a.txt", b"one\n")),
        tmp_path / "a.txt.gz",
        zipped(tmp_path / "outer.zip", ("z.zip", (tmp_path / "z.zip").read_bytes())),
    ]
    ways[3].write_bytes(gzip.compress(b"one\n"))
    for way in ways:
        (file,) = open_delivery([way], tmp_path)
        assert (file.name, content(file)) == ("a.txt", b"one\n"), way


def test_what_is_passed_over_is_said(tmp_path: Path) -> None:
    archive = zipped(
        tmp_path / "Voter_Registration_20261121.zip",
        ("Voter_Registration_20261121/ALA_20261121.txt", b"one\n"),
        ("VerificationFiles/ALA_count.txt", b"1\n"),
        ("ProcessedFiles/done.txt", b"1\n"),
        ("__MACOSX/._ALA.txt", b"1\n"),
        ("layout.pdf", b"%PDF"),
    )
    files = open_delivery([archive], tmp_path)
    assert [file.name for file in files if not file.passed_over] == [
        "Voter_Registration_20261121/ALA_20261121.txt"
    ]
    assert all(file.passed_over for file in files[1:])


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    files = open_delivery([zipped(tmp_path / f"{n}.zip", ("a.txt", b"x\n")) for n in "12"], tmp_path)
    assert [file.name for file in files] == ["a.txt", "a.txt (2)"]


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("../../etc/passwd.txt", "leads out"),
        ("/etc/passwd.txt", "leads out"),
        ("..\\..\\a.txt", "leads out"),
        ("a\nb.txt", "leads out"),
        (link(), "symbolic link"),
    ],
)
def test_a_hostile_name(tmp_path: Path, member: str | zipfile.ZipInfo, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        open_delivery([zipped(tmp_path / "z.zip", (member, b"x\n"))], tmp_path)


def test_an_encrypted_archive(tmp_path: Path) -> None:
    plain = zipped(tmp_path / "z.zip", ("a.txt", b"x\n")).read_bytes()
    # The flag that says a member is encrypted, in its own header and in the directory.
    marked = bytearray(plain)
    marked[6] |= 1
    marked[plain.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "z.zip").write_bytes(bytes(marked))
    with pytest.raises(Refusal, match="encrypted"):
        open_delivery([tmp_path / "z.zip"], tmp_path)


def test_an_archive_in_an_archive_in_an_archive(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "1.zip", ("a.txt", b"x\n"))
    middle = zipped(tmp_path / "2.zip", ("1.zip", inner.read_bytes()))
    outer = zipped(tmp_path / "3.zip", ("2.zip", middle.read_bytes()))
    with pytest.raises(Refusal, match="archive that lies in an archive"):
        open_delivery([outer], tmp_path)


def test_a_link_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").symlink_to("/etc/passwd")
    with pytest.raises(Refusal, match="symbolic link"):
        open_delivery([folder], tmp_path)


def test_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(Refusal, match="no file to read"):
        open_delivery([tmp_path / "in"], tmp_path)
    with pytest.raises(Refusal, match="no such file"):
        open_delivery([tmp_path / "nowhere.txt"], tmp_path)


@given(
    text=st.text(st.characters(exclude_characters="\r"), max_size=200),
    order=st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def test_utf_16_reads_as_its_text(text: str, order: str) -> None:
    mark = "\ufeff".encode(order)
    try:
        raw = mark + text.encode(order)
    except UnicodeEncodeError:
        return
    file = DeliveredFile("a.txt", len(raw), opener=lambda: io.BytesIO(raw))
    assert content(file).decode("utf-8") == text


@given(lines=st.lists(st.text(alphabet="ab\n\r", max_size=3), min_size=2), size=st.integers(1, 9))
def test_lines_that_end_in_cr_end_in_lf_however_they_are_cut(lines: list[str], size: int) -> None:
    text = "first\r" + "\r".join(line.replace("\n", "") for line in lines) + "\r\nlast"
    turned = _LineFeeds()
    raw = text.encode()
    blocks = [raw[at : at + size] for at in range(0, len(raw), size)]
    told = b"".join([*(turned(block, False) for block in blocks), turned(b"", True)])
    assert told.decode() == text.replace("\r\n", "\n").replace("\r", "\n")
