"""Names in SQL texts are filled in; casts, slices and times are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonroll.roll import sql_files


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sql_files, "text_of", lambda package, name: (tmp_path / f"{name}.sql").read_text())
    return tmp_path


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("SELECT :what FROM :a_2", "SELECT x FROM y"),
        ("SELECT ':what'", "SELECT 'x'"),
        ("SELECT id::BIGINT, id::what, id[2:], id[i:what]", None),
        ("SELECT 1 -- nothing", None),
    ],
)
def test_names_alone_are_filled_in(texts: Path, text: str, filled: str | None) -> None:
    (texts / "asked.sql").write_text(text)
    assert sql_files.filled("anywhere", "asked", {"what": "x", "a_2": "y"}) == (filled or text)


def test_a_name_that_nobody_gives_is_an_error(texts: Path) -> None:
    (texts / "asked.sql").write_text("SELECT :what")
    with pytest.raises(KeyError, match="what"):
        sql_files.filled("anywhere", "asked", {})
