"""A row of each walled model for each pair of members that deal with each other, and whose it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from commonroll.server import models as m
from commonroll.server.models import Member

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
Row = tuple[Any, set[str]]
"""A row, and the keys of the members whose it is."""


def of_one(member: Member) -> Iterator[Row]:
    """Rows of a member alone."""
    key, whose = member.key, {member.key}
    make = {
        m.AnswerBatch: {"member": member, "file": "a.csv", "file_hash": key, "loaded": 1, "by": "x"},
        m.Denied: {
            "owner": key, "viewer": key, "agreement": f"urn:uuid:{uuid.uuid4()}", "purpose": "gotv",
            "mode": "count", "reason": "quota", "at": NOW,
        },
        m.Extract: {"viewer": member, "purpose": "gotv", "by": "x"},
        m.Invitation: {
            "member": member, "email": f"{key}@example.org", "role": "viewer", "token_hash": key,
            "invited_by": "x", "expires_at": LATER,
        },
        m.KeyUse: {"key_id": key[:12], "member": key, "act": "match", "status": 200, "at": NOW},
        m.Leaving: {"member": member, "by": "x", "reader": b"x"},
        m.Linking: {"member": member, "by": "x"},
        m.LiveCount: {
            "owner": key, "viewer": key, "purpose": "gotv", "snapshot": 1, "question": "x", "at": NOW,
        },
        m.Load: {"member": member, "by": "x"},
        m.ReviewBatch: {"member": member, "by": "x", "rows": 1, "leaf_id": "x", "at": NOW},
        m.ListFolder: {"member": member, "name": "mine", "by": "x"},
        m.SavedUniverse: {"member": member, "name": "mine", "purpose": "gotv", "where": "", "by": "x"},
        m.AlarmSetting: {"member": member},
        m.Alarm: {"member": member, "kind": "hour", "recipient": "x", "once": "x", "index": 0, "at": NOW},
        m.Tally: {
            "log": key, "chunk": 0, "line": 0, "day": NOW.date(), "type": "count", "many": 1,
            "first_at": NOW, "last_at": NOW,
        },
        m.Webhook: {
            "id": key[:12], "member": member, "url": "https://roll.example", "made_by": "x", "made_at": NOW,
        },
        m.Journal: {
            "log": key, "leaf": b"x", "leaf_id": f"own-{key}", "at": NOW, "type": "load", "owner": key,
        },
    }  # fmt: skip
    about = {"member": member, "owner": member, "number": 7, "by": "x"}
    make |= {
        m.SurveyQuestion: {"member": member, "code": "q", "name": "Q", "by": "x"},
        m.ActivistCode: {"member": member, "code": "a", "name": "A", "by": "x"},
        m.CanvassResponse: about | {"input_type": 11, "result_code": 14, "canvassed_at": NOW},
        m.ContactNote: about | {"text": "x"},
        m.FileJob: {"member": member, "purpose": "gotv", "kind": "bulk", "base": "x", "by": "x"},
        m.JobCall: {"member": member, "about": "x", "url": "x", "body": "x"},
        m.Score: {"member": member, "code": "s", "name": "S", "by": "x"},
    }
    make |= {
        m.Script: {
            "member": member, "name": "mine", "draft": {}, "by": "x", "made_at": NOW, "changed_at": NOW,
        },
        m.VocabularyMap: {
            "member": member, "standard": "s", "version": 1, "pairs": [], "by": "x", "at": NOW,
        },
    }  # fmt: skip
    for model, fields in make.items():
        yield model.objects.create(**fields), whose
    said = m.Script.objects.get(member=member)
    yield m.ScriptVersion.objects.create(script=said, number=1, document={}, by="x", made_at=NOW), whose
    score, job = m.Score.objects.get(member=member), m.FileJob.objects.get(member=member)
    yield m.ScoreUpdate.objects.create(score=score, job=job), whose
    question, code = m.SurveyQuestion.objects.get(member=member), m.ActivistCode.objects.get(member=member)
    yield m.SurveyAnswer.objects.create(question=question, answer="yes", name="Yes"), whose
    yield m.Marked.objects.create(code=code, canvassed_at=NOW, **about), whose
    yield from _own_people(member, whose)
    opened = m.ApiKey.objects.create(
        id=key[:12],
        member=member,
        purpose="gotv",
        secret_hash="x",
        made_by="x",
        made_at=NOW,
        expires_at=LATER,
    )
    listed = m.ListImport.objects.create(
        member=member, file="a.csv", kind="told", source="x", licence="x", basis="x",
        dated_on=date(2026, 1, 1), by="x",
    )  # fmt: skip
    kept = m.SavedList.objects.create(
        member=member, name="mine", purpose="gotv", file="x", digest="x", rows=1, by="x", made_at=NOW
    )
    yield kept, whose
    step = m.ListStep.objects.create(
        member=member, listed=kept, step="made", name="mine", purpose="gotv", by="x", at=NOW
    )
    yield step, whose
    cut = m.TurfCut.objects.create(
        member=member, name="mine", purpose="gotv", size_by="doors", size=50, at_door=2, seed=1, doors=1,
        people=1, by="x", made_at=NOW,
    )  # fmt: skip
    yield cut, whose
    walked = m.Turf.objects.create(cut=cut, number=1, name="x", doors=1, people=1, latitude=0, longitude=0)
    yield walked, whose
    yield from _calls(member, whose)
    yield from _walks(member, walked, whose)
    yield opened, whose
    yield listed, whose
    yield m.Stop.objects.create(
        seq=member.pk, act=uuid.uuid4(), kind="phone", token="0" * 64, channel="all", source="text",
        heard_by=member, by="x", asked_on=date(2026, 1, 1), at=NOW,
    ), whose  # fmt: skip
    yield m.MatchBatch.objects.create(key=opened, listed=listed, token="t", body_hash="x", rows=1), whose


def _walks(member: Member, turf: m.Turf, whose: set[str]) -> Iterator[Row]:
    given = m.HandOut.objects.create(
        member=member, turf=turf, walker="x", by="x", made_at=NOW, ends_at=LATER
    )  # fmt: skip
    yield given, whose
    household = m.TurfHousehold.objects.create(turf=turf, key="h1", door=1, stop=1)
    yield household, whose
    yield m.TurfPerson.objects.create(household=household, key="p1", owner=member, number=7), whose
    event = m.FieldEvent.objects.create(
        member=member, turf=turf, hand_out=given, event=uuid.uuid4(), kind="attempt", document={},
        received_at=NOW, effective_at=NOW, by="x",
    )  # fmt: skip
    yield event, whose
    decided = {"event": event, "was": "held", "became": "ok", "reason": "x", "by": "x", "at": NOW}
    yield m.FieldDecision.objects.create(**decided), whose
    yield m.DoorWord.objects.create(
        member=member, owner=member, number=7, word="moved", by="x", said_at=NOW, ends_at=LATER
    ), whose  # fmt: skip
    claimed = {"value": {}, "event": uuid.uuid4(), "by": "x", "said_at": NOW}
    yield (
        m.DoorClaim.objects.create(member=member, owner=member, number=7, kind="correction", **claimed),
        whose,
    )
    yield m.CameHome.objects.create(
        member=member, owner=member, kind="scores", source="1", code="x", name="x", version="1", rows=1,
        of_day=NOW.date(),
    ), whose  # fmt: skip
    flag = m.FieldFlag.objects.create(
        member=member, key="k", rule="pace", canvasser="x", of="1", found_at=NOW
    )
    yield flag, whose
    yield m.FlagWord.objects.create(flag=flag, by_walker=True, by="x", text="t", at=NOW), whose


def _calls(member: Member, whose: set[str]) -> Iterator[Row]:
    of = m.CallList.objects.create(member=member, name="c", purpose="gotv", by="x", made_at=NOW)
    yield of, whose
    person = m.CallPerson.objects.create(call_list=of, key="BCDFG", owner=member, number=7, place=1)
    yield person, whose
    yield m.CallRecord.objects.create(
        call_list=of, person=person, ending="busy", caller="x", at=NOW, received_at=NOW
    ), whose  # fmt: skip


def _own_people(member: Member, whose: set[str]) -> Iterator[Row]:
    contact = m.Contact.objects.create(member=member, number=7, by="x")
    yield contact, whose
    yield from _events(member, contact, whose)
    yield m.ContactKey.objects.create(member=member, number=7, kind="last", value="X"), whose
    own = {"member": member, "number": 7, "by": "x"}
    yield m.CustomFieldGroup.objects.create(name="g", **own), whose
    yield m.CustomField.objects.create(group=7, name="f", type="T", **own), whose
    yield m.CustomValue.objects.create(field=7, value="x", **own), whose
    yield m.ContactVoter.objects.create(contact=contact, owner=member, number=7), whose
    listed = m.ContactList.objects.create(member=member, name="l", purpose="gotv", by="x")
    yield listed, whose
    yield m.ContactListed.objects.create(listed=listed, person=contact), whose
    code = m.Code.objects.create(member=member, name="c", by="x")
    yield code, whose
    yield (
        m.Coded.objects.create(member=member, code=code, owner=member, number=7, person=contact, by="x"),
        whose,
    )


def _events(member: Member, person: m.Contact, whose: set[str]) -> Iterator[Row]:
    at = {"starts_at": NOW, "ends_at": LATER}
    yield m.Location.objects.create(member=member, name="HQ", key="hq", by="x"), whose
    event = m.Event.objects.create(member=member, name="e", kind=1, by="x", **at)
    yield event, whose
    yield m.EventShift.objects.create(event=event, name="s", **at), whose
    yield m.Signup.objects.create(member=member, event=event, person=person, role=1, status=1, by="x"), whose


def of_two(number: int, owner: Member, recipient: Member) -> Iterator[Row]:
    """An agreement and all that hangs on it; the owner alone said its word on an export of the recipient."""
    whose = {owner.key, recipient.key}
    within = m.Negotiation.objects.create(
        urn=f"n{number}",
        consumer_pid=f"c{number}",
        owner=owner,
        recipient=recipient,
        opened_by="x",
        opened_at=NOW,
    )
    text = m.Agreement.objects.create(
        number=number, urn=f"a{number}", owner=owner, recipient=recipient, negotiation=within, document=b"x",
        document_hash="x", start=NOW, until=LATER, drafted_by="x",
    )  # fmt: skip
    document = {"document": b"x", "document_hash": "x", "note": "x"}
    step = {"message": "offer", "state": "OFFERED", "by": "x", "at": NOW}
    out = {"extract": uuid.uuid4(), "file": "x", "rows": 1, "purpose": "gotv", "begun": NOW, "at": NOW}
    used = {"log": owner.key, "leaf": b"x", "leaf_id": f"use-{number}", "at": NOW, "type": "count"}
    version = m.ShareVersion.objects.create(agreement=text, purpose="gotv", number=1, content="x", at=NOW)
    cut = m.Cut.objects.create(version=version, purpose="gotv", rows=1, sha256="x", begun=NOW, used_at=NOW)
    for row in (
        within, text,
        m.NegotiationStep.objects.create(negotiation=within, agreement=text, member=owner, **step),
        m.Signature.objects.create(agreement=text, member=owner, vkey="x", line="x", by="x", at=NOW),
        m.AgreementEvent.objects.create(
            agreement=text, event="Revoked", by="x", issued=NOW, effective=NOW, **document
        ),
        m.Lent.objects.create(agreement=text, **out),
        m.ShareProfile.objects.create(
            id=f"p{number}", agreement=text, token_hash=text.urn, made_by="x", made_at=NOW, expires_at=LATER
        ),
        version, cut,
        m.CutPart.objects.create(name=text.urn, cut=cut, number=0, rows=1, size=1),
        m.Payment.objects.create(
            agreement=text, member=owner, document=b"x", document_hash=text.urn, note="x", by="x", issued=NOW
        ),
        m.OnwardStatement.objects.create(
            agreement=text, member=owner, document=b"x", document_hash=text.urn, note="x", by="x", issued=NOW
        ),
        m.Recall.objects.create(agreement=text, about="people", opened_at=NOW, due=LATER, **document),
        m.Journal.objects.create(**used, owner=owner.key, recipient=recipient.key),
        m.Extract.objects.create(
            viewer=recipient, purpose="gotv", by="x", words={owner.key: {"agreement": text.urn, "by": ""}}
        ),
    ):  # fmt: skip
        yield row, whose


def proposal(author: Member, recipient: Member, owners: list[Member]) -> Iterator[Row]:
    """A text put to many: all of them see who answered what."""
    whose = {author.key, recipient.key, *(owner.key for owner in owners)}
    made = m.Proposal.objects.create(
        author=author, recipient=recipient, rule="majority", deadline=LATER, made_by="x"
    )
    yield made, whose
    yield m.Comment.objects.create(proposal=made, member=author, person="x", text="x", at=NOW), whose
    for owner in owners:
        asked = m.Addressee.objects.create(proposal=made, owner=owner, document=b"x")
        yield asked, whose
        yield m.Told.objects.create(addressee=asked, person="x", at=NOW), whose


def admissions(owner: Member, applicant: Member, everybody: set[str]) -> Iterator[Row]:
    """Criteria that all read, an application between two, and one that an appeal brought before all."""
    signed = {"document": b"x", "document_hash": "x"}
    criteria = m.Criteria.objects.create(owner=owner, version=1, note="x", by="x", at=NOW, **signed)
    yield criteria, everybody
    for state, whose in (("waiting", {owner.key, applicant.key}), ("appealed", everybody)):
        made = m.Application.objects.create(
            criteria=criteria, applicant=applicant, race=state, state=state, due=LATER, **signed
        )
        yield made, whose
        yield (
            m.ApplicationStep.objects.create(application=made, step="x", member=owner, by="x", at=NOW),
            whose,
        )
        yield from asking(criteria, owner, state, whose & {owner.key} if state == "waiting" else whose)


def asking(criteria: m.Criteria, owner: Member, state: str, whose: set[str]) -> Iterator[Row]:
    """What a newcomer asks of an owner: the newcomer is seen by whoever sees what it asks."""
    came = m.Newcomer.objects.create(kind="group", name="x", contact="x", code_hash=state, at=NOW)
    made = m.Asking.objects.create(
        newcomer=came, criteria=criteria, race=state, state=state, due=LATER, document=b"x", document_hash="x"
    )
    step = {"step": "x", "who": "x", "member": owner, "by": "x", "at": NOW, "salt": b"x", "leaf_id": "x"}
    yield came, whose
    yield made, whose
    yield m.AskingStep.objects.create(asking=made, **step), whose


def of_all(members: list[Member]) -> Iterator[Row]:
    """What every member may read: the federation's log, owners' statements and overrides of law."""
    everybody = {member.key for member in members}
    leaf = {"log": "federation", "leaf": b"x", "leaf_id": "federation", "at": NOW, "type": "member.key"}
    yield m.Journal.objects.create(**leaf, owner="federation"), everybody
    signed = {"document": b"x", "document_hash": "x", "note": "x", "by": "x"}
    yield m.Statement.objects.create(member=members[0], at=NOW, **signed), everybody
    override = {"pack": "x", "rule": "x", "concerns": "x", "issued": NOW, "until": LATER}
    yield m.LawOverride.objects.create(owner=members[0], **override, **signed), everybody
    yield from admissions(members[0], members[1], everybody)
    yield m.Standard.objects.create(version=1, document=b"x", document_hash="x", by="x", at=NOW), everybody
    rule = {"hash": "x", "threshold": 2, "arbiters": [], "since": NOW}
    yield m.DisputeRule.objects.create(**rule), everybody
    yield m.StandardQuestion.objects.create(
        code="s", version=1, name="S", kind="issue", answers=[], by="x", at=NOW
    ), everybody  # fmt: skip
    watches = m.Witness.objects.create(member=members[0], vkey="x", url="x", added_at=NOW)
    yield watches, everybody
    yield m.Watched.objects.create(witness=watches, log="federation"), everybody
    yield m.Cosigned.objects.create(log="federation", size=0, note="x"), everybody
    yield m.Knock.objects.create(place="x", hour=NOW), set()


def everything() -> list[Row]:
    """Ohio and Washington give to National and were asked together; Charlie's campaign deals with nobody."""
    oh, wa, national, rivera = (Member.objects.get(key=key) for key in ("oh", "wa", "national", "rivera"))
    members = [oh, wa, national, rivera]
    found = [row for member in members for row in of_one(member)]
    found += [*of_two(1, oh, national), *of_two(2, wa, national), *proposal(national, national, [oh, wa])]
    return found + list(of_all(members))
