"""Scripts: written on as drafts, kept as versions that never change, given along with turfs as copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field import script as documents
from commonroll.field.script_check import MOST_NAME, Problem, fault_of, problems
from commonroll.field.voting_words import has_official_link, says_how_to_vote
from commonroll.server import journal
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import HandOut, Member, Script, ScriptVersion, SurveyAnswer, SurveyQuestion

MOST_STEPS = 30
"""Drafts that undoing can go back to."""

EMPTY: Mapping[str, Any] = {
    "version": 1, "languages": ["en"], "intro": {}, "consent": False, "shows": ["age", "last"],
    "start": None, "questions": [], "closing": {},
}  # fmt: skip


def listed(member: Member, *, put_away: bool = False) -> list[Script]:
    """A member's scripts by name, each with `newest` (the last version that may be used, or none)."""
    found = Script.objects.filter(member=member, put_away_at__isnull=not put_away)
    rows = list(found.prefetch_related("versions"))
    for row in rows:
        row.newest = newest(row)  # type: ignore[attr-defined]
    return rows


def newest(script: Script) -> ScriptVersion | None:
    """The last version that a turf may be given away with."""
    return next((one for one in script.versions.all() if one.usable), None)


def usable(member: Member) -> list[ScriptVersion]:
    """What a turf may be given away with: the newest usable version of each script, by name."""
    return [one.newest for one in listed(member) if one.newest]  # type: ignore[attr-defined]


def script_of(*, member: Member, number: int, by: Actor) -> Script:
    """A script of the member; nobody else's exists."""
    by.require("read", member)
    found = Script.objects.filter(member=member, pk=number).first()
    if found is None:
        raise Unknown("there is no such script", next_step="see the page Scripts")
    return found


def version_of(*, script: Script, number: int) -> ScriptVersion:
    found = ScriptVersion.objects.filter(script=script, number=number).first()
    if found is None:
        raise Unknown("there is no such version", next_step="see the script's page")
    return found


def document(version: ScriptVersion) -> dict[str, Any]:
    """The copy that goes along with a turf (`HandOut.script`). Raises Refusal for a version that may not."""
    where = f"script {version.script.name}, version {version.number}"
    if version.taken_back_at is not None:
        raise Refusal("This version was taken back.", where=where, next_step="Choose a newer one.")
    if not version.usable:
        raise Refusal(
            "It says when, where or how to vote, and nobody but its writer has read it.",
            where=where,
            next_step="Have somebody else approve it on the script's page.",
        )
    return dict(version.document)


# Writing


def to_take_along(script: Script) -> dict[str, Any]:
    """Its last version that doors and calls may be made with. Raises Refusal where there is none."""
    version = newest(script)
    if version is None:
        raise Refusal(
            "This script has no version to walk with.", where=script.name, next_step="Publish it first."
        )
    return document(version)


@transaction.atomic
def make(*, member: Member, name: str, draft: Any = None, by: Actor) -> Script:
    """A new script, empty or begun with a document; what is wrong with a draft is said, not refused."""
    by.require("answers", member)
    name = _name(member, name)
    begun = {**EMPTY, **(draft if isinstance(draft, dict) else {}), "name": name}
    now = timezone.now()
    return Script.objects.create(
        member=member, name=name, draft=begun, by=by.label, made_at=now, changed_at=now
    )


def copy(*, script: Script, name: str, by: Actor) -> Script:
    """Another script that begins as this one stands."""
    return make(member=script.member, name=name, draft=script.draft, by=by)


def save(*, script: Script, draft: Mapping[str, Any], edits: int | None = None, by: Actor) -> Script:
    """Keep a changed draft. `edits` is what the writer saw: Refusal where somebody changed it since."""
    by.require("answers", script.member)
    with transaction.atomic():
        now = _locked(script)
        if edits is not None and edits != now.edits:
            raise Refusal(
                "Somebody else changed this script since you opened it.",
                where=f"script {now.name}",
                next_step="Look at the page anew; undoing there goes back over both changes.",
            )
        name = str(draft.get("name", "")).strip()
        if name != now.name:
            now.name = _name(now.member, name)
        wanted = {**draft, "name": now.name}
        if wanted != now.draft:
            now.earlier, now.later = [*now.earlier, now.draft][-MOST_STEPS:], []
            now.draft, now.edits = wanted, now.edits + 1
            now.changed_at = timezone.now()
        now.save()
    return now


def undo(*, script: Script, by: Actor) -> Script:
    """The draft as it was before the last change."""
    return _step(script, by, "earlier", "later")


def redo(*, script: Script, by: Actor) -> Script:
    """What was undone last, again."""
    return _step(script, by, "later", "earlier")


def _step(script: Script, by: Actor, taken: str, given: str) -> Script:
    by.require("answers", script.member)
    with transaction.atomic():
        now = _locked(script)
        steps = list(getattr(now, taken))
        if steps:
            setattr(now, given, [*getattr(now, given), now.draft][-MOST_STEPS:])
            now.draft = {**steps.pop(), "name": now.name}
            setattr(now, taken, steps)
            now.edits, now.changed_at = now.edits + 1, timezone.now()
            now.save()
    return now


def faults(script: Script) -> tuple[Problem, ...]:
    """What keeps the draft from being a version."""
    return faults_of(script.draft)


def faults_of(draft: Any) -> tuple[Problem, ...]:
    """What keeps a draft from being a version, whatever number it says to have."""
    return problems({**draft, "version": 1} if isinstance(draft, dict) else draft)


# Versions


@transaction.atomic
def publish(*, script: Script, by: Actor) -> ScriptVersion:
    """Keep the draft as the next version. Questions and answers that the member does not ask yet it asks now.

    Raises Refusal with what is wrong, and where nothing changed since the last version.
    """
    by.require("answers", script.member)
    now = _locked(script)
    last = ScriptVersion.objects.filter(script=now).aggregate(last=Max("number"))["last"] or 0
    read = documents.parse({**now.draft, "name": now.name, "version": last + 1})
    kept = documents.as_document(read)
    before = ScriptVersion.objects.filter(script=now, number=last).first()
    same = before is not None and before.document == {**kept, "version": last}
    if before is not None and same and before.taken_back_at is None:
        raise Refusal(
            f"Version {last} says the same.", where=f"script {now.name}", next_step=f"Use version {last}."
        )
    speaks = says_how_to_vote(read)
    if speaks and not has_official_link(read):
        raise Refusal(
            "It says when, where or how to vote, and has no link to a public office in it.",
            where=", ".join(speaks),
            next_step="Add the official address, such as vote.example.gov, or leave it out.",
        )
    for one in read.questions:
        _asked(now.member, one, read, by)
    made = ScriptVersion.objects.create(
        script=now, number=last + 1, document=kept, voting=bool(speaks), by=by.label, made_at=timezone.now()
    )
    journal.operator(
        now.member, "script.published", {"script": str(now.pk), "version": str(made.number), "by": by.label}
    )
    return made


def _asked(member: Member, one: documents.Question, script: documents.Script, by: Actor) -> None:
    """The member has the question, with at least these answers; what it has is left as it is."""
    said = script.said(one.text, script.languages[0])
    row, _ = SurveyQuestion.objects.get_or_create(
        member=member,
        code=one.code,
        defaults={"name": said[:120], "script": said[:1000], "type": "Script", "by": by.label},
    )
    known = set(SurveyAnswer.objects.filter(question=row).values_list("answer", flat=True))
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(question=row, answer=each.answer, name=script.said(each.text, script.languages[0])[:120])
        for each in one.answers
        if each.answer not in known
    )


@transaction.atomic
def approve(*, version: ScriptVersion, by: Actor) -> ScriptVersion:
    """Say, as a lead who did not write it, that what a version says about voting is right."""
    by.require("sign", version.script.member)
    now = ScriptVersion.objects.select_for_update().get(pk=version.pk)
    if now.by == by.label:
        raise Refusal(
            "Whoever wrote a script cannot approve it.",
            where=f"script {now.script.name}, version {now.number}",
            next_step="Ask another owner of the member.",
        )
    if now.voting and now.approved_at is None:
        now.approved_by, now.approved_at = by.label, timezone.now()
        now.save(update_fields=["approved_by", "approved_at"])
        _said(now, "script.approved", by)
    return now


@transaction.atomic
def take_back(*, version: ScriptVersion, by: Actor) -> ScriptVersion:
    """No further turf is given away with it; what is walked with goes on."""
    by.require("answers", version.script.member)
    now = ScriptVersion.objects.select_for_update().get(pk=version.pk)
    if now.taken_back_at is None:
        now.taken_back_by, now.taken_back_at = by.label, timezone.now()
        now.save(update_fields=["taken_back_by", "taken_back_at"])
        _said(now, "script.taken-back", by)
    return now


@transaction.atomic
def give_again(*, version: ScriptVersion, by: Actor) -> ScriptVersion:
    """A version that was taken back may be used again."""
    by.require("answers", version.script.member)
    now = ScriptVersion.objects.select_for_update().get(pk=version.pk)
    now.taken_back_by, now.taken_back_at = "", None
    now.save(update_fields=["taken_back_by", "taken_back_at"])
    return now


def _said(version: ScriptVersion, action: str, by: Actor) -> None:
    told = {"script": str(version.script_id), "version": str(version.number), "by": by.label}
    journal.operator(version.script.member, action, told)


@transaction.atomic
def put_away(*, script: Script, away: bool = True, by: Actor) -> Script:
    """Off the list, or on it again; versions that are walked with stay as they are."""
    by.require("answers", script.member)
    now = _locked(script)
    if not away and now.put_away_at is not None:
        now.name = _name(now.member, now.name)
    now.put_away_at = timezone.now() if away else None
    now.save(update_fields=["put_away_at"])
    return now


# Where it is used


def used(script: Script) -> list[dict[str, Any]]:
    """By version: turfs given away with it, of them in hands now, the last of them."""
    names = {script.name, *(one.document.get("name") for one in script.versions.all())}
    given = HandOut.objects.filter(member=script.member, script__name__in=names)
    rows = given.values("script__version").annotate(turfs=Count("turf", distinct=True), last=Max("made_at"))
    open_ = (
        given.filter(returned_at=None, revoked_at=None, ends_at__gt=timezone.now())
        .values("script__version")
        .annotate(turfs=Count("turf", distinct=True))
    )  # fmt: skip
    now = {row["script__version"]: row["turfs"] for row in open_}
    return [
        {"version": row["script__version"], "turfs": row["turfs"], "open": now.get(row["script__version"], 0),
         "last": row["last"]}
        for row in rows
    ]  # fmt: skip


def walked_at(version: ScriptVersion) -> list[dict[str, Any]]:
    """Cuts whose turfs went out with a version: pk, name, how many turfs, the last time; the newest first."""
    given = HandOut.objects.filter(
        member=version.script.member, script__name=version.document["name"], script__version=version.number
    )
    cuts = given.values(cut=F("turf__cut"), name=F("turf__cut__name"))
    rows = cuts.annotate(turfs=Count("turf", distinct=True), last=Max("made_at")).order_by("-last")
    return [dict(row) for row in rows]


def as_dict(script: Script) -> dict[str, Any]:
    """A script as one JSON document, without its drafts' past."""
    return {
        "id": script.pk,
        "name": script.name,
        "versions": [
            {
                "version": one.number,
                "made_at": one.made_at.isoformat(),
                "by": one.by,
                "says_how_to_vote": one.voting,
                "approved_by": one.approved_by,
                "usable": one.usable,
            }
            for one in script.versions.all()
        ],
        "problems": [f"{one.where}: {one.what}" for one in faults(script)],
    }


def _locked(script: Script) -> Script:
    return Script.objects.select_for_update().get(pk=script.pk)


def _name(member: Member, name: str) -> str:
    said = " ".join(name.split())
    fault = fault_of(said, MOST_NAME) if said else "it is empty"
    if fault:
        raise Refusal(f"The name does not do: {fault}.", where="name", next_step="Name it otherwise.")
    if Script.objects.filter(member=member, name=said, put_away_at=None).exists():
        raise Refusal(
            f"{member.name} has a script of this name.", where=f"name {said}", next_step="Take another."
        )
    return said
