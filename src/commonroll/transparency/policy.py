"""Whose signatures make a checkpoint count: the policy file beside a receipt (c2sp.org/tlog-policy)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from commonroll.errors import Refusal
from commonroll.notes import COSIGNATURE, NOTE_SIGNATURE, NoteError, parse_vkey


class PolicyError(Refusal):
    """A policy file that cannot be followed."""


@dataclass(frozen=True)
class Policy:
    """Keys of logs, keys of witnesses by their name in the policy, and which witnesses must have cosigned.

    A group is how many of its members (witnesses or groups) are needed; `quorum` names one of either, None
    asks for no witness.
    """

    logs: tuple[str, ...]
    witnesses: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str | None = None

    def keys_of(self, origin: str) -> list[str]:
        """The verifier keys of the log `origin`."""
        return [vkey for vkey in self.logs if parse_vkey(vkey).name == origin]

    def witnessed(self, key_names: Collection[str]) -> bool:
        """Whether cosignatures of these key names meet the quorum."""
        return self.quorum is None or self._met(self.quorum, key_names)

    def _met(self, name: str, key_names: Collection[str]) -> bool:
        if name in self.witnesses:
            return parse_vkey(self.witnesses[name]).name in key_names
        needed, members = self.groups[name]
        return sum(self._met(member, key_names) for member in members) >= needed


def parse_policy(text: str) -> Policy:
    """Read a policy file; raises PolicyError with the number of the line that is wrong."""
    reading = _Reading()
    if not text.endswith("\n"):
        raise PolicyError("A policy file ends with a newline.")
    for number, line in enumerate(text[:-1].split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        items = [word for word in words if word]
        if items and not items[0].startswith("#"):
            try:
                reading.take(items)
            except (PolicyError, NoteError) as error:
                raise PolicyError(
                    error.what, where=f"policy, line {number}", next_step="Correct this line."
                ) from error
    return reading.finish()


class _Reading:
    def __init__(self) -> None:
        self.logs: list[str] = []
        self.witnesses: dict[str, str] = {}
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.used: set[str] = set()
        self.quorums: list[str] = []

    def take(self, items: list[str]) -> None:
        verb, *rest = items
        if verb == "log" and len(rest) in (1, 2):
            self._log(rest[0])
        elif verb == "witness" and len(rest) in (2, 3):
            self._witness(rest[0], rest[1])
        elif verb == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:])
        elif verb == "quorum" and len(rest) == 1:
            self._quorum(rest[0])
        else:
            raise PolicyError("The line is none of: log, witness, group, quorum.")

    def _log(self, vkey: str) -> None:
        key = parse_vkey(vkey)
        if key.kind != NOTE_SIGNATURE or vkey in self.logs:
            raise PolicyError("A log needs a key for note signatures, named once.")
        self.logs.append(vkey)

    def _witness(self, name: str, vkey: str) -> None:
        key = parse_vkey(vkey)
        others = [parse_vkey(other) for other in self.witnesses.values()]
        if key.kind != COSIGNATURE:
            raise PolicyError("A witness needs a key for cosignatures.")
        if any(key.public == other.public or key.name == other.name for other in others):
            raise PolicyError("Two witnesses have the same key or the same name of a key.")
        self._new(name)
        self.witnesses[name] = vkey

    def _group(self, name: str, needed: str, members: list[str]) -> None:
        self._new(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise PolicyError("A group names something that no line above it defines.")
            if member in self.used:
                raise PolicyError("A witness or group is used in two places.")
            self.used.add(member)
        self.groups[name] = (_needed(needed, len(members)), tuple(members))

    def _quorum(self, name: str) -> None:
        if name != "none" and name not in self.witnesses and name not in self.groups:
            raise PolicyError("The quorum names something that no line above it defines.")
        self.quorums.append(name)

    def _new(self, name: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise PolicyError("The name is taken.")

    def finish(self) -> Policy:
        if len(self.quorums) != 1 or not self.logs:
            raise PolicyError("A policy has one line for the quorum and at least one for a log.")
        if {parse_vkey(vkey).name for vkey in self.witnesses.values()} & {
            parse_vkey(vkey).name for vkey in self.logs
        }:
            raise PolicyError("A witness carries the name of a log.")
        quorum = None if self.quorums[0] == "none" else self.quorums[0]
        return Policy(tuple(self.logs), self.witnesses, self.groups, quorum)


def _needed(word: str, members: int) -> int:
    named = {"any": 1, "all": members}
    needed = named.get(word) or (int(word) if word.isascii() and word.isdigit() else 0)
    if not 1 <= needed <= members or word.startswith("0"):
        raise PolicyError("A group needs any, all, or a number of its members.")
    return needed
