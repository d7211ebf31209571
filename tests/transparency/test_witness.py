"""A witness: every row of the protocol's table, the race, what is kept, and other people's programs."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from aics_tlog import parse_vkey as their_vkey
from aics_witness import config as their_config
from aics_witness import service as their_service
from aics_witness import store as their_store
from aics_witness.feeder import WitnessClient, WitnessRejected
from sample_logs import LOG_KEY, ORIGIN, WITNESS_KEY, log_of, signer, unsynced

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.notes import open_note
from commonroll.transparency.checkpoint import open_checkpoint, sign_checkpoint
from commonroll.transparency.log import LogFolder
from commonroll.transparency.tiles import Tiles
from commonroll.transparency.witness.asking import MAX_REQUEST_BYTES, origin_hash, parse_size, write_request
from commonroll.transparency.witness.serving import Serving
from commonroll.transparency.witness.store import MOST_EVIDENCE, Store
from commonroll.transparency.witness.witness import EMPTY, Witness, init, load, seal

NOW = 1_795_355_000


class Clock:
    """POSIX seconds that a test sets."""

    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def witness(tmp_path: Path, clock: Clock) -> Witness:
    found = Witness(Store.create(tmp_path / "witness.sqlite3"), WITNESS_KEY, clock)
    found.watch(LOG_KEY.vkey)
    return found


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> LogFolder:
    with unsynced():
        return log_of(tmp_path_factory.mktemp("witnessed") / "log", [b"%d" % n for n in range(300)])


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> LogFolder:
    """The same log with its third entry rewritten, signed with the log's own key."""
    entries = [b"%d" % (n if n != 2 else 7) for n in range(300)]
    with unsynced():
        return log_of(tmp_path_factory.mktemp("forked") / "log", entries)


def at(log: LogFolder, size: int) -> str:
    """The checkpoint that the log signed when it had `size` entries."""
    root = Tiles(log.path, size).root() if size else EMPTY
    return sign_checkpoint(log.origin, size, root, LOG_KEY).note


def ask(log: LogFolder, old: int, new: int) -> bytes:
    proof = log.consistency(old, new) if 0 < old < new else []
    return write_request(old, proof, at(log, new))


def test_a_log_that_grows_is_signed_each_time(witness: Witness, log: LogFolder, clock: Clock) -> None:
    for old, new in ((0, 0), (0, 1), (1, 255), (255, 256), (256, 300), (300, 300)):
        clock.now += 1
        answer = witness.add_checkpoint(ask(log, old, new))
        assert answer.status == 200, answer.body
        text, signed = open_note(at(log, new) + answer.body, [LOG_KEY.vkey, WITNESS_KEY.vkey])
        assert signed == {ORIGIN: None, WITNESS_KEY.name: clock.now} and text.split("\n")[1] == str(new)
        kept = witness.latest(origin_hash(ORIGIN)).body
        assert kept == at(log, new) + answer.body
    assert json.loads(witness.evidence(origin_hash(ORIGIN)).body) == []


def test_lines_of_others_are_not_kept(witness: Witness, log: LogFolder) -> None:
    other = signer("other.example/witness", "another witness", 0x04)
    note = at(log, 1)
    body = write_request(0, [], note + other.line(note.rpartition("\n\n")[0] + "\n", NOW) + "\n")
    assert witness.add_checkpoint(body).status == 200
    assert "other.example" not in witness.latest(origin_hash(ORIGIN)).body


def test_a_log_that_nobody_watches(witness: Witness, tmp_path: Path) -> None:
    note = sign_checkpoint("commonroll.example/other", 0, EMPTY, signer("commonroll.example/other", "x")).note
    assert witness.add_checkpoint(write_request(0, [], note)).status == 404
    assert witness.latest(origin_hash("commonroll.example/other")).status == 404


def test_a_signature_of_another_key_or_of_another_text(witness: Witness, log: LogFolder) -> None:
    forged = sign_checkpoint(ORIGIN, 0, EMPTY, signer(ORIGIN, "another key")).note
    assert witness.add_checkpoint(write_request(0, [], forged)).status == 403
    changed = at(log, 2).replace("\n2\n", "\n3\n")
    assert witness.add_checkpoint(write_request(0, [], changed)).status == 403


MALFORMED = {
    "nothing": b"",
    "no size": b"new 0\n\n",
    "a size with a zero ahead": b"old 01\n\n",
    "bytes": b"old 0\n\n\xff\xfe",
    "a hash that is too short": b"old 0\nAAAA\n\n",
    "no note": b"old 0\n\nhello\n",
    "too large": b"old 0\n\n" + b"x" * MAX_REQUEST_BYTES,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_request(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_a_proof_of_more_than_63_hashes_and_a_log_that_shrinks(witness: Witness, log: LogFolder) -> None:
    assert witness.add_checkpoint(write_request(0, [bytes(32)] * 64, at(log, 1))).status == 400
    assert witness.add_checkpoint(write_request(9, [], at(log, 1))).status == 400


def test_another_old_size_is_told_the_right_one(witness: Witness, log: LogFolder) -> None:
    witness.add_checkpoint(ask(log, 0, 7))
    answer = witness.add_checkpoint(ask(log, 0, 9))
    assert (answer.status, answer.kind, parse_size(answer.body.encode())) == (409, "text/x.tlog.size", 7)
    rollback = witness.add_checkpoint(ask(log, 3, 5))
    assert (rollback.status, rollback.body) == (409, "7\n")


def refused(witness: Witness, body: bytes) -> str:
    """The sentence of a refusal whose request was kept."""
    before = len(witness.store.evidence(ORIGIN))
    seen = witness.store.seen(ORIGIN)
    answer = witness.add_checkpoint(body)
    kept = witness.store.evidence(ORIGIN)
    assert answer.status == 422 and witness.store.seen(ORIGIN) == seen
    assert len(kept) == before + 1 and kept[-1].request == body and kept[-1].why + "\n" == answer.body
    return kept[-1].why


def test_what_contradicts_is_refused_and_kept(witness: Witness, log: LogFolder, forked: LogFolder) -> None:
    nothing = sign_checkpoint(ORIGIN, 0, bytes(32), LOG_KEY).note
    assert "no entries" in refused(witness, write_request(0, [], nothing))
    assert "nothing to prove" in refused(witness, write_request(0, [bytes(32)], at(log, 5)))
    witness.add_checkpoint(ask(log, 0, 200))
    assert "Two different logs of 200 entries" in refused(witness, ask(forked, 200, 200))
    assert "nothing to prove" in refused(witness, write_request(200, [bytes(32)], at(log, 200)))
    assert "does not show" in refused(witness, ask(forked, 200, 300))
    assert "does not show" in refused(witness, write_request(200, [], at(log, 300)))


def test_a_fork_is_kept_whatever_old_size_comes_with_it(
    witness: Witness, log: LogFolder, forked: LogFolder
) -> None:
    witness.add_checkpoint(ask(log, 0, 200))
    assert witness.add_checkpoint(ask(forked, 0, 200)).status == 409
    (kept,) = json.loads(witness.evidence(origin_hash(ORIGIN)).body)
    two = [open_checkpoint(note, [LOG_KEY.vkey], ORIGIN) for note in
           (kept["known"], kept["request"].partition("\n\n")[2])]  # fmt: skip
    assert two[0].size == two[1].size == 200 and two[0].root != two[1].root


def test_evidence_is_kept_once_and_fills_no_disk(witness: Witness, log: LogFolder) -> None:
    for n in (*range(MOST_EVIDENCE + 5), 3):
        witness.add_checkpoint(write_request(0, [n.to_bytes(32, "big")], at(log, 5)))
    assert len(witness.store.evidence(ORIGIN)) == MOST_EVIDENCE


def test_a_clock_that_was_set_back_signs_nothing(witness: Witness, log: LogFolder, clock: Clock) -> None:
    witness.add_checkpoint(ask(log, 0, 1))
    clock.now -= 40
    answer = witness.add_checkpoint(ask(log, 1, 2))
    assert answer.status == 503 and "40 s behind" in answer.body
    clock.now += 41
    assert witness.add_checkpoint(ask(log, 1, 2)).status == 200


def test_a_witness_remembers_and_is_not_made_twice(tmp_path: Path, log: LogFolder) -> None:
    made = init(tmp_path / "w", "oh.example/witness")
    made.watch(LOG_KEY.vkey)
    assert made.add_checkpoint(ask(log, 0, 5)).status == 200
    again = load(tmp_path / "w")
    assert again.vkey == made.vkey and again.add_checkpoint(ask(log, 0, 6)).body == "5\n"
    assert (tmp_path / "w/witness.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refusal, match="already"):
        init(tmp_path / "w", "oh.example/witness")
    (tmp_path / "w/witness.sqlite3").unlink()
    with pytest.raises(Refusal, match="no memory"):
        load(tmp_path / "w")


def test_two_branches_at_once_are_never_both_signed(
    tmp_path: Path, log: LogFolder, forked: LogFolder
) -> None:
    made = init(tmp_path / "w", "oh.example/witness")
    made.watch(LOG_KEY.vkey)
    made.add_checkpoint(ask(log, 0, 2))
    ends, children = [], []
    for branch in (log, forked):
        for new in (100, 200, 300):
            read, write = os.pipe()
            child = os.fork()
            if not child:
                status = load(tmp_path / "w").add_checkpoint(ask(branch, 2, new)).status
                os.write(write, b"%d" % status)
                os._exit(0)
            os.close(write)
            ends.append(read)
            children.append(child)
    said = [os.read(end, 3) for end in ends]
    for child in children:
        os.waitpid(child, 0)
    assert sorted(said) == [b"200", *[b"409"] * 5]


# With programs that we did not write


@contextlib.contextmanager
def listening(server: Serving | their_service.WitnessHTTPServer) -> Iterator[int]:
    """The port at which a witness listens for the block."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_another_programs_log_is_witnessed_here(tmp_path: Path, log: LogFolder, forked: LogFolder) -> None:
    made = init(tmp_path / "w", "oh.example/witness")
    made.watch(LOG_KEY.vkey)
    with (
        listening(Serving(made, "127.0.0.1", 0)) as port,
        WitnessClient(f"http://127.0.0.1:{port}", made.vkey) as client,
    ):
        for size in (1, 255, 300):
            line = client.submit(at(log, size), lambda old, new: log.consistency(old, new))
            _, signed = open_note(at(log, size) + line, [LOG_KEY.vkey, made.vkey])
            assert set(signed) == {ORIGIN, made.vkey.split("+")[0]}
        with pytest.raises(WitnessRejected):
            client.submit(at(forked, 300), lambda old, new: [], old_size=300)
        there = http.client.HTTPConnection("127.0.0.1", port)
        there.request("GET", f"/{origin_hash(ORIGIN)}/checkpoint")
        assert there.getresponse().read().decode() == at(log, 300) + line
        for path in ("/", f"/{'0' * 64}/checkpoint", "/../witness.key"):
            there.request("GET", path)
            answer = there.getresponse()
            assert (answer.status, b"PRIVATE" in answer.read()) == (200 if path == "/" else 404, False)


def test_another_programs_witness_judges_as_ours(
    witness: Witness, tmp_path: Path, log: LogFolder, forked: LogFolder
) -> None:
    watched = their_config.LogConfig(ORIGIN, (their_vkey(LOG_KEY.vkey),))
    store = their_store.WitnessStore(tmp_path / "theirs.sqlite3", create=True)
    theirs = their_service.Witness("theirs.example/witness", WITNESS_KEY.key, store, [watched])
    requests = [
        ask(log, 0, 0), ask(log, 0, 5), ask(log, 5, 5), ask(log, 0, 9), ask(log, 5, 256),
        ask(forked, 256, 300), ask(forked, 256, 256), ask(log, 9, 256),
        write_request(256, [bytes(32)], at(log, 256)),
        write_request(300, [], at(log, 256)), ask(log, 256, 300), *MALFORMED.values(),
    ]  # fmt: skip
    for body in requests:
        try:
            theirs.add_checkpoint(body)
            status = 200
        except their_service.WitnessError as error:
            status = error.status
        assert witness.add_checkpoint(body).status == status, b64encode(body[:60])
    store.close()


def test_a_witness_key_is_of_no_use_without_its_master_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, master = tmp_path / "witness", tmp_path / "elsewhere.key"
    vkey = init(folder, "oh.example/witness").vkey
    assert at_rest.is_sealed(folder / "witness.key")
    assert seal(folder, master) == master and not (folder / "secrets" / "master.key").exists()
    with pytest.raises(Refusal, match="master key of this home is gone"):
        load(folder)
    monkeypatch.setenv(at_rest.ENVIRONMENT, str(master))
    assert load(folder).vkey == vkey


def test_a_witness_of_before_is_taken_up(tmp_path: Path) -> None:
    folder = tmp_path / "witness"
    vkey = init(folder, "oh.example/witness").vkey
    plain = at_rest.read(folder / "witness.key")
    for path in (folder / "secrets").iterdir():
        path.unlink()
    (folder / "witness.key").write_bytes(plain)
    assert load(folder).vkey == vkey
    seal(folder)
    assert load(folder).vkey == vkey and at_rest.is_sealed(folder / "witness.key")
