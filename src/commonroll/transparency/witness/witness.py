"""What a witness answers: it signs a checkpoint that continues the last one it signed, and no other."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.notes import (
    COSIGNATURE,
    NOTE_SIGNATURE,
    NoteError,
    Signer,
    add_line,
    kept_lines,
    load_plain_key,
    parse_vkey,
    save_plain_key,
)
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint
from commonroll.transparency.merkle import check_consistency, root
from commonroll.transparency.witness.asking import SIZE_TYPE, Asked, origin_hash, parse_request
from commonroll.transparency.witness.store import Evidence, Seen, Store, Transaction

EMPTY = root([])
TEXT = "text/plain; charset=utf-8"
NAME, KEY, MEMORY = "name", "witness.key", "witness.sqlite3"


@dataclass(frozen=True)
class Answer:
    """A status, a body, and its kind."""

    status: int
    body: str
    kind: str = TEXT


class Witness:
    """A key and a memory; `clock` gives POSIX seconds."""

    def __init__(self, store: Store, signer: Signer, clock: Callable[[], float] = time.time) -> None:
        if signer.kind != COSIGNATURE:
            raise NoteError("A witness signs with a key for cosignatures.", where=signer.name)
        self.store = store
        self._signer = signer
        self._clock = clock

    @property
    def vkey(self) -> str:
        """The public half of the witness's key."""
        return self._signer.vkey

    def watch(self, vkey: str) -> str:
        """Trust a log by its verifier key, whose name is the log's; returns the name."""
        key = parse_vkey(vkey)
        if key.kind != NOTE_SIGNATURE:
            raise NoteError("A log signs with a key for notes.", where=key.name)
        self.store.add_log(key.name, vkey)
        return key.name

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request: 200 with the cosignature, or the status that says why there is none."""
        try:
            asked = parse_request(body)
        except NoteError as error:
            return Answer(400, f"{error.what}\n")
        origin = asked.checkpoint.origin
        vkeys = self.store.vkeys(origin)
        if not vkeys:
            return Answer(404, "This witness does not watch a log of this name.\n")
        try:
            open_checkpoint(asked.checkpoint.note, vkeys, origin)
        except NoteError as error:
            return Answer(403, f"{error.what}\n")
        if asked.old > asked.checkpoint.size:
            return Answer(400, "The old size is larger than the new one.\n")
        with self.store.transaction() as memory:
            return self._judged(memory, asked, body, vkeys)

    def _judged(self, memory: Transaction, asked: Asked, body: bytes, vkeys: list[str]) -> Answer:
        new, last, now = asked.checkpoint, memory.seen(asked.checkpoint.origin), int(self._clock())
        size, before = (last.size, last.root) if last else (0, EMPTY)
        why = contradiction(size, before, new) or (_unproven(asked, before) if asked.old == size else "")
        if why:
            known = last.note if last else ""
            memory.keep_evidence(Evidence(new.origin, now, why, known, body))
        if asked.old != size:
            return Answer(409, f"{size}\n", SIZE_TYPE)
        if why:
            return Answer(422, f"{why}\n")
        if last and now < last.at:
            return Answer(
                503, f"The clock of this witness is {last.at - now} s behind what it signed last.\n"
            )
        line = self._signer.line(asked.text, now)
        note = add_line(kept_lines(new.note, vkeys), line)
        memory.keep(Seen(new.origin, new.size, new.root, note, now))
        return Answer(200, f"{line}\n")

    def latest(self, hashed: str) -> Answer:
        """The last note signed of the log whose name has this hex SHA-256."""
        found = self.store.seen_by_hash(hashed)
        return Answer(200, found.note) if found else Answer(404, "Nothing was signed of such a log.\n")

    def evidence(self, hashed: str) -> Answer:
        """The requests refused and kept of the log whose name has this hex SHA-256, as JSON."""
        logs = {origin for origin, _ in self.store.logs() if origin_hash(origin) == hashed}
        kept = [one for origin in logs for one in self.store.evidence(origin)]
        said = [
            {"at": e.at, "why": e.why, "known": e.known, "request": e.request.decode("utf-8", "replace")}
            for e in kept
        ]
        return Answer(200, json.dumps(said, ensure_ascii=False) + "\n", "application/json")


def contradiction(size: int, before: bytes, new: Checkpoint) -> str:
    """Why the log's own signature convicts it, whatever the request says; empty where it does not."""
    if new.size == 0 and new.root != EMPTY:
        return "A log of no entries has another root than that of nothing."
    if size == new.size and before != new.root:
        return f"Two different logs of {size} entries carry the log's signature."
    return ""


def _unproven(asked: Asked, before: bytes) -> str:
    """Why the proof does not lead from what was seen to what is shown; empty where it does."""
    old, new = asked.old, asked.checkpoint
    if check_consistency(old, new.size, before, new.root, asked.proof):
        return ""
    if old == 0 or old == new.size:
        return "A proof was sent where there is nothing to prove."
    return f"The proof does not show that the log of {new.size} entries begins with the {old} seen before."


def init(folder: Path, name: str) -> Witness:
    """A new witness in `folder`: its name, its key, sealed as a home's are (`at_rest`), and its memory."""
    signer = Signer(name, Ed25519PrivateKey.generate(), COSIGNATURE)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / NAME).exists():
        raise Refusal("there is a witness here already", where=folder.name, next_step="use another folder")
    store = Store.create(folder / MEMORY)
    (folder / at_rest.FOLDER).mkdir(mode=0o700, exist_ok=True)
    at_rest.make(folder)
    save_plain_key(folder / KEY, signer)
    (folder / NAME).write_text(f"{name}\n")
    return Witness(store, signer)


def seal(folder: Path, to: Path | None = None) -> Path:
    """Seal the witness's key under a new master key, in the file `to` where one is named; where that lies.

    A witness of before is taken up. Raises Refusal where there is no witness, or `to` stands already.
    """
    load(folder)
    (folder / at_rest.FOLDER).mkdir(mode=0o700, exist_ok=True)
    return at_rest.change_master(folder.absolute(), to)


def load(folder: Path, clock: Callable[[], float] = time.time) -> Witness:
    """The witness in `folder`; refused where one of its parts is missing."""
    if not (folder / NAME).is_file():
        raise Refusal(
            "there is no witness here", where=folder.name, next_step="make one with `commonroll witness init`"
        )
    key = load_plain_key(folder / KEY, (folder / NAME).read_text().strip()).key
    return Witness(
        Store(folder / MEMORY), Signer((folder / NAME).read_text().strip(), key, COSIGNATURE), clock
    )
