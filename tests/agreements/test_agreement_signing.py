"""Signatures of agreements and events: the vectors byte for byte, and every way they can be wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from drafts import OHIO
from hypothesis import given
from hypothesis import strategies as st

from commonroll.agreements.events import (
    CAUSES,
    check_event,
    event_text,
    notice_given,
    parse_event,
    revocation,
    sign_event,
    verify_event,
)
from commonroll.agreements.signing import (
    KeyRecord,
    SignatureRefused,
    agreement_text,
    countersign,
    key_name,
    note,
    sign,
    signatures_stand,
    signed_by,
    verify,
)
from commonroll.agreements.terms import TermsRefused, to_document
from commonroll.errors import Refusal
from commonroll.notes import COSIGNATURE, NoteError, Signer, canonical, sha256_text

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "notes" / "agreement_vector.json").read_text("utf-8")
)["agreement"]
DATA = canonical(DOCUMENT)


def signer(name: str, secret: str, kind: int = 0x01) -> Signer:
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest())
    return Signer(name, key, kind)


GA = signer("ga.commonroll.example/agreements", "commonroll test key ga")
NATL = signer("natl.commonroll.example/agreements", "commonroll test key natl")
STRANGER = signer("tx.commonroll.example/agreements", "another test key")
NOTE = """commonroll agreement v1
urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03
sha256 K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A=

— ga.commonroll.example/agreements BihHguxNCAcAGSVFwOUvS3XWrZATkoliQsgzrMGOUVJK5dRDCLX23KKQWZib+mvz2EyH3EmvjfwBH62IDCVq0hy1cw0=
— natl.commonroll.example/agreements EwfYj4PiDo5LheHgev4lRrW29boWmNWbRG/cZYdIYzOnfO66kUVTMDMradGd6qG34mHbFbk+caI0miZtQHnq9/Soiw4=
"""  # noqa: E501
EVENT_DATA = (
    b'{"@type":"cr:AgreementEvent","agreement":"urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03",'
    b'"agreementHash":"sha256:K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A=","by":"urn:commonroll:member:ga",'
    b'"cause":"cr:cause/convenience","effective":"2027-02-15T00:00:00Z","event":"Revoked",'
    b'"issued":"2027-02-01T00:00:00Z"}'
)
EVENT_NOTE = """commonroll agreement-event v1
urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03
sha256 c9A7MWBK5hB98I4hJfUWysvjaMEFbGf67RIjDolB65o=

— ga.commonroll.example/agreements BihHgsCZ6uJF1XUY17KnsydqnEC4gsDNbbwDHE8ltASv8gNjcnM/QBYiIEuF7z92lSmPEzj2lUX46ia3GTk6ktk0OAE=
"""  # noqa: E501
FORTNIGHT = timedelta(days=14)
NOW = datetime(2027, 2, 1, tzinfo=UTC)


# The vectors


def test_the_agreement_vector_byte_for_byte() -> None:
    assert len(DATA) == 2870
    assert (
        hashlib.sha256(DATA).hexdigest() == "2bc1fa25da1d6306957fc464681672decca201496dae9b30430e655ee422bb40"
    )
    assert note(DOCUMENT, sign(DOCUMENT, GA), sign(DOCUMENT, NATL)) == NOTE
    assert countersign(DOCUMENT, note(DOCUMENT, sign(DOCUMENT, GA)), NATL) == NOTE
    assert verify(DATA, NOTE, GA.vkey, NATL.vkey) == DOCUMENT


def test_the_event_vector_byte_for_byte() -> None:
    event = revocation(DOCUMENT, by="ga", cause="convenience", issued=NOW, notice=FORTNIGHT)
    assert canonical(event) == EVENT_DATA
    assert sign_event(event, GA) == EVENT_NOTE
    revoked = verify_event(EVENT_DATA, EVENT_NOTE, DATA, GA.vkey, NATL.vkey)
    assert (revoked.by, revoked.cause, revoked.effective) == ("ga", "convenience", NOW + FORTNIGHT)
    assert revoked.terms_hash == sha256_text(DATA)


# One byte


def flip(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


bits = st.integers(0, 7)


@given(st.integers(0, len(DATA) - 1), bits)
def test_any_flipped_bit_of_the_agreement_is_refused(at: int, bit: int) -> None:
    with pytest.raises(Refusal):
        verify(flip(DATA, at, bit), NOTE, GA.vkey, NATL.vkey)


@given(st.integers(0, len(NOTE.encode()) - 1), bits)
def test_any_flipped_bit_of_the_note_is_refused(at: int, bit: int) -> None:
    changed = flip(NOTE.encode(), at, bit).decode("utf-8", "surrogateescape")
    with pytest.raises(Refusal):
        verify(DATA, changed, GA.vkey, NATL.vkey)


@given(st.integers(0, len(EVENT_DATA) - 1), bits)
def test_any_flipped_bit_of_the_event_is_refused(at: int, bit: int) -> None:
    with pytest.raises(Refusal):
        verify_event(flip(EVENT_DATA, at, bit), EVENT_NOTE, DATA, GA.vkey, NATL.vkey)


@given(st.integers(0, len(EVENT_NOTE.encode()) - 1), bits)
def test_any_flipped_bit_of_the_events_note_is_refused(at: int, bit: int) -> None:
    changed = flip(EVENT_NOTE.encode(), at, bit).decode("utf-8", "surrogateescape")
    with pytest.raises(Refusal):
        verify_event(EVENT_DATA, changed, DATA, GA.vkey, NATL.vkey)


@given(st.integers(0, len(DATA) - 1), bits)
def test_an_event_does_not_end_another_agreement(at: int, bit: int) -> None:
    with pytest.raises(Refusal):
        verify_event(EVENT_DATA, EVENT_NOTE, flip(DATA, at, bit), GA.vkey, NATL.vkey)


# Who signed

OWNER, RECIPIENT = sign(DOCUMENT, GA), sign(DOCUMENT, NATL)


@pytest.mark.parametrize(
    ("what", "signed"),
    [
        ("the owner alone", note(DOCUMENT, OWNER)),
        ("the recipient alone", note(DOCUMENT, RECIPIENT)),
        ("the owner twice", note(DOCUMENT, OWNER, OWNER)),
        ("both and the owner again", note(DOCUMENT, OWNER, RECIPIENT, OWNER)),
        ("the owner and a stranger", note(DOCUMENT, OWNER, sign(DOCUMENT, STRANGER))),
        ("both and a stranger", note(DOCUMENT, OWNER, RECIPIENT, sign(DOCUMENT, STRANGER))),
        ("nobody known", note(DOCUMENT, sign(DOCUMENT, STRANGER))),
        ("the agreement's text as an event", NOTE.replace("agreement v1", "agreement-event v1")),
        ("an event's note", EVENT_NOTE),
        ("a text of one's own in front", "commonroll agreement v1\n\n" + NOTE),
        ("no note at all", "yes"),
    ],
)
def test_nothing_but_exactly_two_signatures_will_do(what: str, signed: str) -> None:
    with pytest.raises(Refusal):
        verify(DATA, signed, GA.vkey, NATL.vkey)


def test_one_key_cannot_stand_for_both() -> None:
    alias = replace(NATL, key=GA.key)
    signed = note(DOCUMENT, sign(DOCUMENT, GA), sign(DOCUMENT, alias))
    with pytest.raises(SignatureRefused, match="One key"):
        verify(DATA, signed, GA.vkey, alias.vkey)
    with pytest.raises(SignatureRefused, match="One key"):
        verify(DATA, NOTE, GA.vkey, GA.vkey)


def test_a_witness_key_signs_no_agreement() -> None:
    witness = signer("natl.commonroll.example/agreements", "commonroll test key natl", COSIGNATURE)
    with pytest.raises(SignatureRefused, match="witness"):
        verify(DATA, NOTE, GA.vkey, witness.vkey)


def test_duplicate_keys_in_the_stored_bytes_are_refused() -> None:
    with pytest.raises(NoteError):
        verify(DATA.replace(b"{", b'{"@id":"x",', 1), NOTE, GA.vkey, NATL.vkey)


def test_a_countersignature_needs_the_same_text() -> None:
    other = {**DOCUMENT, "timestamp": "2026-11-23T15:00:00Z"}
    with pytest.raises(SignatureRefused):
        countersign(other, note(DOCUMENT, OWNER), NATL)


def test_a_half_signed_note_says_who_signed() -> None:
    half = note(DOCUMENT, OWNER)
    assert signed_by(DATA, half, GA.vkey)
    assert not signed_by(DATA, half, NATL.vkey)
    assert not signed_by(canonical(to_document(OHIO)), half, GA.vkey)


def test_key_names_follow_the_federation() -> None:
    assert key_name("demo.commonroll.invalid", "oh") == "demo.commonroll.invalid/oh/agreements"


BEFORE, AFTER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("owner", "stand"),
    [
        (KeyRecord(GA.vkey, BEFORE), True),
        (KeyRecord(GA.vkey, BEFORE, NOW + FORTNIGHT), True),
        (KeyRecord(GA.vkey, BEFORE, NOW), False),
        (KeyRecord(GA.vkey, BEFORE, AFTER), False),
        (KeyRecord(GA.vkey, AFTER), False),
        (KeyRecord(GA.vkey, BEFORE, retired=AFTER), True),
        (KeyRecord(GA.vkey, BEFORE, retired=BEFORE), False),
        (KeyRecord(STRANGER.vkey, BEFORE), False),
    ],
    ids=[
        "valid",
        "withdrawn later",
        "withdrawn now",
        "withdrawn",
        "younger than the agreement",
        "retired later",
        "retired before",
        "another's",
    ],
)
def test_signatures_stand_only_while_the_keys_do(owner: KeyRecord, stand: bool) -> None:
    recipient = KeyRecord(NATL.vkey, BEFORE)
    assert signatures_stand(DATA, NOTE, owner, recipient, NOW) is stand
    assert not signatures_stand(DATA[:-1], NOTE, owner, recipient, NOW)


# Events

EVENT: dict[str, Any] = json.loads(EVENT_DATA)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("@type", "AgreementEvent"),
        ("event", "Reinstated"),
        ("agreement", OHIO.id[:-1] + "4"),
        ("agreementHash", "sha256:AAAA"),
        ("by", "urn:commonroll:member:tx"),
        ("by", "urn:commonroll:member:natl"),
        ("cause", "cr:cause/renounced"),
        ("cause", "convenience"),
        ("effective", "2027-01-31T23:59:59Z"),
        ("issued", "soon"),
        ("remark", "free text"),
    ],
)
def test_an_event_says_only_what_events_say(key: str, value: str) -> None:
    with pytest.raises(TermsRefused) as refusal:
        parse_event({**EVENT, key: value}, DOCUMENT)
    assert refusal.value.where.startswith("event.")


def test_the_recipient_renounces_and_the_owner_does_not() -> None:
    renounced = revocation(DOCUMENT, by="natl", cause="renounced", issued=NOW, notice=FORTNIGHT)
    signed = sign_event(renounced, NATL)
    assert verify_event(canonical(renounced), signed, DATA, GA.vkey, NATL.vkey).effective == NOW
    with pytest.raises(Refusal):
        verify_event(canonical(renounced), sign_event(renounced, GA), DATA, GA.vkey, NATL.vkey)
    for cause in CAUSES:
        with pytest.raises(TermsRefused):
            revocation(
                DOCUMENT,
                by="ga" if cause == "renounced" else "natl",
                cause=cause,
                issued=NOW,
                notice=FORTNIGHT,
            )


@pytest.mark.parametrize(
    ("cause", "at_once", "effective", "kept"),
    [
        ("convenience", False, NOW + FORTNIGHT, True),
        ("convenience", True, NOW, False),
        ("breach", False, NOW, True),
        ("law", False, NOW, True),
        ("safety", False, NOW, True),
    ],
)
def test_when_a_revocation_takes_effect(cause: Any, at_once: bool, effective: datetime, kept: bool) -> None:
    event = revocation(DOCUMENT, by="ga", cause=cause, issued=NOW, notice=FORTNIGHT, at_once=at_once)
    revoked = parse_event(event, DOCUMENT)
    assert revoked.effective == effective
    assert notice_given(revoked, FORTNIGHT) is kept


def test_the_first_end_to_take_effect_wins() -> None:
    later = parse_event(EVENT, DOCUMENT)
    sooner = replace(later, cause="breach", effective=NOW, hash="sha256:sooner")
    check_event(sooner, [later])
    for standing in ([sooner], [later]):
        with pytest.raises(SignatureRefused, match=r"already|entered before"):
            check_event(later, standing)


def test_the_texts_are_of_separate_domains() -> None:
    assert agreement_text(DOCUMENT).splitlines()[0] != event_text(EVENT).splitlines()[0]
