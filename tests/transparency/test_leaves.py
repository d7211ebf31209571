"""What the log takes, and what has no place in it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_logs import BEGIN, LOG_KEY, WITNESS_KEY, new_id

from commonroll.notes import NoteError, canonical, parse_canonical, sha256_text
from commonroll.transparency.leaves import (
    CHECKS,
    FORMS,
    LeafError,
    check_leaf,
    commit,
    leaf,
    new_reader,
    open_sealed,
    seal,
)

HASH = sha256_text(b"x")
USE = {
    "purpose": "gotv",
    "columns": ["voters.party", "voters.county_fips"],
    "snapshot": "412",
    "detail": HASH,
}
TERMS = {"agreement": new_id(1), "terms": HASH}
DATASET = {"dataset": "urn:commonroll:dataset:ga"}

# type, recipient, keys
SPECIMENS: list[tuple[str, str | None, dict[str, Any]]] = [
    ("load", None, {"verdict": "accept", "rows": "50000", "snapshot": "3", "refused": "12", "load": new_id(2),
                    "layouts": ["nc/2022-02.registration", "nc/2021-06.history"], "files": [HASH]}),
    ("load", None, {"verdict": "refuse", "rows": "0"}),
    ("agreement.finalized", "natl", {**TERMS, "until": "2027-06-30T00:00:00Z"}),
    ("agreement.event", "natl",
     {**TERMS, "event": "Revoked", "eventHash": HASH, "effective": "2027-02-15T00:00:00Z"}),
    ("count", "natl", {**USE, **TERMS, "mode": "count"}),
    ("count", "natl", {**USE, **TERMS, "mode": "count", "questions": "14", "strategy": HASH}),
    ("count", None, {**USE, "mode": "count"}),
    ("view", "natl", {**USE, **TERMS, "mode": "view", "rows": "50"}),
    ("view", None, {**USE, "mode": "view"}),
    ("contact", "natl", {**USE, **TERMS, "mode": "contact"}),
    ("export.intent", "natl", {**USE, **TERMS, **DATASET, "mode": "export", "rows": "252259", "file": HASH}),
    ("export.intent", "natl",
     {**USE, **TERMS, **DATASET, "mode": "export", "rows": "7", "file": HASH, "marks": ["0a" * 32]}),
    ("share.open", "natl",
     {**USE, **TERMS, **DATASET, "mode": "export", "rows": "7", "file": HASH, "files": [HASH]}),
    ("mark.key", None, {"commitment": "0a" * 32}),
    ("mark.burnt", None, {"commitment": "0a" * 32, "detail": HASH}),
    ("decoys", None, {"commitment": "0a" * 32, "count": "500"}),
    ("export.received", "natl",
     {**TERMS, "extract": new_id(3), "file": HASH, "rows": "7", "receiptHash": HASH}),
    ("export.intent", None, {**USE, **DATASET, "mode": "export", "rows": "7", "file": HASH}),
    ("responses.returned", "natl", {**TERMS, "tables": ["responses", "optouts"], "rows": "40", "file": HASH}),
    ("member.key", None, {"member": "ga", "vkey": LOG_KEY.vkey, "state": "added"}),
    ("log.key", None, {"member": "federation", "vkey": LOG_KEY.vkey, "state": "withdrawn"}),
    ("witness.key", None, {"member": "natl", "vkey": WITNESS_KEY.vkey, "state": "added"}),
    ("denied", "natl", {"reason": "not-granted", "count": "3", "detail": HASH}),
    ("decisions", None, {"root": HASH, "count": "412"}),
    ("opening", None, {"entry": new_id(4), "part": "detail", "ground": "own"}),
    ("opening", "natl", {"entry": new_id(4), "part": "strategy", "ground": "dispute"}),
    ("opening", "natl", {"entry": new_id(4), "part": "strategy", "ground": "asked", "detail": HASH}),
    ("dispute.rule", None, {"terms": HASH, "threshold": "2", "count": "3", "state": "added"}),
    ("operator", None, {"action": "user.invited", "detail": HASH}),
    ("statement", None, {"about": "protected", "statement": HASH, "effective": "2026-12-01T00:00:00Z"}),
    ("agreement.step", "natl", {**TERMS, "negotiation": new_id(3), "step": "OFFERED"}),
    ("law.override", "natl", {**TERMS, "lawPack": "law:us-ga:2026.1", "rule": "GA-1", "override": HASH,
                              "state": "made", "until": "2027-06-30T00:00:00Z"}),
    ("law.override", None, {"lawPack": "law:us-ga:2026.1", "rule": "GA-1", "override": HASH,
                            "state": "ended", "until": "2027-06-30T00:00:00Z"}),
    ("stop", None, {"state": "asked", "count": "1", "run": new_id(6), "detail": HASH}),
    ("admission", None, {"step": "published", "run": new_id(5), "criteria": HASH}),
    ("admission", "natl", {"step": "declined", "run": new_id(5), "criteria": HASH, "detail": HASH}),
    ("duty", "natl", {**TERMS, "duty": "delete", "state": "opened", "run": new_id(4), "detail": HASH,
                      "due": "2027-03-01T00:00:00Z"}),
    ("duty", "natl", {**TERMS, "duty": "delete", "state": "met", "run": new_id(4), "statement": HASH,
                      "due": "2027-03-01T00:00:00Z"}),
]  # fmt: skip


def written(type: str, recipient: str | None, keys: dict[str, Any], **other: Any) -> bytes:
    parts = {"at": BEGIN, "id": new_id(9), "owner": "ga", "recipient": recipient, **other}
    return leaf(type, **parts, keys=keys)


@pytest.mark.parametrize(("type", "recipient", "keys"), SPECIMENS)
def test_every_type_is_written_and_read_back(type: str, recipient: str | None, keys: dict[str, Any]) -> None:
    data = written(type, recipient, keys)
    value = check_leaf(data)
    assert value == parse_canonical(data)
    assert value["type"] == type
    assert value["owner"] == "urn:commonroll:member:ga"
    assert value["at"] == "2026-12-02T14:00:00Z"
    assert value.get("recipient") == (recipient and f"urn:commonroll:member:{recipient}")


def test_every_type_and_key_has_a_specimen() -> None:
    assert {type for type, _, _ in SPECIMENS} == set(FORMS)
    assert set().union(*(form.required | form.optional for form in FORMS.values())) < set(CHECKS)


@pytest.mark.parametrize(("type", "recipient", "keys"), SPECIMENS)
def test_a_missing_key_is_refused(type: str, recipient: str | None, keys: dict[str, Any]) -> None:
    for key in FORMS[type].required & set(keys):
        with pytest.raises(LeafError, match=key):
            written(type, recipient, {k: v for k, v in keys.items() if k != key})


@pytest.mark.parametrize(("type", "recipient", "keys"), SPECIMENS)
@pytest.mark.parametrize("extra", ["name", "where", "voter", "user", "marks", "note", "phone"])
def test_an_unknown_key_is_refused_and_not_repeated(
    type: str, recipient: str | None, keys: dict[str, Any], extra: str
) -> None:
    with pytest.raises(LeafError) as caught:
        written(type, recipient, {**keys, extra: "JANE DOE-SMITH"})
    assert "DOE" not in str(caught.value)


EXPORT = SPECIMENS[10][2]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("columns", ["voters.party", "JANE DOE"]),
        ("columns", ["party"]),
        ("columns", "voters.party"),
        ("columns", [["voters.party"]]),
        ("columns", ["last_name = 'DOE'"]),
        ("purpose", "challenge"),
        ("purpose", "GOTV"),
        ("rows", "12 voters"),
        ("rows", "-1"),
        ("rows", "007"),
        ("rows", ["1"]),
        ("rows", "1" * 16),
        ("rows", "\u0661"),
        ("snapshot", "latest"),
        ("file", "sha256:abc"),
        ("file", HASH.replace("=", "")),
        ("file", HASH[:-2] + "B="),
        ("file", "JANE DOE"),
        ("detail", "party = 'DEM'"),
        ("agreement", "3"),
        ("terms", "anything"),
        ("dataset", "urn:commonroll:dataset:GA voters"),
        ("mode", "count"),
    ],
)
def test_a_value_of_another_form_is_refused_and_not_repeated(key: str, value: Any) -> None:
    with pytest.raises(LeafError) as caught:
        written("export.intent", "natl", {**EXPORT, key: value})
    assert "DOE" not in str(caught.value)
    assert "DEM" not in str(caught.value)


@pytest.mark.parametrize("value", [1, 1.5, True, None, b"x", {"a": "b"}, [1]])
@pytest.mark.parametrize("key", ["rows", "columns", "detail"])
def test_numbers_and_other_things_are_refused(key: str, value: Any) -> None:
    with pytest.raises(LeafError):
        written("export.intent", "natl", {**EXPORT, key: value})


@pytest.mark.parametrize(
    "other",
    [
        {"owner": "JANE DOE"},
        {"owner": ""},
        {"owner": "urn:commonroll:member:"},
        {"recipient": "jane@example.org"},
        {"recipient": "ga"},
        {"id": "1"},
        {"id": new_id(9).upper()},
        {"at": BEGIN.replace(tzinfo=None)},
    ],
)
def test_parties_id_and_time_have_their_forms(other: dict[str, Any]) -> None:
    with pytest.raises(LeafError):
        parts = {"at": BEGIN, "id": new_id(9), "owner": "ga", "recipient": "natl", **other}
        leaf("count", **parts, keys={**USE, **TERMS, "mode": "count"})


def test_common_keys_are_not_given_twice() -> None:
    with pytest.raises(LeafError, match="further keys"):
        written("load", None, {"verdict": "accept", "rows": "1", "at": "2026-12-02T14:00:00Z"})


@pytest.mark.parametrize(
    ("recipient", "keys"),
    [(None, TERMS), ("natl", {}), ("natl", {"terms": HASH}), ("natl", {"agreement": new_id(1)})],
)
def test_anothers_use_names_its_agreement_and_the_owners_own_has_none(
    recipient: str | None, keys: dict[str, str]
) -> None:
    with pytest.raises(LeafError):
        written("count", recipient, {**USE, "mode": "count", **keys})


def test_times_are_utc_and_whole_seconds() -> None:
    east = timezone(timedelta(hours=9))
    at = datetime(2026, 12, 2, 23, 30, 1, 999_999, tzinfo=east)
    value = check_leaf(written("load", None, {"verdict": "accept", "rows": "1"}, at=at))
    assert value["at"] == "2026-12-02T14:30:01Z"


@pytest.mark.parametrize(
    "at", ["2026-02-30T00:00:00Z", "2026-12-02T14:00:00", "2026-12-02 14:00:00Z", "tomorrow"]
)
def test_instants_that_are_none(at: str) -> None:
    assert not CHECKS["at"](at)


def test_lists_are_written_sorted_and_once() -> None:
    keys = {**USE, "mode": "count", "columns": ["voters.status", "voters.party", "voters.status"]}
    assert check_leaf(written("count", None, keys))["columns"] == ["voters.party", "voters.status"]


def test_unsorted_lists_are_refused_on_reading() -> None:
    value = parse_canonical(written("count", None, {**USE, "mode": "count"}))
    value["columns"] = value["columns"][::-1]
    with pytest.raises(LeafError):
        check_leaf(canonical(value))


def test_at_most_8192_bytes() -> None:
    files = [sha256_text(str(n).encode()) for n in range(200)]
    with pytest.raises(LeafError, match="8192"):
        written("load", None, {"verdict": "accept", "rows": "1", "files": files})


@pytest.mark.parametrize(
    "data", [b"", b"[]", b'"x"', b'{"v":"1"}', b'{"type":"gossip","v":"1"}', b'{"n":1}', b"\xff"]
)
def test_what_is_no_leaf(data: bytes) -> None:
    with pytest.raises(LeafError):
        check_leaf(data)


@given(st.data())
def test_a_changed_byte_never_passes_as_the_same_leaf(data: st.DataObject) -> None:
    stored = bytearray(written("export.intent", "natl", EXPORT))
    before = parse_canonical(bytes(stored))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert check_leaf(bytes(stored)) != before
    except LeafError:
        return


@given(st.sampled_from(sorted(FORMS)), st.dictionaries(st.sampled_from(sorted(CHECKS)), st.text(max_size=30)))
def test_arbitrary_texts_are_refused(type: str, keys: dict[str, str]) -> None:
    with pytest.raises((LeafError, NoteError)):
        leaf(type, at=datetime.now(UTC), id=f"urn:uuid:{uuid.uuid4()}", owner="ga", keys=keys)


SALT = hashlib.sha256(b"commonroll test salt").digest()
DETAILS = {"query": "gotv list", "rows": "252259"}


def test_the_commitment_vector() -> None:
    assert commit(DETAILS, SALT) == "sha256:tj2UKBJ4iuRO7iXE6bgo/moOKv/Zim1ntzt7duEsGVs="


def test_a_commitment_needs_its_whole_salt() -> None:
    with pytest.raises(LeafError):
        commit(DETAILS, b"short")
    assert commit(DETAILS, bytes(32)) != commit(DETAILS, SALT)


def test_sealed_details_open_for_each_recipient_and_nobody_else() -> None:
    (owner, to_owner), (recipient, to_recipient), (other, _) = new_reader(), new_reader(), new_reader()
    sealed = seal(DETAILS, SALT, [to_owner, to_recipient])
    assert b"gotv" not in sealed
    for identity in (owner, recipient):
        details, salt = open_sealed(sealed, identity)
        assert commit(details, salt) == commit(DETAILS, SALT)
    with pytest.raises(LeafError, match="cannot be opened"):
        open_sealed(sealed, other)
    with pytest.raises(LeafError):
        open_sealed(sealed[:-1], owner)
    with pytest.raises(LeafError):
        open_sealed(sealed, "not an identity")


@pytest.mark.parametrize("recipients", [[], ["ga"], ["age1qqqq"]])
def test_details_are_sealed_to_somebody(recipients: list[str]) -> None:
    with pytest.raises(LeafError):
        seal(DETAILS, SALT, recipients)


def test_a_duty_is_opened_met_or_overdue_and_a_key_is_not() -> None:
    duty = {**TERMS, "duty": "delete", "run": new_id(4), "due": "2027-03-01T00:00:00Z"}
    with pytest.raises(LeafError, match="no such state"):
        written("duty", "natl", {**duty, "state": "withdrawn"})
    with pytest.raises(LeafError, match="no such state"):
        written("member.key", None, {"member": "ga", "vkey": LOG_KEY.vkey, "state": "overdue"})
