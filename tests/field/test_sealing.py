"""Sealed on a phone, opened on the server: known vectors, WebCrypto, every byte that was changed."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from javascript import found_by

from commonroll.errors import Refusal
from commonroll.field import sealing

ID = "01923e5a-7b1c-7000-8000-000000000001"
EVENT: dict[str, Any] = {"id": ID, "kind": "attempt", "value": {"result": "not_home"}}

SERVER = {
    "kty": "EC", "crv": "P-256",
    "x": "UVw9brnjlrkE0_7Kf1T9zQzB6Ze_N13KUVrQpsO0A18",
    "y": "RTa-OlDzGPv5pUdZAqIhUCvvDVfgjFOyzApW8X2fk1Q",
    "d": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
}  # fmt: skip
EPHEMERAL = ec.derive_private_key(int.from_bytes(bytes(range(33, 65)), "big"), sealing.CURVE)
ENVELOPE = {
    "id": ID,
    "epk": "BB8UAUa_sbJR-E9N2-DUzc_Xev2YSpUg41eUAh-DErue7JlaCLH6dwTfPcwLUKlmUmP7dxH5X5-KRJxQluR8iSs",
    "iv": "AAECAwQFBgcICQoL",
    "ct": "utYN6dIy1NEmSjDTHjrSYhznRnldAWWgKh_WLKWkTn0cBWq6PVgQZ580yST6orgw6Bipbrzk5f8Vve3Dc7piBYacB7LRZHjz"
    "eNG_K_WQwGLpmUkKzWJL6nrG_zBIkMhng94BfQPGB-tSXebA",
}

KEY = sealing.key_of(SERVER)


def test_a_known_key_and_a_known_nonce_give_these_bytes() -> None:
    sealed = sealing.seal(EVENT, KEY.public_key(), ephemeral=EPHEMERAL, iv=bytes(range(12)))
    assert sealed.as_dict() == ENVELOPE
    assert sealing.open_(sealing.read(ENVELOPE), KEY) == EVENT


def test_what_the_phone_seals_is_opened() -> None:
    event = EVENT | {"value": {"text": "<b>ñ</b> “quoted”"}}
    sealed = found_by("phone/sealing.js", "m.envelope(...given)", [sealing.public_jwk(KEY), event])
    assert sealing.open_(sealing.read(sealed), KEY) == event


def test_two_seals_of_one_event_share_nothing() -> None:
    one, two = (sealing.seal(EVENT, KEY.public_key()) for _ in range(2))
    assert one.epk != two.epk and one.iv != two.iv and one.ct != two.ct
    assert sealing.open_(one, KEY) == sealing.open_(two, KEY) == EVENT


@settings(max_examples=40)
@given(part=st.sampled_from(["epk", "iv", "ct"]), at=st.integers(0, 1000), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(part: str, at: int, bit: int) -> None:
    sealed = sealing.read(ENVELOPE)
    raw = bytearray(getattr(sealed, part))
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(Refusal):
        sealing.open_(sealing.Envelope(**(vars(sealed) | {part: bytes(raw)})), KEY)


OTHER = "01923e5a-7b1c-7000-8000-000000000002"


@pytest.mark.parametrize(
    "broken",
    [
        None, [], "text", {}, ENVELOPE | {"more": "1"}, {"id": ID}, ENVELOPE | {"id": OTHER},
        ENVELOPE | {"id": 7},
        ENVELOPE | {"ct": ENVELOPE["ct"][:40]}, ENVELOPE | {"ct": ""}, ENVELOPE | {"ct": "A" * 50_000},
        ENVELOPE | {"iv": "AAAA"}, ENVELOPE | {"epk": "A" * 87}, ENVELOPE | {"iv": ENVELOPE["iv"] + "="},
        ENVELOPE | {"ct": ENVELOPE["ct"][:-1] + "B"}, ENVELOPE | {"ct": "é" * 60},
    ],
)  # fmt: skip
def test_what_is_no_whole_envelope_of_this_id_is_refused_without_a_value(broken: Any) -> None:
    with pytest.raises(Refusal) as refused:
        sealing.open_(sealing.read(broken), KEY)
    assert ID not in str(refused.value) and ENVELOPE["ct"][:8] not in str(refused.value)


def test_another_server_opens_nothing() -> None:
    with pytest.raises(Refusal):
        sealing.open_(sealing.read(ENVELOPE), sealing.made())


def test_what_was_sealed_under_one_id_holds_no_other() -> None:
    event = EVENT | {"id": OTHER}
    sealed = sealing.seal(event, KEY.public_key())
    swapped = {"id": OTHER} | {k: v for k, v in ENVELOPE.items() if k != "id"}
    assert sealing.open_(sealed, KEY) == event
    with pytest.raises(Refusal):
        sealing.open_(sealing.read(swapped), KEY)


@pytest.mark.parametrize("text", ["[]", "3", "{", '{"id": "another"}', "[" * 5000])
def test_what_is_no_event_inside_is_refused(text: str) -> None:
    iv = bytes(12)
    derived = sealing._derived(EPHEMERAL.exchange(ec.ECDH(), KEY.public_key()), sealing.read(ENVELOPE).epk)
    ct = sealing.AESGCM(derived).encrypt(iv, text.encode(), ID.encode())
    with pytest.raises(Refusal):
        sealing.open_(sealing.Envelope(ID, sealing.read(ENVELOPE).epk, iv, ct), KEY)


def test_keys_are_kept_as_documents() -> None:
    key = sealing.made()
    kept = sealing.private_jwk(key)
    assert sealing.private_jwk(sealing.key_of(kept)) == kept
    assert sealing.point_of(sealing.public_jwk(key)).public_numbers() == key.public_key().public_numbers()
    assert "d" not in sealing.public_jwk(key)


@pytest.mark.parametrize("wrong", [{}, {"d": "AAAA"}, SERVER | {"x": SERVER["y"]}, SERVER | {"d": "AQ"}])
def test_a_broken_key_is_said(wrong: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        sealing.key_of(wrong)
    if wrong.get("x") != SERVER["x"]:
        with pytest.raises(Refusal):
            sealing.point_of(wrong)
