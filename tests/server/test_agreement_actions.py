"""An agreement's life on the site: both signatures bind, one does not, and the log has each step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.errors import Refusal
from commonroll.notes import Signer, generate
from commonroll.server.actions import agreement_events, agreements, federation
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Agreement, Journal, MemberKey
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db


def in_force(world: World, viewer: str, purpose: str = "gotv") -> set[str]:
    return set(grants_in_force(world.member(viewer), purpose, timezone.now()))


def a_draft(world: World, **changes: object) -> Agreement:
    return agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(**changes), by=MACHINE
    )


def test_one_signature_does_not_bind(world: World) -> None:
    text = a_draft(world)
    agreements.sign(
        home=world.home, agreement=text, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
    )
    assert in_force(world, "rivera") == set()


def test_two_signatures_bind_and_stand_in_the_owners_log(world: World) -> None:
    text = agree("oh", "rivera")
    assert in_force(world, "rivera") == {"oh"}
    leaf = Journal.objects.filter(log="oh", type="agreement.finalized").last()
    assert leaf is not None and leaf.agreement == text.urn


def test_a_wrong_passphrase_signs_nothing(world: World) -> None:
    text = a_draft(world)
    with pytest.raises(Refusal, match="passphrase"):
        agreements.sign(
            home=world.home, agreement=text, member=world.member("oh"), passphrase="no", by=MACHINE
        )
    assert not text.signatures.exists()


def test_a_line_by_another_key_is_refused(world: World) -> None:
    text = a_draft(world)
    stranger: Signer = generate(federation.federation().key_name("oh"))
    line = stranger.line(agreements.text_to_sign(text))
    with pytest.raises(Refusal, match="does not fit"):
        agreements.add_line(agreement=text, member=world.member("oh"), line=line, by=MACHINE)


def test_a_third_member_cannot_sign(world: World) -> None:
    text = a_draft(world)
    with pytest.raises(Unknown):
        agreements.sign(
            home=world.home, agreement=text, member=world.member("wa"), passphrase=PASSPHRASE, by=MACHINE
        )


def test_one_byte_altered_after_signing_gives_nothing(world: World) -> None:
    text = agree("oh", "rivera")
    data = bytes(text.document).replace(b"cr:purpose/gotv", b"cr:purpose/gotw")
    Agreement.objects.filter(pk=text.pk).update(document=data)
    assert in_force(world, "rivera") == set()


def test_a_widened_document_gives_nothing(world: World) -> None:
    text = agree("oh", "rivera", rows={"county_fips": ["39049"]})
    data = bytes(text.document).replace(b"39049", b"39061")
    Agreement.objects.filter(pk=text.pk).update(document=data)
    assert in_force(world, "rivera") == set()


def test_a_withdrawn_key_ends_what_it_signed(world: World) -> None:
    agree("oh", "rivera")
    MemberKey.objects.filter(member__key="rivera").update(withdrawn_at=timezone.now())
    assert in_force(world, "rivera") == set()


def test_two_agreements_for_one_purpose_cannot_overlap(world: World) -> None:
    agree("oh", "rivera")
    with pytest.raises(Refusal, match="covers"):
        agree("oh", "rivera")


def test_reversed_dates_are_refused(world: World) -> None:
    now = timezone.now()
    with pytest.raises(Refusal):
        a_draft(world, start=now, until=now - timedelta(days=1))


def test_revoked_for_safety_ends_at_once(world: World) -> None:
    text = agree("oh", "rivera")
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="safety",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    assert in_force(world, "rivera") == set()


def test_revoked_for_convenience_runs_through_the_notice(world: World) -> None:
    text = agree("oh", "rivera", notice_days=14)
    event = agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="convenience",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    assert in_force(world, "rivera") == {"oh"}
    later = event.effective + timedelta(seconds=1)
    assert set(grants_in_force(world.member("rivera"), "gotv", later)) == set()


def test_the_recipient_cannot_revoke_for_breach(world: World) -> None:
    text = agree("oh", "rivera")
    with pytest.raises(Refusal):
        agreement_events.revoke(
            home=world.home, agreement=text, member=world.member("rivera"), cause="breach",
            passphrase=PASSPHRASE, by=MACHINE,
        )  # fmt: skip


def test_who_may_draft_and_sign(world: World) -> None:
    violet, charlie = Actor.of(world.user("violet")), Actor.of(world.user("charlie"))
    text = agree("oh", "national", purposes=["persuasion"])
    with pytest.raises(Forbidden):
        agreements.draft(
            owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(), by=violet
        )
    with pytest.raises(Unknown):
        agreements.visible(number=text.number, by=charlie)


def test_washington_law_forbids_fundraising(world: World) -> None:
    with pytest.raises(Refusal, match="RCW 29A"):
        agreements.draft(
            owner=world.member("wa"),
            recipient=world.member("rivera"),
            wishes=wishes(purposes=["fundraising"], columns=["district"]),
            by=MACHINE,
        )
