"""A program that we did not write takes our logs, and we take its: checkpoints, tiles, entries, proofs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aics_tlog as theirs
import pytest
from aics_tlog.checkpoint import checkpoint_from_note
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sample_logs import LOG_KEY, ORIGIN, WITNESS_KEY, count_leaf, log_of, signer, unsynced

from commonroll.notes import add_line
from commonroll.transparency.checkpoint import Checkpoint, checkpoint_text, open_checkpoint
from commonroll.transparency.log import LogFolder, init_log
from commonroll.transparency.merkle import check_consistency, check_inclusion, leaf_hash
from commonroll.transparency.tiles import Tiles
from commonroll.transparency.verify import verify_folder

NOW = 1_795_355_000
SIZES = 600


def taken(checkpoint: Checkpoint) -> theirs.Checkpoint:
    """What the other program reads in a checkpoint of ours that our witness cosigned."""
    line = WITNESS_KEY.line(checkpoint_text(checkpoint.origin, checkpoint.size, checkpoint.root), NOW)
    read, note = checkpoint_from_note(add_line(checkpoint.note, line))
    log, witness = theirs.parse_vkey(LOG_KEY.vkey), theirs.parse_vkey(WITNESS_KEY.vkey)
    verdict = theirs.verify_checkpoint(note, log, [witness], 1, expected_origin=ORIGIN, now=NOW)
    assert verdict.ok, verdict.error
    return read


def audited(log: LogFolder, read: theirs.Checkpoint) -> None:
    """The other program's walk over every tile and entry of our folder."""
    report = theirs.audit_tiles(theirs.FileSystemTileReader(log.path), read.size, read.root)
    assert report.bundles == -(-read.size // 256)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LogFolder, list[Checkpoint]]]:
    """A log grown entry by entry to 600, looked at by the other program at every size."""
    log = init_log(tmp_path_factory.mktemp("elsewhere") / "log", ORIGIN, LOG_KEY)
    signed = [log.checkpoint()]
    audited(log, taken(signed[0]))
    with unsynced():
        for n in range(SIZES):
            signed.append(log.append([b"entry %d" % n], LOG_KEY))
            audited(log, taken(signed[-1]))
    yield log, signed


def test_every_size_is_taken_elsewhere(grown: tuple[LogFolder, list[Checkpoint]]) -> None:
    _, signed = grown
    assert [one.size for one in signed] == list(range(SIZES + 1))


def test_our_proofs_are_taken_elsewhere(grown: tuple[LogFolder, list[Checkpoint]]) -> None:
    log, signed = grown
    tiles = Tiles(log.path, SIZES)
    for size in range(1, SIZES + 1):
        for index in {0, size // 3, size - 1}:
            proof = tiles.inclusion(index, size)
            entry = b"entry %d" % index
            assert theirs.verify_leaf_inclusion(entry, index, size, proof, signed[size].root)
            assert not theirs.verify_leaf_inclusion(entry + b"!", index, size, proof, signed[size].root)
        for old in {1, size // 2 or 1, size}:
            given = old, size, signed[old].root, signed[size].root
            assert theirs.verify_consistency(*given, tiles.consistency(old, size))


def test_proofs_made_elsewhere_are_taken_here(grown: tuple[LogFolder, list[Checkpoint]]) -> None:
    log, signed = grown
    reader = theirs.FileSystemTileReader(log.path)
    for size in (1, 2, 3, 255, 256, 257, 511, 512, 513, 600):
        for index in {0, size // 2, size - 1}:
            proof = theirs.inclusion_proof_from_tiles(reader, index, size, SIZES)
            assert check_inclusion(index, size, leaf_hash(b"entry %d" % index), proof, signed[size].root)
        proof = theirs.consistency_proof_from_tiles(reader, size // 2 or 1, size, SIZES)
        assert check_consistency(size // 2 or 1, size, signed[size // 2 or 1].root, signed[size].root, proof)


def test_a_log_of_70000_entries_is_taken_elsewhere(tmp_path: Path) -> None:
    with unsynced():
        log = log_of(tmp_path / "log", [b"%d" % n for n in range(70_000)])
    audited(log, taken(log.checkpoint()))


def test_a_log_written_elsewhere_is_taken_here(tmp_path: Path) -> None:
    entries = [count_leaf(n) for n in range(700)]
    theirs.TileWriter(entries).write_to(tmp_path)
    head = theirs.Checkpoint(ORIGIN, 700, theirs.MerkleTree(entries).root())
    note = theirs.sign_checkpoint(head, LOG_KEY.key, ORIGIN)
    (tmp_path / "checkpoint").write_bytes(note.to_bytes())
    verdict = verify_folder(tmp_path, LOG_KEY.vkey)
    assert verdict.ok and verdict.size == 700, verdict.sentences
    damaged = tmp_path / "tile/entries/001"
    damaged.write_bytes(damaged.read_bytes().replace(b"gotv", b"gotb", 1))
    with pytest.raises(theirs.TileVerificationError):
        theirs.audit_tiles(theirs.FileSystemTileReader(tmp_path), 700, head.root)
    assert not verify_folder(tmp_path, LOG_KEY.vkey).ok


def test_cosigned_elsewhere_is_taken_here() -> None:
    key = Ed25519PrivateKey.generate()
    name = "other.example/witness"
    vkey = theirs.format_vkey(theirs.cosignature_vkey(name, key.public_key()))
    read = theirs.Checkpoint(ORIGIN, 3, bytes(32))
    note = theirs.sign_checkpoint(read, LOG_KEY.key, ORIGIN)
    _, line = theirs.sign_cosignature(key, name, NOW, ORIGIN, 3, bytes(32))
    both = theirs.Note(note.text, (*note.signatures, line)).serialise()
    assert open_checkpoint(both, [LOG_KEY.vkey, vkey], ORIGIN).size == 3


def test_a_rewritten_history_is_refused_elsewhere(tmp_path: Path) -> None:
    honest = log_of(tmp_path / "honest", [b"%d" % n for n in range(300)])
    rewritten = log_of(tmp_path / "rewritten", [b"%d" % (n % 299) for n in range(400)])
    proof = rewritten.consistency(300, 400)
    given = honest.checkpoint().root, rewritten.checkpoint().root, proof
    assert not theirs.verify_consistency(300, 400, *given)
    assert not check_consistency(300, 400, *given)


def test_another_key_under_the_same_name_is_refused_on_both_sides(tmp_path: Path) -> None:
    log = log_of(tmp_path / "log", [b"one"])
    forger = signer(ORIGIN, "another key")
    _, note = checkpoint_from_note(log.checkpoint().note)
    assert not theirs.verify_checkpoint(note, theirs.parse_vkey(forger.vkey)).ok
    assert not verify_folder(log.path, forger.vkey).ok
