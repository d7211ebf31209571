"""What sides signed beside agreements, into a package: payments, licences passed on, law set aside, and ends.

Each is the bytes that were signed and the note with the signature, so that the package's verifier checks them
as it checks agreements, without this site.
"""

from __future__ import annotations

from typing import Protocol

from django.db.models import Q

from commonroll.server import wall
from commonroll.server.leaving.contents import agreements_of
from commonroll.server.models import Agreement, LawOverride, Member, OnwardStatement, Payment


class Into(Protocol):
    """Takes files of a package."""

    def put(self, name: str, data: bytes) -> None: ...


@wall.node()
def put_stated(into: Into, of: Member) -> int:
    """Statements under the member's agreements, its own under those of others, and overrides that bear on
    an agreement of it; how many files were put."""
    texts = agreements_of(of)
    count = 0
    for text in texts:
        count += _put_under(into, f"agreements/{text.number}", text)
    others = OnwardStatement.objects.filter(member=of).exclude(agreement__in=texts)
    under = Agreement.objects.filter(pk__in=others.values("agreement")).order_by("number")
    for text in under:
        count += _put_under(into, f"licences/{text.number}", text, of)
    for number, row in enumerate(_overrides(of, texts), 1):
        place = f"overrides/{number}"
        count += _put(into, place, row.document, row.note)
        if row.ending is not None:
            count += _put(into, f"{place}.end", row.ending, row.ending_note)
    return count


def _put_under(into: Into, place: str, text: Agreement, by: Member | None = None) -> int:
    count = 0
    for kind, rows in (("onward", text.onward_statements.all()), ("payment", text.payments.all())):
        shown = [row for row in rows if by is None or row.member_id == by.pk]
        for number, row in enumerate(shown, 1):
            count += _put(into, f"{place}/{kind}-{number}", row.document, row.note)
    return count


def _put(into: Into, name: str, document: bytes | memoryview, note: str) -> int:
    into.put(f"{name}.json", bytes(document))
    into.put(f"{name}.note.txt", note.encode())
    return 1


def _overrides(of: Member, texts: list[Agreement]) -> list[LawOverride]:
    """Those of the member, and those of owners from whom it has an agreement."""
    owners = {text.owner_id for text in texts}
    concerned = Q(owner=of) | Q(concerns__in=[text.urn for text in texts])
    whole = Q(owner__in=owners, concerns__startswith="urn:commonroll:dataset:")
    return list(LawOverride.objects.filter(concerned | whole).order_by("pk"))


@wall.node()
def signers(of: Member) -> set[int]:
    """Members whose keys the verifier needs for what `put_stated` put."""
    texts = agreements_of(of)
    found = {row.owner_id for row in _overrides(of, texts)} | {of.pk}
    for model in (OnwardStatement, Payment):
        found |= set(model._default_manager.filter(agreement__in=texts).values_list("member", flat=True))
    return found
