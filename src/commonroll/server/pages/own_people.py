"""The member's own people: how many there are, their lists, and the fields in which more is noted of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import custom_fields, custom_values
from commonroll.server.models import Contact, ContactList, CustomField
from commonroll.server.pages.shell import ActingRequest, member_page, number


@member_page("count")
def page(request: ActingRequest) -> HttpResponse:
    return render(request, "pages/own_people.html", _context(request))


def _context(request: ActingRequest, **more: Any) -> dict[str, Any]:
    me = request.acting.member
    fields, groups = custom_fields.fields_of(me), custom_fields.groups_of(me)
    there = Count("entries", filter=Q(entries__person__erased_at=None))
    return {
        "people": Contact.objects.filter(member=me, erased_at=None).count(),
        "lists": ContactList.objects.filter(member=me).select_related("folder").annotate(shown=there),
        "groups": [
            (group, [_shown(one) for one in fields if one.group == group.number])
            for group in groups.values()
            if any(one.group == group.number for one in fields)
        ],
        "names": [group.name for group in groups.values()],
        "removed": [
            (one, groups[one.group].name, custom_values.used(one).people) for one in custom_fields.removed(me)
        ],
        "types": CustomField.Type.choices,
        "gone": _gone(request, fields),
        "may_make": request.acting.may("answers"),
        "may_forget": request.acting.may("protect"),
        "given": {name: request.POST.get(name, "") for name in ("name", "group", "type", "choices")},
        **more,
    }


def _shown(field: CustomField) -> Mapping[str, Any]:
    """A field with how many people have a value, and each of its values."""
    use = custom_values.used(field)
    choices = [(one["name"], use.choices.get(str(one["id"]), 0)) for one in field.open_choices]
    return {"field": field, "people": use.people, "choices": choices}


def _gone(request: ActingRequest, fields: Sequence[CustomField]) -> CustomField | None:
    """The field that was just removed, for its undoing."""
    wanted = number(request.GET.get("gone"))
    removed = custom_fields.removed(request.acting.member) if wanted else []
    return next((one for one in removed if one.number == wanted), None)


@require_POST
@member_page("answers")
def make(request: ActingRequest) -> HttpResponse:
    """A new field."""
    try:
        made = custom_fields.define(
            of=request.acting.member, group=request.POST.get("group", ""), name=request.POST.get("name", ""),
            type=request.POST.get("type", ""), choices=request.POST.get("choices", "").splitlines(),
            by=request.acting.actor,
        )  # fmt: skip
    except Refusal as refusal:
        more = {"refusal": refusal, "opened": "new-field"}
        return render(request, "pages/own_people.html", _context(request, **more), status=400)
    messages.success(request, f"“{made.name}” is there: programs write it as field {made.number}.")
    return redirect("own_people")


@require_POST
@member_page("answers")
def change(request: ActingRequest, field: int) -> HttpResponse:
    """Its name and its values; or it is removed, put back, or its values are deleted."""
    by, what = request.acting.actor, request.POST.get("what", "")
    found = custom_fields.field_of(of=request.acting.member, number=field, by=by)
    try:
        if what == "remove":
            custom_fields.remove(field=found, by=by)
            return redirect(f"{reverse('own_people')}?gone={found.number}")
        if what == "restore":
            custom_fields.restore(field=found, by=by)
            messages.success(request, f"“{found.name}” is back, with its values.")
        elif what == "forget":
            gone = custom_fields.forget(field=found, by=by)
            messages.success(request, f"The values of “{found.name}” are deleted: {gone:,} entries.")
        else:
            choices = request.POST.get("choices", "").splitlines()
            custom_fields.change(field=found, name=request.POST.get("name", ""), choices=choices, by=by)
            messages.success(request, f"“{found.name}” is changed.")
    except Refusal as refusal:
        return render(request, "pages/own_people.html", _context(request, refusal=refusal), status=400)
    return redirect("own_people")
