"""An owner's signed statement on voters whose protection its state does not publish."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from commonroll.notes import canonical, sha256_text
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.agreements import unlock
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, Statement
from commonroll.transparency import leaves


def make_statement(*, home: Home, member: Member, passphrase: str, by: Actor) -> Statement:
    """Sign, as an owner, that voters whose protection the state does not publish may be shown."""
    by.require("sign", member)
    now = timezone.now().replace(microsecond=0)
    document = canonical(
        {
            "@type": "cr:Statement",
            "member": member.urn,
            "says": "cr:statement/unknownIsUnprotected",
            "issued": leaves.instant(now),
        }
    )
    signer = unlock(home, member, passphrase)
    text = f"commonroll statement v1\n{member.urn}\nsha256 {sha256_text(document).removeprefix('sha256:')}\n"
    note = f"{text}\n{signer.line(text)}\n"
    return _keep_statement(member, document, note, by)


@transaction.atomic
def _keep_statement(member: Member, document: bytes, note: str, by: Actor) -> Statement:
    made, _ = Statement.objects.update_or_create(
        member=member,
        defaults={
            "document": document,
            "document_hash": sha256_text(document),
            "note": note,
            "by": by.label,
            "at": timezone.now(),
        },
    )
    journal.record(
        log=member.key,
        type="statement",
        keys={
            "about": "protected",
            "statement": made.document_hash,
            "effective": leaves.instant(timezone.now()),
        },
        owner=member.key,
    )
    return made


def in_the_way(*, home: Home, owner: Member) -> tuple[str, ...]:
    """Why nobody of an owner's roll is in any answer as yet, whatever is agreed; for both parties to read."""
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    if snapshot is None:
        return (f"Nothing is seen before {owner.name} loads its files.",)
    said = []
    if vault.protection(snapshot) == "unstated" and not Statement.objects.filter(member=owner).exists():
        said.append(
            f"Nothing is seen before {owner.name} signs the statement on protected voters: its state's file "
            "does not say who is protected (`commonroll statement`, or the page Roll)."
        )
    if not vault.adults(snapshot):
        said.append(
            f"Nobody is seen: the file of {owner.name} says of no voter when he or she was born, and minors "
            "are never shown."
        )
    return tuple(said)
