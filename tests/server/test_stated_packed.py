"""What sides signed beside an agreement leaves with a package, and its verifier checks it offline."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from test_law_overrides_kept import make
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.profile import Price
from commonroll.flow.leaving import verify
from commonroll.server.actions import onward, overrides, payments
from commonroll.server.leaving import contents, stated
from commonroll.server.models import MemberKey

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class Folder:
    """Takes files of a package as files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, data: bytes) -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_bytes(data)


@pytest.fixture
def number(world: World) -> int:
    """Washington licenses Rivera, who passes it on to Ohio; all state payments; a rule is set aside."""
    text = agree("wa", "rivera", onward=["oh"], price=Price(500_000, 30), royalty_percent=10)
    onward.state(
        home=world.home, number=text.number, member=world.member("oh"), cents=120_000,
        until=TODAY + timedelta(days=20), passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    for member, what, cents in (("rivera", "price", 100), ("wa", "price", 100), ("oh", "royalty", 50)):
        made = payments.state(
            home=world.home, number=text.number, member=world.member(member), what=what, cents=cents,
            on=TODAY, passphrase=PASSPHRASE, by=MACHINE,
        )  # fmt: skip
    payments.take_back(
        home=world.home, statement=made.document_hash, member=world.member("oh"), passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    row = make(world)
    overrides.end(home=world.home, owner=world.member("wa"), pk=row.pk, passphrase=PASSPHRASE, by=MACHINE)
    return int(text.number)


def packed(world: World, of: str, to: Path) -> list[str]:
    """The files of a member's package that are about this, and the keys that it names."""
    member, folder = world.member(of), Folder(to)
    contents.put_agreements(folder, member)  # type: ignore[arg-type]
    stated.put_stated(folder, member)
    keys = MemberKey.objects.filter(member__in=stated.signers(member))
    return list(keys.values_list("vkey", flat=True))


SAID = (
    "4 words on payments, 1 licences passed on and 1 rules of law set aside (1 of them ended) are signed by "
    "whoever stated them."
)


def test_owner_and_recipient_check_all_and_a_licensee_its_own(
    world: World, number: int, tmp_path: Path
) -> None:
    for of in ("wa", "rivera"):
        keys = packed(world, of, tmp_path / of)
        assert verify.check_stated(tmp_path / of, keys) == SAID
    keys = packed(world, "oh", tmp_path / "oh")
    assert verify.check_stated(tmp_path / "oh", keys).startswith("2 words on payments, 1 licences")
    assert not (tmp_path / "oh" / "agreements" / str(number)).exists()


def test_what_was_changed_or_moved_is_not_accepted(world: World, number: int, tmp_path: Path) -> None:
    keys = packed(world, "wa", tmp_path)
    place = tmp_path / "agreements" / str(number)
    own = tmp_path / "overrides"
    said = (
        *sorted(place.glob("payment-*.json")),
        place / "onward-1.json",
        own / "1.json",
        own / "1.end.json",
    )
    for path in said:
        kept = path.read_bytes()
        path.write_bytes(kept.replace(b"urn:commonroll:member:", b"urn:commonroll:member:x"))
        with pytest.raises(ValueError, match="lacks a signature"):
            verify.check_stated(tmp_path, keys)
        path.write_bytes(kept)
    other = next(p for p in sorted((tmp_path / "agreements").iterdir()) if p != place)
    for name in ("payment-1.json", "payment-1.note.txt"):
        (other / name).write_bytes((place / name).read_bytes())
    with pytest.raises(ValueError, match="another agreement"):
        verify.check_stated(tmp_path, keys)
    (other / "payment-1.note.txt").unlink()
    wa = json.loads((tmp_path / "overrides" / "1.json").read_text())["by"].rpartition(":")[2]
    others = [key for key in keys if f"/{wa}/" not in key]
    with pytest.raises(ValueError, match="lacks a signature"):
        verify.check_stated(tmp_path, others)
