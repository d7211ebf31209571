"""Check this package, or a log exported alone, with Python 3.9 or newer: nothing else is needed.

    python3 verify.py                        in the folder that the package was unpacked to
    python3 verify.py FOLDER --policy FILE   anywhere, by your own policy: the one in the folder is theirs
    python3 verify.py --proof 12             checks all and prints entry 12's proof (c2sp.org/tlog-proof)

It proves that every file is as it was packed; that the log's entries, in their order, are those that its
key signed, or one that followed it; that as many witnesses signed as the policy asks; that every receipt
stands in the log; that agreements and events carry their parties' signatures,
and that payments, licences passed on and rules of law set aside are signed by whoever stated them, about the
agreement that lies beside them. It does not prove that everything was entered into the log.
"""

# This file is copied into packages as it is: it imports nothing but the standard library.

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

# Ed25519, RFC 8032, section 5.1 and the code of its section 6

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


Point = tuple[int, int, int, int]


def added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(count: int, point: Point) -> Point:
    sum_ = (0, 1, 1, 0)
    while count:
        if count & 1:
            sum_ = added(sum_, point)
        point = added(point, point)
        count >>= 1
    return sum_


def unpacked(data: bytes) -> Point:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


Y = 4 * pow(5, P - 2, P) % P
BASE = unpacked(Y.to_bytes(32, "little"))


def signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` is by the holder of the Ed25519 key `public`."""
    try:
        key, r = unpacked(public), unpacked(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    one, other = times(s, BASE), added(r, times(int.from_bytes(digest, "little") % ORDER, key))
    same_x = (one[0] * other[2] - other[0] * one[2]) % P == 0
    return len(signature) == 64 and s < ORDER and same_x and (one[1] * other[2] - other[1] * one[2]) % P == 0


# Signed notes: c2sp.org/signed-note


NOTE, COSIGNATURE = 1, 4


def key_of(vkey: str) -> tuple[str, bytes, bytes, int]:
    """Name, key id, public half and kind of `<name>+<id>+<base64>`."""
    name, key_id, blob = vkey.split("+", 2)
    data = base64.b64decode(blob, validate=True)
    own_id = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    if len(data) != 33 or data[0] not in (NOTE, COSIGNATURE) or own_id.hex() != key_id:
        raise ValueError("a key does not match its id")
    return name, own_id, data[1:], data[0]


def signers(note: str, vkeys: list[str]) -> dict[str, int]:
    """The keys of `vkeys` that signed the note, a witness's with the seconds at which it did (else 0).

    Raises ValueError where one of them signed another text.
    """
    text, _, lines = note.rpartition("\n\n")
    found = {}
    for line in lines.rstrip("\n").split("\n"):
        _, name, blob = line.split(" ")
        data = base64.b64decode(blob, validate=True)
        for vkey in vkeys:
            key = key_of(vkey)
            if key[:2] == (name, data[:4]):
                at, message, signature = 0, text + "\n", data[4:]
                if key[3] == COSIGNATURE:
                    at, signature = int.from_bytes(data[4:12], "big"), data[12:]
                    message = f"cosignature/v1\ntime {at}\n{message}"
                if not signed(key[2], message.encode(), signature):
                    raise ValueError("a signature does not match its text")
                found[vkey] = at
    return found


# Whose signatures count: c2sp.org/tlog-policy


class Policy(NamedTuple):
    """Keys of logs, keys of witnesses by name, groups with how many are wanted, who must have signed."""

    logs: list[str]
    witnesses: dict[str, str]
    groups: dict[str, tuple[int, list[str]]]
    quorum: str


def policy_of(text: str) -> Policy:
    policy, quorums = Policy([], {}, {}, ""), []
    for line in text.split("\n"):
        verb, *rest = line.split() or ["#"]
        if verb == "log" and rest:
            policy.logs.append(rest[0])
        elif verb == "witness" and len(rest) > 1:
            policy.witnesses[rest[0]] = rest[1]
        elif verb == "group" and len(rest) > 2:
            wanted = {"any": 1, "all": len(rest) - 2}.get(rest[1]) or int(rest[1])
            if not 1 <= wanted <= len(rest) - 2 or set(rest[2:]) - set(policy.witnesses) - set(policy.groups):
                raise ValueError("the policy has a group that cannot be met")
            policy.groups[rest[0]] = wanted, rest[2:]
        elif verb == "quorum" and len(rest) == 1:
            quorums.append(rest[0])
        elif not verb.startswith("#"):
            raise ValueError("the policy has a line that is none")
    if len(quorums) != 1 or quorums[0] not in {"none", *policy.witnesses, *policy.groups}:
        raise ValueError("the policy does not say who must have signed")
    return policy._replace(quorum=quorums[0])


def enough(policy: Policy, name: str, there: set[str]) -> bool:
    """Whether the witnesses `there` are those that `name` asks for."""
    if name in policy.groups:
        wanted, members = policy.groups[name]
        return sum(enough(policy, one, there) for one in members) >= wanted
    return name == "none" or name in there


def check_witnesses(policy: Policy, note: str) -> str:
    at = signers(note, list(policy.witnesses.values()))
    there = {name: at[vkey] for name, vkey in policy.witnesses.items() if vkey in at}
    when = {name: datetime.fromtimestamp(one, UTC) for name, one in there.items()}
    said = ", ".join(f"{name} at {when[name]:%Y-%m-%dT%H:%M:%SZ}" for name in sorted(when)) or "none"
    if not enough(policy, policy.quorum, set(there)):
        raise ValueError(f"too few witnesses signed the log's checkpoint, the policy asks for more: {said}")
    if policy.quorum == "none":
        return f"The policy asks for no witness; signed by: {said}."
    return f"As many witnesses signed as the policy asks: {said}."


# The log: c2sp.org/tlog-tiles, RFC 6962


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def tile(n: int) -> str:
    parts = [f"{n % 1000:03d}"]
    while n := n // 1000:
        parts.append(f"x{n % 1000:03d}")
    return "/".join(reversed(parts))


def entries(folder: Path, size: int) -> list[bytes]:
    found: list[bytes] = []
    for n in range((size + 255) // 256):
        width = min(256, size - n * 256)
        path = folder / "tile" / "entries" / tile(n)
        data = (path if path.is_file() else path.with_name(f"{path.name}.p") / str(width)).read_bytes()
        at = taken = 0
        while at < len(data) and taken < width:
            end = at + 2 + int.from_bytes(data[at : at + 2], "big")
            found.append(data[at + 2 : end])
            at, taken = end, taken + 1
    return found


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    edge: list[tuple[int, bytes]] = []
    for one in leaves:
        level, top = 0, one
        while edge and edge[-1][0] == level:
            level, top = level + 1, node(edge.pop()[1], top)
        edge.append((level, top))
    found = edge.pop()[1]
    while edge:
        found = node(edge.pop()[1], found)
    return found


def inclusion(leaves: list[bytes], at: int) -> list[bytes]:
    """The proof of one leaf, its sibling first (RFC 6962, section 2.1.1)."""
    if len(leaves) < 2:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if at < half:
        return [*inclusion(leaves[:half], at), root(leaves[half:])]
    return [*inclusion(leaves[half:], at - half), root(leaves[:half])]


def included(at: int, size: int, one: bytes, proof: list[bytes]) -> bytes:
    """The root that a proof gives (RFC 9162, section 2.1.3.2)."""
    place, last, found = at, size - 1, one
    for other in proof:
        if not last:
            raise ValueError("a proof is too long")
        if place & 1 or place == last:
            found = node(other, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, other)
        place, last = place >> 1, last >> 1
    if last:
        raise ValueError("a proof is too short")
    return found


def checkpoint(note: str) -> tuple[str, int, bytes]:
    origin, size, encoded = note.split("\n")[:3]
    return origin, int(size), base64.b64decode(encoded, validate=True)


# What is checked


def check_sums(folder: Path) -> str:
    listed = dict(line.split("  ", 1)[::-1] for line in text_of(folder / "SHA256SUMS").splitlines())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for name in sorted(listed):
        digest = hashlib.sha256()
        with (folder / name).open("rb") as file:
            for block in iter(lambda file=file: file.read(1 << 20), b""):  # type: ignore[misc]
                digest.update(block)
        if digest.hexdigest() != listed[name]:
            raise ValueError(f"{name} is not as it was packed")
    more = len(there - set(listed) - {"SHA256SUMS"})
    return f"{len(listed)} files are as they were packed" + (
        f"; {more} others lie beside them." if more else "."
    )


def check_log(folder: Path, vkeys: list[str]) -> tuple[str, list[bytes], list[str]]:
    """What is so, the entries, and the keys that may sign: those given and those that followed them."""
    note = text_of(folder / "log" / "checkpoint")
    origin, size, wanted = checkpoint(note)
    found = entries(folder / "log", size)
    leaves = [leaf(one) for one in found]
    if len(found) != size or root(leaves) != wanted:
        raise ValueError("the log's entries are not those that were signed")
    changes = sorted((folder / "log" / "keys").glob("[0-9][0-9][0-9]"))
    keys = list(vkeys)
    for path in changes:
        keys += next_key(text_of(path), keys, found, leaves)
    if not any(key_of(one)[0] == origin for one in signers(note, keys)):
        raise ValueError("no key of the policy signed the log's checkpoint")
    followed = len(keys) - len(vkeys)
    more = f" {followed} more keys followed the one given, each named by the one before." if followed else ""
    return f"The log {origin} holds {size} entries, in the order that was signed.{more}", found, keys


def next_key(change: str, keys: list[str], found: list[bytes], leaves: list[bytes]) -> list[str]:
    """The key that follows a known one: both signed a checkpoint, over the entry that names the next."""
    head, _, note = change.partition("\n\n")
    old, new, entry = head.split("\n")
    if old not in keys or new in keys:
        return []
    origin, size, wanted = checkpoint(note)
    said, at = json.loads(found[int(entry)]), int(entry)
    named = (said["type"], said["state"], said["vkey"]) == ("log.key", "added", new) and at < size
    if key_of(new)[0] != origin or not named or root(leaves[:size]) != wanted:
        raise ValueError("a change of the log's key is of another history")
    if set(signers(note, [old, new])) != {old, new}:
        raise ValueError("a change of the log's key lacks a signature")
    return [new]


def rows_in(folder: Path, begins: str) -> list[dict[str, Any]]:
    files = sorted((folder / "receipts").glob(f"{begins}-*.jsonl"))
    return [json.loads(line) for path in files for line in text_of(path).splitlines()]


def check_receipts(folder: Path, found: list[bytes], vkeys: list[str]) -> str:
    own = rows_in(folder, "journal")
    if any(found[row["index"]] != row["leaf"].encode() for row in own):
        raise ValueError("a receipt is not the entry of the log")
    others = [row for row in rows_in(folder, "as-recipient") if row["proof"]]
    for row in others:
        check_proof(row["leaf"].encode(), row["proof"], vkeys)
    hours = check_decisions(folder, found)
    return f"{len(own)} receipts stand in the log, {len(others)} in others' logs.{hours}"


def check_decisions(folder: Path, found: list[bytes]) -> str:
    """Hours of decisions: each file's lines give the root that it is named by, and that the log names."""
    files = sorted((folder / "receipts").glob("decisions-*.jsonl"))
    said = {one["root"] for one in map(json.loads, found) if one["type"] == "decisions"} if files else set()
    for path in files:
        over = root([leaf(line) for line in path.read_bytes().split(b"\n") if line])
        if path.stem != f"decisions-{over.hex()}" or f"sha256:{base64.b64encode(over).decode()}" not in said:
            raise ValueError(f"{path.name} is not as the log names it")
    return f" {len(files)} hours of decisions are as the log names them." if files else ""


def check_proofs(folder: Path, found: list[bytes], vkeys: list[str]) -> str:
    """Of an auditor's folder, which is the log alone: each proof, and what was opened of an entry."""
    proofs = sorted((folder / "proofs").glob("*.tlog-proof"))
    for path in proofs:
        check_proof(found[int(path.stem)], text_of(path), vkeys)
    opened = sorted((folder / "openings").glob("*.json"))
    for path in opened:
        value = json.loads(text_of(path))
        plain = json.dumps(value["details"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        salt = base64.b64decode(value["salt"], validate=True)
        digest = hashlib.sha256(b"commonroll commit v1\n" + salt + plain.encode()).digest()
        if json.loads(found[int(path.stem)])[value["part"]] != "sha256:" + base64.b64encode(digest).decode():
            raise ValueError(f"openings/{path.name} is not what the entry committed to")
    return f"{len(proofs)} proofs stand in the log; {len(opened)} entries were opened, as they committed to."


def check_proof(entry: bytes, receipt: str, vkeys: list[str]) -> None:
    proof, _, note = receipt.partition("\n\n")
    head = proof.split("\n")
    origin, size, wanted = checkpoint(note)
    hashes = [base64.b64decode(one, validate=True) for one in head[3:]]
    if not any(key_of(one)[0] == origin for one in signers(note, vkeys)):
        raise ValueError("no key of the policy signed a receipt")
    same = base64.b64decode(head[1][6:], validate=True) == entry
    if not same or included(int(head[2][6:]), size, leaf(entry), hashes) != wanted:
        raise ValueError("a receipt does not stand in the log that it names")


def check_note(document: Path, note_file: Path, vkeys: list[str], needed: int) -> None:
    note = text_of(note_file)
    digest = base64.b64encode(hashlib.sha256(document.read_bytes()).digest()).decode()
    if note.split("\n")[2:3] != [f"sha256 {digest}"] or len(signers(note, vkeys)) < needed:
        raise ValueError(f"{document.parent.name}/{document.name} lacks a signature")


def check_agreements(folder: Path, vkeys: list[str]) -> str:
    signed_by_both = sorted((folder / "agreements").glob("*/note.txt"))
    events = sorted((folder / "agreements").glob("*/event-*.note.txt"))
    for note in signed_by_both:
        check_note(note.with_name("document.json"), note, vkeys, 2)
    for note in events:
        check_note(note.with_name(note.name.replace(".note.txt", ".json")), note, vkeys, 1)
    return (
        f"{len(signed_by_both)} agreements are signed by both, {len(events)} events by whoever issued them."
    )


def check_stated(folder: Path, vkeys: list[str]) -> str:
    """What one member alone signed: of payments, of licences passed on, of law that it set aside."""
    counts = {}
    for kind in ("payment", "onward"):
        found = sorted(folder.glob(f"agreements/*/{kind}-*.note.txt"))
        found += sorted(folder.glob(f"licences/*/{kind}-*.note.txt"))
        for note in found:
            document = check_word(note, vkeys)
            about = note.with_name("document.json")
            if about.is_file() and document["agreementHash"] != hash_of(about):
                raise ValueError(f"{note.parent.name}/{note.name} is about another agreement")
        counts[kind] = len(found)
    overrides = sorted(folder.glob("overrides/*.note.txt"))
    ends = [note for note in overrides if note.name.endswith(".end.note.txt")]
    for note in overrides:
        check_word(note, vkeys)
    for note in ends:
        own = note.with_name(note.name.replace(".end.note.txt", ".json"))
        end = json.loads(text_of(note.with_name(note.name.replace(".note.txt", ".json"))))
        if end["override"] != hash_of(own) or end["by"] != json.loads(text_of(own))["by"]:
            raise ValueError(f"{note.parent.name}/{note.name} ends another override")
    return (
        f"{counts['payment']} words on payments, {counts['onward']} licences passed on and "
        f"{len(overrides) - len(ends)} rules of law set aside ({len(ends)} of them ended) are signed by "
        "whoever stated them."
    )


def hash_of(path: Path) -> str:
    return "sha256:" + base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode()


def check_word(note: Path, vkeys: list[str]) -> dict[str, Any]:
    """The document beside a note, if a key of the very member that it names signed it."""
    path = note.with_name(note.name.replace(".note.txt", ".json"))
    document: dict[str, Any] = json.loads(text_of(path))
    member = document["by"].rpartition(":")[2]
    own = [one for one in vkeys if key_of(one)[0].endswith(f"/{member}/agreements")]
    check_note(path, note, own, 1)
    return document


def proof_of(folder: Path, found: list[bytes], at: int) -> str:
    """The proof of one entry, whichever: it is computed from all of them, and stands alone."""
    if not 0 <= at < len(found):
        raise ValueError("the log has no such entry")
    hashes = inclusion([leaf(one) for one in found], at)
    lines = [base64.b64encode(one).decode() for one in (found[at], *hashes)]
    head = f"c2sp.org/tlog-proof@v1\nextra {lines[0]}\nindex {at}\n"
    return head + "".join(f"{one}\n" for one in lines[1:]) + "\n" + text_of(folder / "log" / "checkpoint")


def main(folder: Path, policy_file: Path, proof: int | None) -> int:
    say = (sys.stdout if proof is None else sys.stderr).write
    try:
        policy = policy_of(text_of(policy_file))
        say(f"{check_sums(folder)}\n")
        sentence, found, logs = check_log(folder, policy.logs)
        say(f"{sentence}\n")
        if (folder / "entries.csv").is_file():
            say(f"{check_proofs(folder, found, logs)}\n")
        else:
            keys = json.loads(text_of(folder / "keys" / "public.json"))
            say(f"{check_receipts(folder, found, logs)}\n{check_agreements(folder, keys)}\n")
            say(f"{check_stated(folder, keys)}\n")
        say(f"{check_witnesses(policy, text_of(folder / 'log' / 'checkpoint'))}\n")
        if proof is not None:
            sys.stdout.write(proof_of(folder, found, proof))
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        say(f"NOT ACCEPTED: {error}\n")
        return 1
    say("Accepted.\n")
    return 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Check this package or exported log.")
    asked.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    asked.add_argument("--policy", type=Path, help="whose signatures count; the folder's own otherwise")
    asked.add_argument("--proof", type=int, metavar="ENTRY", help="print the proof of this entry")
    given = asked.parse_args()
    sys.exit(main(given.folder, given.policy or given.folder / "policy", given.proof))
