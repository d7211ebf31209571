"""Receipts and policies: what proves an entry, offline, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_logs import LOG_KEY, ORIGIN, RECEIPT_OF_ENTRY_1, WITNESS_KEY, count_leaf, log_of, signer

from commonroll.notes import add_line
from commonroll.transparency.policy import Policy, PolicyError, parse_policy
from commonroll.transparency.receipts import (
    ReceiptError,
    make_receipt,
    parse_receipt,
    verify_receipt,
)
from thorough import dear

POLICY = """# the federation's witnesses
log commonroll.example/log+e670d585+ASWcGH5eYt1caw48VkPzAj2/47rvvZrkv21XCn3uGZ0t
witness ga ga.commonroll.example/witness+21e81f60+BFDnWLx9ykvcrLaiyUsSuR8eUxBZyJ27O3Uy6foTGIVO
quorum ga
"""
OTHERS = {name: signer(f"{name}.commonroll.example/witness", name, 0x04) for name in ("natl", "tx", "oh")}
FULL_POLICY = POLICY.replace("quorum ga\n", "") + "".join(
    [
        *(f"witness\t{name}  {key.vkey}\n" for name, key in OTHERS.items()),
        "group parties all ga natl\n",
        "group others any tx oh\n",
        "group both all parties others\n",
        "\n",
        "quorum both\n",
    ]
)
GA, NATL, TX = (f"{name}.commonroll.example/witness" for name in ("ga", "natl", "tx"))


def test_the_published_receipt_verifies_with_policy_and_with_key() -> None:
    for trust in (parse_policy(POLICY), LOG_KEY.vkey):
        verdict = verify_receipt(RECEIPT_OF_ENTRY_1, trust)
        assert verdict.ok
        assert (verdict.origin, verdict.index, verdict.size, verdict.leaf) == (ORIGIN, 1, 3, b'{"n":1}')


def test_a_receipt_reads_back_byte_for_byte() -> None:
    assert str(parse_receipt(RECEIPT_OF_ENTRY_1)) == RECEIPT_OF_ENTRY_1


def test_receipts_of_every_entry(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(n) for n in range(300)])
    for index in (0, 1, 254, 255, 256, 299):
        verdict = verify_receipt(make_receipt(log, index), LOG_KEY.vkey)
        assert verdict.ok
        assert verdict.leaf == count_leaf(index)
        assert "count, urn:commonroll:member:ga to urn:commonroll:member:natl" in " ".join(verdict.sentences)
        assert verdict.as_dict()["index"] == index


def test_a_log_of_one_entry_has_an_empty_proof(tmp_path: Path) -> None:
    text = make_receipt(log_of(tmp_path / "log", [count_leaf(0)]), 0)
    assert "index 0\n\ncommonroll.example/log\n1\n" in text
    assert verify_receipt(text, LOG_KEY.vkey).ok


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("another entry", RECEIPT_OF_ENTRY_1.replace("eyJuIjoxfQ==", "eyJuIjoyfQ==")),
        ("another place", RECEIPT_OF_ENTRY_1.replace("index 1", "index 0")),
        ("a place beyond the log", RECEIPT_OF_ENTRY_1.replace("index 1", "index 3")),
        ("another size", RECEIPT_OF_ENTRY_1.replace("\n3\n", "\n4\n")),
        ("proof cut", RECEIPT_OF_ENTRY_1.replace("PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=\n", "")),
        ("entry left out", RECEIPT_OF_ENTRY_1.replace("extra eyJuIjoxfQ==\n", "")),
        ("a short hash", RECEIPT_OF_ENTRY_1.replace("PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=", "AAAA")),
        ("another heading", RECEIPT_OF_ENTRY_1.replace("@v1", "@v2")),
        ("a leading zero", RECEIPT_OF_ENTRY_1.replace("index 1", "index 01")),
        (
            "the log's line only of another key",
            RECEIPT_OF_ENTRY_1.replace("\u2014 commonroll", "\u2014 x.commonroll"),
        ),
        ("carriage returns", RECEIPT_OF_ENTRY_1.replace("\n", "\r\n")),
        ("cut", RECEIPT_OF_ENTRY_1[:200]),
        ("empty", ""),
        ("too large", RECEIPT_OF_ENTRY_1 + "x" * (1 << 21)),
    ],
)
def test_refused(why: str, text: str) -> None:
    verdict = verify_receipt(text, LOG_KEY.vkey)
    assert not verdict.ok
    assert verdict.sentences[0].endswith(".")


def test_a_bad_cosignature_spoils_a_receipt_even_where_none_is_needed() -> None:
    text = RECEIPT_OF_ENTRY_1.replace("x+3ByZpump", "x+3ByZpumq")
    assert verify_receipt(text, LOG_KEY.vkey).ok
    assert not verify_receipt(text, parse_policy(POLICY.replace("quorum ga", "quorum none"))).ok


def test_without_its_witness_the_quorum_is_missed() -> None:
    text = "\n".join(RECEIPT_OF_ENTRY_1.split("\n")[:-2]) + "\n"
    assert verify_receipt(text, LOG_KEY.vkey).ok
    assert "witness" in verify_receipt(text, parse_policy(POLICY)).sentences[0]


def test_another_logs_receipt_is_not_taken() -> None:
    other = signer("other.example/log", "other")
    assert "not known" in verify_receipt(RECEIPT_OF_ENTRY_1, other.vkey).sentences[0]


def test_the_same_name_with_another_key_is_not_taken() -> None:
    assert not verify_receipt(RECEIPT_OF_ENTRY_1, signer(ORIGIN, "other").vkey).ok


def test_cosignatures_meet_a_nested_quorum(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [count_leaf(0)])
    text = make_receipt(log, 0)
    policy = parse_policy(FULL_POLICY)
    checkpoint_text = log.checkpoint().note.partition("\n\n")[0] + "\n"
    for key, met in ((WITNESS_KEY, False), (OTHERS["natl"], False), (OTHERS["oh"], True)):
        text = add_line(text, key.line(checkpoint_text, 1795355000))
        assert verify_receipt(text, policy).ok is met


@pytest.mark.parametrize(
    ("names", "met"),
    [((), False), ((GA, NATL), False), ((GA, NATL, TX), True), ((GA, TX), False), ((NATL, TX), False)],
)
def test_quorums(names: tuple[str, ...], met: bool) -> None:
    assert parse_policy(FULL_POLICY).witnessed(names) is met


@pytest.mark.parametrize(
    ("needed", "met"), [("1", True), ("2", True), ("3", False), ("any", True), ("all", False)]
)
def test_groups_by_number(needed: str, met: bool) -> None:
    text = FULL_POLICY.replace("group parties all ga natl", f"group parties {needed} ga natl tx").replace(
        "group others any tx oh\ngroup both all parties others\n\nquorum both", "quorum parties"
    )
    assert parse_policy(text).witnessed([GA, NATL]) is met


def test_no_quorum_asks_for_no_witness() -> None:
    policy = parse_policy(POLICY.replace("quorum ga", "quorum none"))
    assert policy == Policy((LOG_KEY.vkey,), {"ga": WITNESS_KEY.vkey})
    assert policy.witnessed([])


LINES = POLICY.split("\n")


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("no newline at the end", POLICY[:-1]),
        ("no quorum", POLICY.replace("quorum ga\n", "")),
        ("two quorums", POLICY + "quorum none\n"),
        ("no log", POLICY.replace(LINES[1] + "\n", "")),
        ("unknown verb", POLICY + "monitor x\n"),
        ("quorum of an unknown name", POLICY.replace("quorum ga", "quorum oh")),
        ("name used before it is defined", POLICY.replace("quorum ga", "group g any ga oh\nquorum g")),
        ("a witness in two groups", POLICY.replace("quorum ga", "group g any ga\ngroup h any ga\nquorum g")),
        ("a witness twice in a group", POLICY.replace("quorum ga", "group g any ga ga\nquorum g")),
        (
            "two witnesses with one key",
            POLICY.replace("quorum ga", LINES[2].replace(" ga ", " oh ") + "\nquorum ga"),
        ),
        ("one name twice", POLICY.replace("quorum ga", f"witness ga {OTHERS['oh'].vkey}\nquorum ga")),
        ("a witness named none", POLICY.replace("quorum ga", f"witness none {OTHERS['oh'].vkey}\nquorum ga")),
        ("a log's key as witness", POLICY.replace("quorum ga", f"witness oh {LOG_KEY.vkey}\nquorum ga")),
        ("a witness's key as log", POLICY + f"log {WITNESS_KEY.vkey}\n"),
        ("more needed than there are", POLICY.replace("quorum ga", "group g 2 ga\nquorum g")),
        ("none needed", POLICY.replace("quorum ga", "group g 0 ga\nquorum g")),
        ("needed in words", POLICY.replace("quorum ga", "group g most ga\nquorum g")),
        ("an empty group", POLICY.replace("quorum ga", "group g all\nquorum g")),
        ("carriage returns", POLICY.replace("\n", "\r\n")),
        ("empty", ""),
    ],
)
def test_policies_that_cannot_be_followed(why: str, text: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(text)


@settings(max_examples=dear(300))
@given(st.data())
def test_no_changed_byte_of_a_receipt_goes_unnoticed(data: st.DataObject) -> None:
    stored = bytearray(RECEIPT_OF_ENTRY_1.encode())
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        text = stored.decode()
    except UnicodeDecodeError:
        return
    assert not verify_receipt(text, parse_policy(POLICY)).ok


@given(st.text(max_size=200))
def test_arbitrary_text_is_no_receipt(text: str) -> None:
    with pytest.raises(ReceiptError):
        parse_receipt(text)
