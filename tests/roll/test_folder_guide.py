"""Each vault has a page that says what its files are."""

from __future__ import annotations

from pathlib import Path

from made_rolls import publish, voter

from commonroll.roll.schema import TABLES
from commonroll.roll.vault import folder_guide
from commonroll.roll.vault.vault import Vault


def test_a_published_vault_has_its_page_and_every_table_is_on_it(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "nc")
    publish(vault, [voter(1)])
    page = (vault.path / "FOLDER.md").read_text("utf-8")
    assert page.startswith("# The vault of nc\n") and "MEMBER" not in page
    files = {table: f"{table}/part-*.parquet" for table in TABLES} | {"scores": "score-values/*.parquet"}
    assert [table for table, names in files.items() if f"`{names}`" not in page] == []
    assert (vault.path / "FOLDER.md").stat().st_mode & 0o077 == 0


def test_the_page_is_written_again_only_where_it_says_something_else(tmp_path: Path) -> None:
    folder_guide.write(tmp_path, "nc")
    path = tmp_path / "FOLDER.md"
    before = path.stat().st_ino
    folder_guide.write(tmp_path, "nc")
    assert path.stat().st_ino == before
    path.write_text("old")
    folder_guide.write(tmp_path, "nc")
    assert path.read_text("utf-8") == folder_guide.guide("nc")
    assert [one.name for one in tmp_path.iterdir()] == ["FOLDER.md"]
