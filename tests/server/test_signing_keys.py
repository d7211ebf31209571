"""Signing keys: one follows another, one is withdrawn, and nobody signs for a member but its key."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements import keys as words
from commonroll.errors import Refusal
from commonroll.notes import NoteError, canonical, generate, load_key, load_plain_key, save_key
from commonroll.server import startup
from commonroll.server.actions import agreement_events, agreements, federation, signing_keys
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Agreement, Journal, MemberKey
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db


def in_force(world: World) -> set[int | None]:
    return {g.number for g in grants_in_force(world.member("rivera"), "gotv", timezone.now()).values()}


def rotate(world: World, member: str = "oh") -> MemberKey:
    return signing_keys.rotate(
        home=world.home, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
    )


def sign_again(world: World, member: str) -> list[Agreement]:
    return signing_keys.sign_again(
        home=world.home, member=world.member(member), passphrase=PASSPHRASE, by=MACHINE
    )


def test_what_a_retired_key_signed_goes_on_counting(world: World) -> None:
    text = agree("oh", "rivera")
    former = federation.current_vkey(world.member("oh"))
    made = rotate(world)
    assert federation.current_vkey(world.member("oh")) == made.vkey != former
    assert in_force(world) == {text.number}
    later = agree("oh", "rivera", purposes=["persuasion"])
    assert later.signatures.get(member__key="oh").vkey == made.vkey
    told = [json.loads(bytes(r.leaf)) for r in Journal.objects.filter(log="federation", type="member.key")]
    assert [leaf["state"] for leaf in told[-2:]] == ["retired", "added"]
    assert told[-1]["statement"] == words.last_word(bytes(made.document or b""), "")


def test_a_retired_key_signs_nothing_more(world: World) -> None:
    text = agree("oh", "rivera")
    old = agreements.unlock(world.home, world.member("oh"), PASSPHRASE)
    event = agreement_events.revocation(agreement=text, member=world.member("oh"), cause="law")
    rotate(world)
    with pytest.raises(Refusal):
        agreement_events.enter(
            agreement=text, document=canonical(event), note=agreement_events.events.sign_event(event, old),
            by=MACHINE,
        )  # fmt: skip
    assert in_force(world) == {text.number}
    draft = agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(purposes=["research"],
        columns=["district"], modes=["count"]), by=MACHINE,
    )  # fmt: skip
    with pytest.raises(Refusal):
        agreements.add_line(
            agreement=draft,
            member=world.member("oh"),
            line=old.line(agreements.text_to_sign(draft)),
            by=MACHINE,
        )


def test_an_event_by_the_new_key_ends_what_the_old_one_signed(world: World) -> None:
    text = agree("oh", "rivera")
    rotate(world)
    agreement_events.revoke(
        home=world.home, agreement=text, member=world.member("oh"), cause="law", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    assert in_force(world) == set()


def test_what_a_withdrawn_key_signed_rests_until_both_have_signed_again(world: World) -> None:
    agree("oh", "rivera")
    former = federation.current_vkey(world.member("oh"))
    rotate(world)
    signing_keys.withdraw(member=world.member("oh"), vkey=former, by=MACHINE)
    assert in_force(world) == set()
    before = Agreement.objects.count()
    anew = sign_again(world, "oh")
    assert in_force(world) == set()
    signed = sign_again(world, "rivera")
    assert Agreement.objects.count() == before + len(anew)
    assert {a.pk for a in signed} <= {a.pk for a in anew}
    assert in_force(world) == {signed[0].number}
    assert sign_again(world, "rivera") == []


def test_a_draft_older_than_the_key_is_not_signed(world: World) -> None:
    draft = agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(), by=MACHINE
    )
    rotate(world)
    MemberKey.objects.filter(member__key="oh", retired_at=None).update(valid_from=draft.drafted_at)
    with pytest.raises(Refusal, match="drafted before the key"):
        agreements.sign(
            home=world.home, agreement=draft, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
        )


def test_a_rotation_needs_both_keys_and_follows_the_last_word(world: World) -> None:
    member = world.member("oh")
    old = agreements.unlock(world.home, member, PASSPHRASE)
    new, stranger = generate(old.name), generate(old.name)
    word = signing_keys.rotation_to(member=member, vkey=new.vkey)
    for note in (
        words.sign_word(word, new),
        words.sign_word(word, old),
        words.sign_word(word, stranger, new),
        words.sign_word(word, old, new, stranger),
    ):
        with pytest.raises(Refusal):
            signing_keys.enter_rotation(member=member, document=canonical(word), note=note, by=MACHINE)
    note = words.sign_word(word, old, new)
    signing_keys.enter_rotation(member=member, document=canonical(word), note=note, by=MACHINE)
    with pytest.raises(Refusal, match="follow"):
        signing_keys.enter_rotation(member=member, document=canonical(word), note=note, by=MACHINE)
    with pytest.raises(Refusal):
        signing_keys.enter_rotation(
            member=world.member("wa"), document=canonical(word), note=note, by=MACHINE
        )


def test_the_centre_holds_no_key_that_signs_for_a_member(world: World) -> None:
    """Every key that opens without a member's passphrase signs logs, and none is in the register."""
    names = {key.vkey for key in MemberKey.objects.all()}
    opened = 0
    for path in world.home.path.rglob("*.key"):
        for name in [federation.federation().key_name(m) for m in ("oh", "wa", "national", "rivera")]:
            try:
                assert load_plain_key(path, name).vkey not in names
                opened += 1
            except (Refusal, ValueError, UnicodeDecodeError):
                continue
    assert opened
    for member in ("oh", "wa", "national", "rivera"):
        with pytest.raises(NoteError):
            load_key(world.home.signing_key(member), federation.federation().key_name(member), "")


def test_a_key_that_nobody_vouches_for_waits_in_everybodys_sight(world: World) -> None:
    member = world.member("oh")
    with pytest.raises(Refusal, match="in use"):
        signing_keys.add(home=world.home, member=member, passphrase="of the centre", by=MACHINE)
    signing_keys.withdraw(member=member, vkey=federation.current_vkey(member), by=MACHINE)
    made = signing_keys.add(home=world.home, member=member, passphrase="of the centre", by=MACHINE)
    assert made.valid_from > timezone.now() + timedelta(days=6)
    with pytest.raises(Refusal, match="signs from"):
        federation.current_vkey(member)
    assert Journal.objects.filter(log="federation", type="member.key").count() >= 6


def test_who_may_touch_keys(world: World) -> None:
    member = world.member("oh")
    vkey = federation.current_vkey(member)
    with pytest.raises(Forbidden):
        signing_keys.withdraw(member=member, vkey=vkey, by=Actor.of(world.user("violet")))
    for person in ("nadia", "charlie"):
        with pytest.raises(Unknown):
            signing_keys.withdraw(member=member, vkey=vkey, by=Actor.of(world.user(person)))
    startup.fold(world.home)


def test_a_rotation_that_stopped_before_its_file_was_in_place_is_mended(world: World) -> None:
    member = world.member("oh")
    old = agreements.unlock(world.home, member, PASSPHRASE)
    new = generate(old.name)
    save_key(world.home.signing_key("oh").with_name(agreements.NEXT_KEY), new, PASSPHRASE)
    word = signing_keys.rotation_to(member=member, vkey=new.vkey)
    signing_keys.enter_rotation(
        member=member, document=canonical(word), note=words.sign_word(word, old, new), by=MACHINE
    )
    assert agreements.unlock(world.home, member, PASSPHRASE).vkey == new.vkey
