"""Signed notes (c2sp.org/signed-note): published vectors, our own, and every way a note can be wrong."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commonroll.notes import (
    COSIGNATURE,
    NoteError,
    Signer,
    add_line,
    canonical,
    open_note,
    parse_vkey,
    sha256_text,
    sign_note,
)

PUBLISHED_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
PUBLISHED_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""

GA_KEY = "ga.commonroll.example/agreements+06284782+ARjxtAqIbqvLEGECarP7qPk32WoG4GqgqfevGD7R45VB"
NATL_KEY = "natl.commonroll.example/agreements+1307d88f+AaPRdNMBpCiZ2R0Ewh+BvjRHnz50597McJaAZ7OLxfqy"
AGREEMENT_NOTE = """commonroll agreement v1
urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03
sha256 K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A=

— ga.commonroll.example/agreements BihHguxNCAcAGSVFwOUvS3XWrZATkoliQsgzrMGOUVJK5dRDCLX23KKQWZib+mvz2EyH3EmvjfwBH62IDCVq0hy1cw0=
— natl.commonroll.example/agreements EwfYj4PiDo5LheHgev4lRrW29boWmNWbRG/cZYdIYzOnfO66kUVTMDMradGd6qG34mHbFbk+caI0miZtQHnq9/Soiw4=
"""  # noqa: E501
EVENT = {
    "@type": "cr:AgreementEvent",
    "agreement": "urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03",
    "agreementHash": "sha256:K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A=",
    "by": "urn:commonroll:member:ga",
    "cause": "cr:cause/convenience",
    "effective": "2027-02-15T00:00:00Z",
    "event": "Revoked",
    "issued": "2027-02-01T00:00:00Z",
}
EVENT_NOTE = """commonroll agreement-event v1
urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03
sha256 c9A7MWBK5hB98I4hJfUWysvjaMEFbGf67RIjDolB65o=

— ga.commonroll.example/agreements BihHgsCZ6uJF1XUY17KnsydqnEC4gsDNbbwDHE8ltASv8gNjcnM/QBYiIEuF7z92lSmPEzj2lUX46ia3GTk6ktk0OAE=
"""  # noqa: E501


def signer(name: str, secret: str, kind: int = 0x01) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(hashlib.sha256(secret.encode()).digest()), kind)


GA = signer("ga.commonroll.example/agreements", "commonroll test key ga")
NATL = signer("natl.commonroll.example/agreements", "commonroll test key natl")
LOG = signer("commonroll.example/log", "commonroll test log key")
WITNESS = signer("ga.commonroll.example/witness", "commonroll test witness key", COSIGNATURE)


def test_published_note_verifies() -> None:
    assert open_note(PUBLISHED_NOTE, [PUBLISHED_KEY]) == (
        "This is an example message.\n",
        {"example.com/foo": None},
    )


def test_verifier_keys() -> None:
    assert GA.vkey == GA_KEY
    assert NATL.vkey == NATL_KEY
    assert LOG.vkey == "commonroll.example/log+e670d585+ASWcGH5eYt1caw48VkPzAj2/47rvvZrkv21XCn3uGZ0t"
    assert (
        WITNESS.vkey == "ga.commonroll.example/witness+21e81f60+BFDnWLx9ykvcrLaiyUsSuR8eUxBZyJ27O3Uy6foTGIVO"
    )
    assert str(parse_vkey(WITNESS.vkey)) == WITNESS.vkey


def test_agreement_note_byte_for_byte() -> None:
    agreement = json.loads((Path(__file__).parent / "agreement_vector.json").read_bytes())["agreement"]
    digest = sha256_text(canonical(agreement)).removeprefix("sha256:")
    text = f"commonroll agreement v1\n{agreement['@id']}\nsha256 {digest}\n"
    assert sign_note(text, GA, NATL) == AGREEMENT_NOTE
    assert add_line(sign_note(text, GA), NATL.line(text)) == AGREEMENT_NOTE
    assert open_note(AGREEMENT_NOTE, [GA_KEY, NATL_KEY]) == (text, {GA.name: None, NATL.name: None})


def test_event_note_byte_for_byte() -> None:
    digest = sha256_text(canonical(EVENT)).removeprefix("sha256:")
    text = f"commonroll agreement-event v1\n{EVENT['agreement']}\nsha256 {digest}\n"
    assert sign_note(text, GA) == EVENT_NOTE


def test_cosignature_carries_its_time() -> None:
    text = "commonroll.example/log\n3\nLP73YnWX4AtWSXV3Stco7yEHBnWfym1kE4xt/By/LNo=\n"
    note = add_line(sign_note(text, LOG), WITNESS.line(text, 1795355000))
    assert note.endswith(
        "— ga.commonroll.example/witness IegfYAAAAABrAvF4x+3ByZpumpQnus2FQYOOgiommJ35pRWlp4hp0ysLLSJH"
        "gV1tDATu393b4BtIbhKuP1ALYQ5Ne7irfUQcf6r5AA==\n"
    )
    assert open_note(note, [LOG.vkey, WITNESS.vkey])[1] == {LOG.name: None, WITNESS.name: 1795355000}


def test_a_witness_that_renewed_counts_with_its_latest_time() -> None:
    note = sign_note("a\n", LOG)
    for seconds in (20, 30, 10):
        note = add_line(note, WITNESS.line("a\n", seconds))
    assert open_note(note, [WITNESS.vkey])[1] == {WITNESS.name: 30}


def test_unknown_keys_are_ignored_up_to_many() -> None:
    strangers = [signer(f"stranger.example/{n}", f"stranger {n}") for n in range(40)]
    note = sign_note("a\n", *strangers, GA)
    assert open_note(note, [GA_KEY]) == ("a\n", {GA.name: None})


def test_text_may_hold_empty_lines_and_line_separators() -> None:
    text = "a\n\n\u2028— b c\n"
    assert open_note(sign_note(text, GA), [GA_KEY])[0] == text


def test_an_added_line_is_not_repeated() -> None:
    note = sign_note("a\n", GA)
    assert add_line(note, GA.line("a\n")) == note


GOOD = sign_note("commonroll agreement v1\nx\n", GA)
LINE = GA.line("commonroll agreement v1\nx\n")


@pytest.mark.parametrize(
    ("why", "note"),
    [
        ("no known key", sign_note("a\n", NATL)),
        ("a known key's line does not verify", GOOD.replace("\nx\n", "\ny\n")),
        ("one bad line of a known key among good ones", add_line(GOOD, GA.line("other\n"))),
        ("the same key twice", GOOD + LINE + "\n"),
        ("no final newline", GOOD[:-1]),
        ("carriage returns", GOOD.replace("\n", "\r\n")),
        ("no empty line", GOOD.replace("\n\n", "\n")),
        ("no text", "\n\n" + LINE + "\n"),
        ("no signature", "commonroll agreement v1\nx\n\n"),
        ("an empty signature line", GOOD + "\n"),
        ("a hyphen for the dash", GOOD.replace("\u2014", "-")),
        ("two spaces", GOOD.replace("\u2014 ", "\u2014  ")),
        ("base64 without padding", GOOD.replace("=\n", "\n")),
        ("an unknown line that is too short", GOOD + "\u2014 someone AAAA\n"),
        ("an unknown line with a bad name", GOOD + "\u2014 some+one AAAAAAAA\n"),
        ("a tab in the text", sign_note("a b\n", GA).replace("a b", "a\tb")),
        ("more than 1 MiB", sign_note("a" * (1 << 20) + "\n", GA)),
        ("empty", ""),
    ],
)
def test_refused(why: str, note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [GA_KEY])


def test_a_note_key_is_no_cosignature_key() -> None:
    as_witness = Signer(GA.name, GA.key, COSIGNATURE)
    with pytest.raises(NoteError, match="known here"):
        open_note(sign_note("a\n", GA), [as_witness.vkey])


@pytest.mark.parametrize(
    "vkey",
    [
        GA_KEY.replace("06284782", "06284783"),
        GA_KEY.replace("06284782", "0628478"),
        NATL_KEY.replace("1307d88f", "1307D88F"),
        GA_KEY[:-4],
        GA_KEY.replace("ga.", "oh."),
        GA_KEY.replace("ga.", "g a."),
        GA_KEY.replace("+ARjx", "+BhjxA"),
        "ga",
        "",
    ],
)
def test_bad_verifier_keys(vkey: str) -> None:
    with pytest.raises(NoteError):
        parse_vkey(vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\u2028b"])
def test_bad_key_names(name: str) -> None:
    with pytest.raises(NoteError):
        signer(name, "x")


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "a\r\n", "nul\x00\n"])
def test_texts_that_are_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign_note(text, GA)


def test_nobody_signs_nothing() -> None:
    with pytest.raises(NoteError):
        sign_note("a\n")


def test_every_changed_byte_of_the_agreement_note_is_refused() -> None:
    good = AGREEMENT_NOTE.encode()
    for at in range(len(good)):
        for flip in (0x01, 0x20, 0x80):
            changed = good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :]
            with pytest.raises((NoteError, UnicodeDecodeError, AssertionError)):
                _, signers = open_note(changed.decode(), [GA_KEY, NATL_KEY])
                assert set(signers) == {GA.name, NATL.name}


@given(st.text(max_size=60))
def test_arbitrary_text_never_opens(text: str) -> None:
    with pytest.raises(NoteError):
        open_note(text, [GA_KEY])


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60).map(lambda text: text + "\n"))
def test_what_is_signed_opens(text: str) -> None:
    assert open_note(sign_note(text, GA, NATL), [NATL_KEY]) == (text, {NATL.name: None})
