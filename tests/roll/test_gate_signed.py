"""A gate report is signed: any byte that changes is caught, with the public key alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.notes import generate, parse_canonical
from commonroll.roll.gate.figures import Figures
from commonroll.roll.gate.gate import Delivered, judge
from commonroll.roll.gate.gate_report import document, signed, signed_page, verify

SIGNER = generate("example.org/log/nc")
STRANGER = generate("example.org/log/nc")
LOAD = "urn:uuid:00000000-0000-4000-8000-000000000001"


def report(**of: Any) -> dict[str, Any]:
    delivered = Delivered(lines=10, refused={"too few fields": 2}, unknown_codes={"party": {"Ñ": 2, "": 1}})
    now = Figures(rows={"voters": 8}, filled={"voters.phone": 3}, codes={"voters.party": {"": 8}})
    made = judge(now, layouts=[], delivered=delivered, at=datetime(2026, 3, 3, tzinfo=UTC))
    return document({**made.as_dict(), **of}, load=LOAD, member="nc")


def test_a_document_and_a_page_verify_with_the_public_key() -> None:
    for data in (signed(report(), SIGNER), signed_page(b"<!doctype html><p>x</p>\n", LOAD, SIGNER)):
        found = verify(data, SIGNER.vkey)
        assert (found.ok, found.load) == (True, LOAD)
        assert found.sentences == (f"The report of load {LOAD} is as example.org/log/nc signed it.",)


def test_another_key_of_the_same_name_does_not_do() -> None:
    assert not verify(signed(report(), SIGNER), STRANGER.vkey).ok


@given(st.data())
def test_any_byte_that_changes_is_caught(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([DOCUMENT, PAGE]))
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    assert not verify(whole[:at] + bytes([other]) + whole[at + 1 :], SIGNER.vkey).ok


DOCUMENT = signed(report(), SIGNER)
PAGE = signed_page(b"<!doctype html><p>8 voters</p>\n", LOAD, SIGNER)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"note":"x","report":{}}', b"<!doctype html>", DOCUMENT[:-2]])
def test_what_is_no_signed_report_says_so(data: bytes) -> None:
    found = verify(data, SIGNER.vkey)
    assert not found.ok and found.sentences[0]


def test_a_note_over_a_page_does_not_stand_for_a_document() -> None:
    note = PAGE.rpartition(b"<!-- signed note\n")[2].removesuffix(b"-->\n").decode()
    forged = json.dumps({"note": note, "report": {}}, separators=(",", ":"), ensure_ascii=False).encode()
    assert not verify(forged, SIGNER.vkey).ok


def test_a_document_holds_only_texts_and_keeps_what_files_call_things() -> None:
    found = parse_canonical(DOCUMENT)["report"]
    assert found["lines"] == {"in": "10", "accepted": "8", "refused": "2", "left_out": "0"}
    assert found["refused"] == [{"key": "too few fields", "value": "2"}]
    (party,) = found["unknown_codes"]
    assert party == {"key": "party", "value": [{"key": "", "value": "1"}, {"key": "Ñ", "value": "2"}]}
    assert "overruled" not in found and found["sample"] == "false"


def test_a_name_that_is_no_text_can_be_signed() -> None:
    assert verify(signed(report(files=[{"name": "a\udcff.txt"}]), SIGNER), SIGNER.vkey).ok
