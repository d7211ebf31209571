"""The script by which Rivera asked Ohio's voters: from the day on Ohio's too, and of whoever its terms give
scripts; never a rival's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from doorstep import hand, turf_of
from test_release_day import DAY, NAMED
from test_scripts import DRAFT
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.server.actions import (
    federation,
    going_home,
    handing_over,
    releasing,
    scripts,
    scripts_there,
)
from commonroll.server.actor import Unknown
from commonroll.server.models import CameHome, HandOut, Journal, Member, ScriptVersion

pytestmark = pytest.mark.django_db

COLUMNS = [*shared_columns(), "scripts.document"]
READERS = ("oh", "rivera", "stone", "national")


@pytest.fixture
def walked(world: World) -> ScriptVersion:
    """Stone is Rivera's rival on the same terms; National has scripts by its terms, Washington none. Rivera
    walked with version 1, and with its other script nobody did."""
    federation.add_member(
        home=world.home, key="stone", name="Stone", kind="campaign", state="", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    for campaign in ("rivera", "stone"):
        agree(
            "oh", campaign, modes=["count", "view", "contact"], columns=COLUMNS, release=NAMED.date(),
            scripts_within_days=7,
        )  # fmt: skip
    agree("oh", "national", columns=COLUMNS, purposes=["persuasion"])
    rivera = world.member("rivera")
    versions = [
        scripts.publish(script=scripts.make(member=rivera, name=name, draft=DRAFT, by=MACHINE), by=MACHINE)
        for name in ("Doors", "Never asked")
    ]
    hand(turf_of(rivera, world.member("oh")), "Ann")
    HandOut.objects.update(script=versions[0].document)
    return versions[0]


def read_by(world: World) -> dict[str, bool]:
    """Which readers may read it."""
    found = {}
    for reader in READERS:
        purpose = "persuasion" if reader == "national" else "gotv"
        number = CameHome.objects.get().pk
        try:
            _, said = scripts_there.look(
                home=world.home, viewer=world.member(reader), purpose=purpose, number=number, by=MACHINE
            )
        except Unknown:
            found[reader] = False
        else:
            assert said["questions"][0]["code"] == "governor" and said["intro"] == {"en": "Hello."}
            found[reader] = True
    return found


def test_on_the_day_it_is_read_by_whom_the_terms_say_each_with_a_receipt(
    world: World, walked: ScriptVersion
) -> None:
    assert releasing.run(world.home, NAMED - timedelta(seconds=1)) == {} and not CameHome.objects.exists()
    (going,) = going_home.going(home=world.home, of=walked.script.member, now=NAMED - DAY, by=MACHINE)
    assert (going.owner, going.name, going.on, going.there) == ("oh", "Doors", NAMED.date(), False)
    assert releasing.run(world.home, NAMED) == {"oh": 1} and releasing.run(world.home, NAMED + DAY) == {}
    assert CameHome.objects.get().name == "Doors", "what nobody was asked stays"
    before = Journal.objects.filter(log="oh", type="view").count()
    assert read_by(world) == {"oh": True, "rivera": True, "stone": False, "national": True}
    fresh = Journal.objects.filter(log="oh", type="view").order_by("pk")[before:]
    assert [(one.recipient, one.columns) for one in fresh] == [
        (reader, ["scripts.document"]) for reader in ("", "rivera", "national")
    ]
    Member.objects.filter(key="national").update(conduct=Member.Conduct.INDEPENDENT)
    assert read_by(world)["national"] is False
    assert [one.on for one in going_home.coming(of=world.member("oh"), by=MACHINE)] == [NAMED.date()] * 2


def test_it_is_taken_back_kept_out_and_seen_on_pages(world: World, walked: ScriptVersion) -> None:
    rivera, ohio = world.member("rivera"), world.member("oh")
    releasing.release(world.home, rivera, NAMED)
    row = CameHome.objects.get()
    alice, charlie, violet = (world.client(person) for person in ("alice", "charlie", "violet"))
    page = alice.get(reverse("came_home")).content.decode()
    assert "Doors" in page and "Rivera" in page and "Keep it out" in page
    assert "Whom for governor?" in alice.get(reverse("came_home_script", args=[row.pk])).content.decode()
    assert "There since" in charlie.get(reverse("came_home")).content.decode()
    assert "Keep it out" not in violet.get(reverse("came_home")).content.decode()
    assert alice.post(reverse("came_home_keep_out", args=[row.pk])).status_code == 302
    assert not any(read_by(world).values())
    assert alice.post(reverse("came_home_let_in", args=[row.pk])).status_code == 302
    assert read_by(world)["oh"]
    scripts.take_back(version=walked, by=MACHINE)
    releasing.release(world.home, rivera, NAMED)
    assert not any(read_by(world).values()) and not handing_over.came(of=ohio, by=MACHINE)[0].stands
