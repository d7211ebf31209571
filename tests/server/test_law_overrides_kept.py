"""Overrides of law kept by the site: signed, logged, applied while they stand, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements import overrides as documents
from commonroll.agreements.compile import CompileRefused
from commonroll.agreements.law import load_pack, packs_for
from commonroll.errors import Refusal
from commonroll.notes import canonical
from commonroll.server import cuts, meaning
from commonroll.server.actions import agreements, overrides, questions
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Journal, LawOverride, MemberKey
from commonroll.server.permits import in_force_grant
from commonroll.transparency import leaves

pytestmark = pytest.mark.django_db

REASON = "Counsel's opinion of 2 November 2026 reads the statute otherwise."
SOON = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=20)


def make(world: World, **changes: Any) -> LawOverride:
    given = {
        "home": world.home, "owner": world.member("wa"), "rule": "WA-1", "reason": REASON, "until": SOON,
        "passphrase": PASSPHRASE, "by": MACHINE,
    }  # fmt: skip
    return overrides.make(**(given | changes))


def solicit(world: World) -> Any:
    """A draft by which Washington's voters would be asked for money: WA-1 forbids it."""
    return agreements.draft(
        owner=world.member("wa"), recipient=world.member("rivera"), wishes=wishes(purposes=["fundraising"]),
        by=MACHINE,
    )  # fmt: skip


def test_the_law_bites_then_not_then_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CompileRefused, match="no advertising or solicitation"):
        solicit(world)
    made = make(world)
    text = agree("wa", "rivera", purposes=["fundraising"])
    (said,) = [line for line in meaning.sentences(text) if "overridden" in line]
    assert said.startswith("Washington has overridden WA-1 until ") and REASON in said
    assert in_force_grant(text) is not None
    extract = questions.export(
        home=world.home, viewer=world.member("rivera"), purpose="fundraising", where="", format="csv",
        columns=("last_name",), by=MACHINE,
    )  # fmt: skip
    cuts.check(extract)

    pack = load_pack("WA")
    assert pack is not None
    newer = (*packs_for("WA")[:2], replace(pack, version="2027.1"))
    with monkeypatch.context() as patch:
        patch.setattr(meaning, "packs_for", lambda state: newer)
        meaning._grant.cache_clear()
        assert in_force_grant(text) is None, "a new version of the pack voids it"
    meaning._grant.cache_clear()
    assert in_force_grant(text) is not None
    assert in_force_grant(text, SOON) is None, "its days are over"

    overrides.end(home=world.home, owner=world.member("wa"), pk=made.pk, passphrase=PASSPHRASE, by=MACHINE)
    assert in_force_grant(text) is None
    with pytest.raises(Refusal):
        cuts.check(extract)
    said_of = [leaves.check_leaf(bytes(r.leaf)) for r in Journal.objects.filter(type="law.override")]
    assert [(leaf["state"], leaf["rule"], leaf["override"]) for leaf in said_of] == [
        ("made", "WA-1", made.document_hash), ("ended", "WA-1", made.document_hash),
    ]  # fmt: skip
    assert REASON not in str(said_of)


def test_one_agreement_alone(world: World) -> None:
    first = make(world)
    text = agree("wa", "rivera", purposes=["fundraising"])
    make(world, agreement=text)
    overrides.end(home=world.home, owner=world.member("wa"), pk=first.pk, passphrase=PASSPHRASE, by=MACHINE)
    assert in_force_grant(text) is not None
    with pytest.raises(CompileRefused):
        agreements.draft(
            owner=world.member("wa"), recipient=world.member("oh"), by=MACHINE,
            wishes=wishes(purposes=["fundraising"]),
        )  # fmt: skip
    with pytest.raises(Unknown):
        make(world, agreement=agree("oh", "rivera"))


def test_a_withdrawn_key_or_a_changed_byte_voids_it(world: World) -> None:
    made = make(world)
    text = agree("wa", "rivera", purposes=["fundraising"])
    LawOverride.objects.filter(pk=made.pk).update(until=SOON + timedelta(days=300))
    assert in_force_grant(text, SOON) is None, "the document decides, not the column"
    changed = bytes(made.document).replace(b"WA-1", b"WA-2")
    LawOverride.objects.filter(pk=made.pk).update(document=changed)
    assert in_force_grant(text) is None
    LawOverride.objects.filter(pk=made.pk).update(document=bytes(made.document))
    assert in_force_grant(text) is not None
    (stands,) = overrides.listed(owner=world.member("wa"), by=MACHINE)
    assert stands.words == "stands"
    MemberKey.objects.filter(member__key="wa").update(withdrawn_at=datetime.now(UTC))
    (stands,) = overrides.listed(owner=world.member("wa"), by=MACHINE)
    assert stands.words.startswith("void")


@pytest.mark.parametrize(
    ("what", "changes", "why"),
    [
        ("a federal rule", {"rule": "US-1"}, "it is federal"),
        ("the default", {"rule": "DEFAULT-2"}, "default"),
        ("protected voters", {"rule": "ALL-1"}, "federal"),
        ("a warning", {"rule": "WA-2"}, "takes nothing"),
        ("no rule", {"rule": "WA-99"}, "no rule"),
        ("another state's", {"rule": "ID-1"}, "no rule"),
        ("no reason", {"reason": "counsel"}, "20 to 400"),
        ("too long", {"until": SOON + timedelta(days=900)}, "two years"),
        ("a day that is over", {"until": SOON - timedelta(days=90)}, "ends before"),
        ("a wrong passphrase", {"passphrase": "no"}, "passphrase"),
    ],
)
def test_no_override(world: World, what: str, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        make(world, **changes)
    assert not LawOverride.objects.exists() and not Journal.objects.filter(type="law.override").exists()


def test_the_owner_alone(world: World) -> None:
    with pytest.raises(Unknown):
        make(world, by=Actor.of(world.user("alice")))
    with pytest.raises(Forbidden):
        make(world, owner=world.member("oh"), by=Actor.of(world.user("violet")))
    document = overrides.drafted(owner=world.member("wa"), rule="WA-1", reason=REASON, until=SOON)
    signer = agreements.unlock(world.home, world.member("oh"), PASSPHRASE)
    with pytest.raises(Refusal):
        overrides.enter(
            owner=world.member("wa"), document=canonical(document), note=documents.sign(document, signer),
            by=MACHINE,
        )  # fmt: skip


def test_the_page_makes_and_ends_one(world: World, alice: Client) -> None:
    world.member("oh")
    assert "no counsel yet" in alice.get("/agreements/law").content.decode()
    from commonroll.server.models import Role

    Role.objects.filter(user=world.user("alice")).update(member=world.member("wa"))
    form = {"rule": "WA-1", "reason": REASON, "until": f"{SOON:%Y-%m-%d}", "passphrase": PASSPHRASE}
    assert alice.post("/agreements/law/make", form).status_code == 302
    shown = alice.get("/agreements/law").content.decode()
    assert "stands" in shown and "Counsel&#x27;s opinion" in shown
    made = LawOverride.objects.get()
    alice.post("/agreements/law/end", {"override": made.pk, "passphrase": PASSPHRASE})
    assert "taken back" in alice.get("/agreements/law").content.decode()
