"""What the operational database holds of a member, put into its package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import resources
from typing import Any

from django.db import models
from django.db.models import Q

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.flow.leaving import package
from commonroll.flow.leaving.package import Writer
from commonroll.notes import canonical
from commonroll.server import witnessing
from commonroll.server.home import Home
from commonroll.server.leaving.kept import Kept
from commonroll.server.leaving.rows import Row, lines, of_agreement, written
from commonroll.server.logs import folder, log_vkeys
from commonroll.server.meaning import sentences, signed_message
from commonroll.server.models import (
    Agreement,
    AnswerBatch,
    Contact,
    ContactKey,
    CustomField,
    CustomFieldGroup,
    CustomValue,
    Extract,
    Federation,
    Journal,
    LawOverride,
    Leaving,
    Linking,
    ListFolder,
    ListImport,
    Load,
    Member,
    MemberKey,
    Proposal,
    Role,
    SavedList,
    SavedUniverse,
    Statement,
)
from commonroll.transparency import decisions
from commonroll.transparency.handover import KEYS
from commonroll.transparency.receipts import make_receipt

FORMAT = "commonroll package 1"
CHUNK = 5_000
"""Journal rows in one file of the package."""

RECORDS: dict[str, tuple[type[models.Model], str]] = {
    "answers": (AnswerBatch, "member"),
    "contact_keys": (ContactKey, "member"),
    "contacts": (Contact, "member"),
    "custom_fields": (CustomField, "member"),
    "custom_groups": (CustomFieldGroup, "member"),
    "custom_values": (CustomValue, "member"),
    "extracts": (Extract, "viewer"),
    "linkings": (Linking, "member"),
    "list_folders": (ListFolder, "member"),
    "lists": (ListImport, "member"),
    "loads": (Load, "member"),
    "overrides": (LawOverride, "owner"),
    "saved_lists": (SavedList, "member"),
    "statements": (Statement, "member"),
    "universes": (SavedUniverse, "member"),
}
"""File of `records/` -> whose rows they are, by the column that names the member."""

PATHS: dict[type[models.Model], str] = {
    Extract: "file", ListImport: "folder", Load: "folder", SavedList: "file",
}  # fmt: skip
"""Columns that name a file or folder below the home: it goes with the row, and means nothing elsewhere."""

STAY = {
    "ReviewBatch": "keyed digests of pairs that somebody had before them; the key stays with the home",
    "ListStep": "what lists and universes were before; as they are, they go along",
    "ActivistCode": "names of marks; the marks themselves lie in the vault's responses",
    "Script": "what is said at doors of this home; `commonroll script export` gives each as a file",
    "VocabularyMap": "as the questions, in the words of a federation that the member leaves",
    "SurveyQuestion": "names of questions; the answers lie in the vault's responses",
    "Code": "names of tags, as those of activist codes",
    "Coded": "as the activist codes",
    "CallList": "lists of several owners' voters to call; made anew in a minute",
    "CanvassResponse": "contacts with several owners' voters, by numbers of this home",
    "ContactList": "brought by a program's file, which brings them again",
    "ContactNote": "notes about several owners' voters, by numbers that mean nothing elsewhere",
    "Marked": "as the activist codes",
    "FileJob": "files of programs, about several owners' voters; what they brought lies in the vault",
    "JobCall": "what this site tells; another signs with another key",
    "Score": "guesses, and loads of them, about several owners' voters; the model is run again elsewhere",
    "TurfCut": "doors of several owners' voters, cut for one walk; cutting again takes a minute",
    "HandOut": "secrets of devices that come to this site",
    "FieldFlag": "questions about the work of persons who walked; they and their leads have read them here",
    "CameHome": "under numbers of this home; what came lies in the owner's vault",
    "DoorClaim": "under numbers of this home; what was accepted stands in the owner's vault",
    "DoorWord": "under numbers of this home; what binds stands in the owner's vault",
    "FieldEvent": "under keys of this home; what they brought lies in the vault",
    "NumberBlock": "numbers of this home, which mean nothing elsewhere",
    "Event": "dates of this home, with people under numbers of this home",
    "Location": "as the events",
    "Signup": "as the events",
    "Role": "people's accounts are the site's; `records/people.jsonl` names them",
    "Invitation": "secrets of links to this site",
    "Leaving": "what the package itself is made by",
    "MemberKey": "in package.json",
    "Witness": "watches the logs of this federation; another is told of it anew",
    "Alarm": "what this site saw in the member's log, which goes along",
    "AlarmSetting": "what this site tells, and whom",
    "Webhook": "what this site tells; another signs with another key",
    "ApiKey": "secrets of programs that come to this site",
    "ShareProfile": "secrets of programs that come to this site",
    "ShareVersion": "counts what this site cut, as its cuts do; whatever site goes on counts anew",
    "Criteria": "published here, for applications here; each version stands in its log",
    "Application": "between two members here; the agreement that came of it is packed",
    "ApplicationStep": "as the application",
    "Newcomer": "who came by the public form; agreements that came of it are packed",
    "AskingStep": "as the newcomer",
    "Stop": "hashes under a key of this home, which bind all who stay; the vault's opt-outs go along",
    "Proposal": "the federation's; in `records/proposals.jsonl`, agreements that came of it are packed",
    "Addressee": "as the proposal; the member's own answer goes along",
    "Comment": "as the proposal; the member's own comments go along",
}
"""Rows of a member that no package has, and why; agreements have a folder each."""


def readme(of: Member, fed: Federation, leaving: Leaving, kept: Iterable[Kept], day: datetime) -> bytes:
    """The package's page for whoever opens it."""
    words = {
        "NAME": of.name, "KEY": of.key, "FEDERATION": fed.name, "DAY": f"{day:%Y-%m-%d}",
        "FINAL": _final(leaving),
        "KEPT": "\n".join(
            f"- {one.what} ({one.whose}{'' if one.count is None else f', {one.count:,}'}): {one.why}."
            for one in kept
        ),
    }  # fmt: skip
    text = resources.files(package.__package__ or "").joinpath("readme.md").read_text("utf-8")
    for word in ("NAME", "KEY", "FEDERATION", "DAY", "FINAL", "KEPT"):
        text = text.replace(word, words[word])
    return text.encode()


def _final(leaving: Leaving) -> str:
    if leaving.final:
        return "With this package the member left: its log is closed there, and goes on wherever it arrives."
    return (
        f"This package was made before the member left: agreements that it gave hold it until "
        f"{leaving.until:%Y-%m-%d %H:%M} UTC. It is whole, but arrives nowhere: its log still grows. "
        "The package that is made after that day does."
    )


def standing_page(of: Member, fed: Federation, leaving: Leaving, now: datetime) -> Row:
    """package.json: whose it is, and whom its rows point to."""
    agreements = agreements_of(of)
    parties = {a.owner for a in agreements} | {a.recipient for a in agreements} | {of}
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "final": leaving.final,
        "federation": {"name": fed.name, "origin": fed.origin},
        "member": of.key,
        "origin": of.origin or fed.origin,
        "parties": [written(one) for one in sorted(parties, key=lambda one: one.key)],
        "keys": [written(one) for one in MemberKey.objects.filter(member__in=parties)],
        "agreements": [a.number for a in agreements],
    }


def agreements_of(of: Member) -> list[Agreement]:
    """Every text between the member and another, drafts and what was withdrawn too."""
    found = Agreement.objects.filter(Q(owner=of) | Q(recipient=of)).select_related("owner", "recipient")
    return list(found.order_by("number"))


def put_agreements(into: Writer, of: Member) -> None:
    """A folder for each agreement: the signed bytes as they are, the meaning in English, the rows."""
    for agreement in agreements_of(of):
        place = f"agreements/{agreement.number}"
        into.put(f"{place}/document.json", bytes(agreement.document))
        if agreement.note:
            into.put(f"{place}/note.txt", agreement.note.encode())
        into.put(f"{place}/message.json", canonical(signed_message(agreement)))
        into.put(f"{place}/words.txt", "".join(f"{one}\n" for one in _words(agreement)).encode())
        for number, event in enumerate(agreement.events.all(), 1):
            into.put(f"{place}/event-{number}.json", bytes(event.document))
            if event.note:
                into.put(f"{place}/event-{number}.note.txt", event.note.encode())
        into.put(f"{place}/rows.json", _json(of_agreement(agreement)))


def _words(agreement: Agreement) -> list[str]:
    try:
        return sentences(agreement)
    except Refusal as refusal:
        return [f"This text means nothing under today's law: {refusal.what}"]


def put_records(into: Writer, of: Member) -> dict[str, int]:
    """Rows of work that the member had done; how many of each."""
    counts = {}
    for name, (model, column) in RECORDS.items():
        rows = [written(row) for row in model._default_manager.filter(**{column: of}).order_by("pk")]
        into.put(f"records/{name}.jsonl", lines(rows))
        counts[name] = len(rows)
    into.put("records/proposals.jsonl", lines(_proposals(of)))
    people = [
        {"email": role.user.email, "role": role.name, "since": role.since.isoformat()}
        for role in Role.objects.filter(member=of).select_related("user").order_by("user__email")
    ]
    into.put("records/people.jsonl", lines(people))
    return counts


def _proposals(of: Member) -> list[Row]:
    """Texts put to many in which the member had a part, with its own answer and comments."""
    mine = Proposal.objects.filter(Q(author=of) | Q(recipient=of) | Q(addressees__owner=of)).distinct()
    return [
        written(one)
        | {
            "answers": [written(row) for row in one.addressees.filter(owner=of)],
            "comments": [written(row) for row in one.comments.filter(member=of)],
        }
        for one in mine.order_by("pk")
    ]


def put_log(into: Writer, home: Home, of: Member) -> None:
    """The log folder, without what serves its writer alone."""
    place = home.logs / of.key
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place)
        if path.is_file() and not path.is_symlink() and name.parts[0] in ("checkpoint", "tile", KEYS):
            into.put_file(f"log/{name.as_posix()}", path)


def put_decisions(into: Writer, home: Home, of: Member) -> None:
    """Closed hours of decisions, each under the root that an entry of the log names."""
    for path in sorted(decisions.kept(home.decisions / of.key)):
        into.put_file(f"receipts/decisions-{path.name}", path)


def put_receipts(into: Writer, home: Home, fed: Federation, of: Member) -> dict[str, int]:
    """Own journal rows, and the member's uses of others with the proofs from their logs; how many."""
    counts = {"own": 0, "as_recipient": 0}
    own = Journal.objects.filter(log=of.key).order_by("index")
    for at, rows in enumerate(_chunks(map(_receipt, own.iterator(CHUNK))), 1):
        into.put(f"receipts/journal-{at:06}.jsonl", lines(rows))
        counts["own"] += len(rows)
    others = Journal.objects.filter(recipient=of.key).exclude(log=of.key).order_by("pk")
    for at, rows in enumerate(_chunks(_proven(home, fed, row) for row in others.iterator(CHUNK)), 1):
        into.put(f"receipts/as-recipient-{at:06}.jsonl", lines(rows))
        counts["as_recipient"] += len(rows)
    return counts


def _receipt(row: Journal) -> Row:
    found = written(row) | {"leaf": bytes(row.leaf).decode()}
    # what a recipient searched for is sealed to the recipient alone, and stays with it; as its arbiters do
    theirs = row.recipient and row.log == row.owner
    return found | {"sealed_dispute": None} | ({"sealed_strategy": None} if theirs else {})


def _proven(home: Home, fed: Federation, row: Journal) -> Row:
    proof = (
        ""
        if row.index is None
        else make_receipt(
            folder(home, fed.origin, row.log), row.index, witnessing.best_note(row.log, row.index)
        )
    )
    return written(row) | {"leaf": bytes(row.leaf).decode(), "proof": proof}


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found: list[Row] = []
    for row in rows:
        found.append(row)
        if len(found) == CHUNK:
            yield found
            found = []
    if found:
        yield found


def put_keys(
    into: Writer, home: Home, fed: Federation, of: Member, leaving: Leaving, also: Iterable[int] = ()
) -> None:
    """Public keys and policy; the key of the log; the member's key to sealed details, still encrypted.

    `also`: ids of members beside the parties whose signatures are in the package.
    """
    agreements = agreements_of(of)
    vkeys = MemberKey.objects.filter(
        Q(member=of)
        | Q(member__in=[a.owner for a in agreements])
        | Q(member__in=[a.recipient for a in agreements])
        | Q(member__in=list(also))
    )
    logs = {of.key, *Journal.objects.filter(recipient=of.key).values_list("log", flat=True)}
    lines = [f"log {vkey}\n" for log in sorted(logs) for vkey in log_vkeys(home, log)]
    policy = "".join(lines) + "quorum none\n"
    into.put("keys/public.json", _json(sorted(vkeys.values_list("vkey", flat=True))))
    into.put("keys/log.key", at_rest.read(home.log_key(of.key)))
    into.put("keys/reader.age", bytes(leaving.reader))
    into.put("policy", policy.encode())


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def as_json(value: Any) -> bytes:
    """JSON as the package's pages have it: indented, sorted, UTF-8."""
    return _json(value)
