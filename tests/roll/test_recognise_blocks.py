"""A file without a header has as many blocks of elections as the request named."""

from __future__ import annotations

import csv
import io

import pytest

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import layout
from commonroll.roll.recognition.recognise import recognise

KEY = "id/2000-01.registration"
BEFORE, BLOCK = 33, 5


def idaho(blocks: int, half: int = 0) -> bytes:
    """The sample's lines, cut after that many elections, or `half` columns further."""
    (sample,) = (LAYOUTS / "id" / "sample" / "2000-01.registration").iterdir()
    made = io.StringIO()
    with sample.open(encoding="latin-1", newline="") as lines:
        csv.writer(made, lineterminator="\n").writerows(
            row[: BEFORE + BLOCK * blocks + half] for row in csv.reader(lines)
        )
    return made.getvalue().encode("latin-1")


@pytest.mark.parametrize("blocks", [8, 3, 0])
def test_fewer_elections_are_columns_that_are_not_there(blocks: int) -> None:
    seen = recognise(idaho(blocks), "VoterData.txt")
    assert (seen.layout.key, seen.columns) == (KEY, layout(KEY).order[: BEFORE + BLOCK * blocks])
    assert ("without ELECTION DATE 4" in seen.evidence) is (blocks == 3)


def test_half_an_election_is_not_idaho_s() -> None:
    with pytest.raises(Refusal, match="no layout fits"):
        recognise(idaho(3, half=2), "VoterData.txt")


def test_fewer_fields_under_another_name_are_not_idaho_s() -> None:
    with pytest.raises(Refusal):
        recognise(idaho(3), "list.txt")
