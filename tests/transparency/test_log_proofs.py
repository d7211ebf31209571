"""Roots and proofs from tiles: published vectors, and every small size against the tree over all leaves."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import merkle_oracle as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_logs import LOG_KEY, ORIGIN, RECEIPT_OF_ENTRY_1, WITNESS_KEY, files_of, log_of, unsynced

from commonroll.errors import Refusal
from commonroll.notes import add_line, canonical
from commonroll.transparency.checkpoint import checkpoint_text
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.merkle import check_consistency, check_inclusion, leaf_hash, root
from commonroll.transparency.receipts import Receipt
from commonroll.transparency.tiles import Tiles
from thorough import dear

EIGHT = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                    "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

THREE = [b'{"n":0}', b'{"n":1}', b'{"n":2}']


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = [leaf_hash(entry) for entry in EIGHT[:size]]
    assert root(hashes).hex() == ROOTS[size]
    assert oracle.root(hashes).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_log_of_the_published_entries_signs_the_published_root(tmp_path: Path, size: int) -> None:
    assert log_of(tmp_path / "log", EIGHT[:size]).checkpoint().root.hex() == ROOTS[size]


def test_own_vectors_byte_for_byte(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", THREE)
    bundle = (tmp_path / "log/tile/entries/000.p/3").read_bytes()
    assert bundle.hex() == "00077b226e223a307d00077b226e223a317d00077b226e223a327d"
    assert [leaf_hash(entry).hex() for entry in THREE] == [
        "f94070abfd2da0bf72902eb13a808e794f954d9e2745c682a158f6ed0d4ac036",
        "fb5d93e6cf90bc9470cd9ea9d9e12348993db3e854ab2b7660e3594767045f6c",
        "3d1de776df086c1ae9f7049d2bb0c0475ad14185f987e064e8d10dcb2db4a322",
    ]
    checkpoint = log.checkpoint()
    text = checkpoint_text(ORIGIN, 3, checkpoint.root)
    note = add_line(checkpoint.note, WITNESS_KEY.line(text, 1795355000))
    assert str(Receipt(log.entry(1), 1, tuple(log.inclusion(1)), note)) == RECEIPT_OF_ENTRY_1


def test_own_consistency_vectors(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", THREE)
    first, second = (
        "+12T5s+QvJRwzZ6p2eEjSJk9s+hUqyt2YONZR2cEX2w=",
        "PR3ndt8IbBrp9wSdK7DAR1rRQYX5h+Bk6NENyy20oyI=",
    )
    assert [b64encode(item).decode() for item in log.consistency(1, 3)] == [first, second]
    assert [b64encode(item).decode() for item in log.consistency(2, 3)] == [second]


def test_the_specimen_leaf_has_its_published_hash() -> None:
    value = {
        "agreement": "urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03",
        "at": "2026-12-02T14:03:11Z",
        "columns": ["birth_year", "county_fips", "first_name"],
        "dataset": "urn:commonroll:dataset:ga:voters",
        "detail": "sha256:tj2UKBJ4iuRO7iXE6bgo/moOKv/Zim1ntzt7duEsGVs=",
        "file": "sha256:mjClA7KGLFHDxazX+84vH3hM9GWMz46H1QI6kMIcBxQ=",
        "id": "urn:uuid:0b8a7c52-1f55-4a0b-9a3e-5b0d1a2c3d04",
        "marks": "sha256:m3USxh1GGQAL4PdbShs8iU+B2HQsbCwQ5GP8cNO2hvs=",
        "mode": "export",
        "owner": "urn:commonroll:member:ga",
        "purpose": "gotv",
        "recipient": "urn:commonroll:member:natl",
        "rows": "252259",
        "snapshot": "412",
        "terms": "sha256:K8H6JdodYwaVf8RkaBZy3syiAUltrpswQw5lXuQiu0A=",
        "type": "export.intent",
        "v": "1",
    }
    data = canonical(value)
    assert len(data) == 660
    assert leaf_hash(data).hex() == "ec95c55d387a5793c26de9c02692701675c1761b624dd72bb79552d37887025b"


SIZES = 600


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[LogFolder, list[bytes], list[bytes]]:
    """A log grown entry by entry to 600, its leaf hashes, and the root signed at each size."""
    log = init_log(tmp_path_factory.mktemp("grown") / "log", ORIGIN, LOG_KEY)
    entries = [f"entry {n}".encode() for n in range(SIZES)]
    with unsynced():
        roots = [log.checkpoint().root] + [log.append([entry], LOG_KEY).root for entry in entries]
    return log, [oracle.leaf(entry) for entry in entries], roots


def test_every_size_signs_the_root_of_its_entries(grown: tuple[LogFolder, list[bytes], list[bytes]]) -> None:
    _, hashes, roots = grown
    assert len(roots) == SIZES + 1
    for size, found in enumerate(roots):
        assert found == oracle.root(hashes[:size])


SOME = [*range(1, 18), 31, 32, 33, 63, 64, 65, 127, 128, 129, 200, 254, 255, 256, 257, 258, 300, 383, 384,
        385, 511, 512, 513, 514, 599, 600]  # fmt: skip


def test_inclusion_in_every_size(grown: tuple[LogFolder, list[bytes], list[bytes]]) -> None:
    log, hashes, roots = grown
    tiles = Tiles(log.path, SIZES)
    for size in range(1, SIZES + 1):
        for index in {0, size // 3, size // 2, size - 1} | ({255, 256} if size > 256 else set()):
            proof = tiles.inclusion(index, size)
            assert check_inclusion(index, size, hashes[index], proof, roots[size])
            assert not check_inclusion(index, size, hashes[index - 1], proof, roots[size]) or size == 1
    for size in SOME:
        assert log.inclusion(size // 2, size) == oracle.inclusion(hashes[:size], size // 2)


def test_consistency_to_every_size(grown: tuple[LogFolder, list[bytes], list[bytes]]) -> None:
    log, hashes, roots = grown
    tiles = Tiles(log.path, SIZES)
    for new in range(1, SIZES + 1):
        for old in {1, new // 2 or 1, max(1, new - 1), new} | ({255, 256} if new > 256 else set()):
            proof = tiles.consistency(old, new)
            assert check_consistency(old, new, roots[old], roots[new], proof)
            assert old == new or not check_consistency(old, new, roots[old - 1], roots[new], proof)
    for old in SOME:
        for new in SOME:
            if old <= new:
                assert log.consistency(old, new) == oracle.consistency(old, hashes[:new])


def test_partial_tiles_go_when_their_full_tile_exists(
    grown: tuple[LogFolder, list[bytes], list[bytes]],
) -> None:
    names = set(files_of(grown[0].path))
    assert {"tile/0/000", "tile/0/001", "tile/entries/001", "tile/1/000.p/2", "tile/0/002.p/88"} <= names
    assert not [name for name in names if name.startswith(("tile/0/000.p", "tile/entries/001.p"))]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, 4), (0, -1)])
def test_proofs_of_what_is_not_there_are_refused(tmp_path: Path, index: int, size: int) -> None:
    with pytest.raises(Refusal):
        log_of(tmp_path / "log", THREE).inclusion(index, size)


@settings(max_examples=dear(200))
@given(st.integers(1, 40), st.data())
def test_a_damaged_proof_proves_nothing(size: int, data: st.DataObject) -> None:
    hashes = [oracle.leaf(bytes([n])) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = oracle.inclusion(hashes, index)
    assert check_inclusion(index, size, hashes[index], proof, oracle.root(hashes))
    wrong = data.draw(st.sampled_from(["longer", "shorter", "flipped", "index"]))
    if wrong == "longer":
        proof = [*proof, hashes[0]]
    elif wrong == "index":
        index += data.draw(st.sampled_from([-1, 1, size]))
    elif proof and wrong == "shorter":
        proof = proof[1:]
    elif proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
    else:
        proof = [hashes[0]]
    assert not check_inclusion(index, size, hashes[min(max(index, 0), size - 1)], proof, oracle.root(hashes))


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_damaged_consistency_proof_proves_nothing(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    hashes = [oracle.leaf(bytes([n])) for n in range(new)]
    roots = oracle.root(hashes[:old]), oracle.root(hashes)
    proof = oracle.consistency(old, hashes)
    assert check_consistency(old, new, *roots, proof)
    assert not check_consistency(old, new, *roots, [*proof, hashes[0]])
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not check_consistency(old, new, *roots, [*proof[:at], hashes[0][::-1], *proof[at + 1 :]])
        assert not check_consistency(old, new, *roots, proof[:at] + proof[at + 1 :])
