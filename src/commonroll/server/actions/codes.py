"""Codes of a member: tags and source codes, made, changed, removed, put on people and taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from commonroll.errors import Refusal
from commonroll.server.actions.canvassing import Whom
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.models import Code, Coded, Member

DEEPEST = 20
"""Codes above one another."""


@transaction.atomic
def make(*, of: Member, by: Actor, **fields: Any) -> Code:
    """A new code; `fields` are its columns."""
    by.require("answers", of)
    return Code.objects.create(member=of, by=by.label, **fields)


@transaction.atomic
def change(*, code: Code, by: Actor, **fields: Any) -> Code:
    """Set columns of a code. It stands under none of those under it."""
    by.require("answers", code.member)
    list(Member.objects.select_for_update().filter(pk=code.member_id).values_list("pk"))
    above, seen = fields.get("parent"), 0
    while above is not None:
        seen += 1
        if above.pk == code.pk or seen > DEEPEST:
            raise Refusal(
                "a code stands under none of those under it", where="parentCodeId", next_step="another parent"
            )
        above = above.parent
    for name, value in fields.items():
        setattr(code, name, value)
    code.save()
    return code


@transaction.atomic
def remove(*, code: Code, by: Actor) -> None:
    """Remove a code that stands on nobody and has none under it."""
    by.require("answers", code.member)
    if Coded.objects.filter(code=code).exists() or code.children.exists():
        raise Forbidden("this code is in use", next_step="take it off everything first")
    code.delete()


@transaction.atomic
def put(*, of: Member, code: Code, whom: Whom, by: Actor) -> None:
    by.require("answers", of)
    Coded.objects.get_or_create(member=of, code=code, **whom.where, defaults={"by": by.label})


@transaction.atomic
def take_off(*, of: Member, code: int, whom: Whom, by: Actor) -> bool:
    """Whether the code stood there."""
    by.require("answers", of)
    return bool(Coded.objects.filter(member=of, code=code, **whom.where).delete()[0])


def standing(of: Member, whom: Whom) -> Sequence[Code]:
    """Codes on a voter or on one of the member's own people, the oldest first."""
    found = Coded.objects.filter(member=of, **whom.where).select_related("code").order_by("pk")
    return [one.code for one in found]
