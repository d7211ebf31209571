"""Columns beside a list's own: answers, codes and districts that an export job asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from commonroll.server.home import Home
from commonroll.server.models import ActivistCode, CanvassResponse, Marked, Member, SurveyQuestion
from commonroll.server.van import ids
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import Given
from commonroll.server.van.person import DISTRICTS

Beside = Mapping[str, Sequence[int]]
"""Name in the body (of KINDS) -> ids, in order, each once."""

KINDS: Mapping[str, tuple[str, str]] = {
    "surveyQuestions": ("surveyQuestionId", "SQ"),
    "activistCodes": ("activistCodeId", "AC"),
    "districtFields": ("districtFieldId", "DF"),
}
"""Name in the body -> the id's name, and how its columns begin."""


def asked(of: Member, body: Given, kinds: Collection[str] = tuple(KINDS)) -> dict[str, list[int]]:
    """What a body asks for; raises 400 for an id that the member has not, and for kinds not offered."""
    return {name: _ids(of, body, name, name in kinds) for name in KINDS}


def _ids(of: Member, body: Given, name: str, offered: bool) -> list[int]:
    given, (part, _) = body.objects(name), KINDS[name]
    if given and not offered:
        raise invalid(f"'{name}' is not in these files.", name, hint="leave it out")
    known = _known(of, name) if given else ()
    for each in given:
        if each.needed(part) not in known:
            raise invalid(f"'{part}' is of nothing of yours.", each.at(part), hint=f"see {name}")
    return list(dict.fromkeys(each.needed(part) for each in given))


def _known(of: Member, name: str) -> Collection[int]:
    if name == "districtFields":
        return DISTRICTS
    models: Mapping[str, Any] = {"surveyQuestions": SurveyQuestion, "activistCodes": ActivistCode}
    return set(models[name].objects.filter(member=of).values_list("pk", flat=True))


def heads(beside: Beside, kinds: Iterable[str] = tuple(KINDS)) -> list[str]:
    """Columns of these kinds, in order."""
    return [f"{KINDS[name][1]}_{id}" for name in kinds for id in beside.get(name, ())]


def told(beside: Beside) -> dict[str, Any]:
    """As an ExportJob has them."""
    return {name: [{KINDS[name][0]: id} for id in beside.get(name, ())] or None for name in KINDS}


def of_voters(
    home: Home, viewer: Member, owner: Member, beside: Beside
) -> Mapping[str, tuple[pa.Array, pa.Array]]:
    """Answers and codes on an owner's voters: by column the viewer's VAN ids (int64), and a text of each."""
    where = {"member": viewer, "owner": owner, "person": None}
    found = {}
    for column, values in _values(where, "number", beside).items():
        numbers = np.array(list(values), np.int64)
        vans = ids.van_ids(home, viewer, owner, numbers)
        found[column] = pa.array(vans, pa.int64()), pa.array(list(values.values()), pa.string())
    return found


def of_people(of: Member, people: Sequence[int], beside: Beside) -> dict[int, list[str]]:
    """Answers and codes on people of one's own, by their rows' keys: the cells of each."""
    columns = _values({"member": of, "person__in": people}, "person_id", beside)
    return {pk: [values.get(pk, "") for values in columns.values()] for pk in people}


def _values(where: Mapping[str, Any], by: str, beside: Beside) -> dict[str, dict[int, str]]:
    """By column: person -> the id of the last answer, or 1 where a code stands."""
    found: dict[str, dict[int, str]] = {
        head: {} for head in heads(beside, ("surveyQuestions", "activistCodes"))
    }
    if beside.get("surveyQuestions"):
        rows = CanvassResponse.objects.filter(**where, removed_at=None).order_by("canvassed_at", "pk")
        for person, said in rows.values_list(by, "responses"):
            for one in said:
                column = f"SQ_{one.get('surveyQuestionId')}"
                if one["type"] == "SurveyResponse" and column in found:
                    found[column][person] = str(one["surveyResponseId"])
    codes = Marked.objects.filter(**where, code__in=beside.get("activistCodes", ()))
    for person, code in codes.values_list(by, "code_id"):
        found[f"AC_{code}"][person] = "1"
    return found
