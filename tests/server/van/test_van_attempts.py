"""What was done at doors stands among the contacts that programs see, and questions know of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from doorstep import hand, turf_of, voter
from test_attempts_kept import knock, stands
from van_client import ask, key_of, told
from world import MACHINE, World, agree, shared_columns

from commonroll.server.actions import folding, questions, releasing
from commonroll.server.models import CanvassResponse

pytestmark = pytest.mark.django_db
NOW, DAY = datetime.now(UTC), timedelta(days=1)


def test_programs_see_what_was_done_at_doors(world: World) -> None:
    oh = world.member("oh")
    turf = turf_of(oh, oh, "Ohio's own")
    olga = hand(turf, "Olga")
    olga.send(knock(olga, "talked", person="p1"), knock(olga, "not_home", "h2"))
    folding.run(world.home)
    key, mine = key_of(world, "oh"), CanvassResponse.objects.filter(result="talked").get()
    van_id = told(ask(key, "GET", f"people/StateFileID:{voter(turf, 'p1')}"))["vanId"]
    (shown,) = told(ask(key, "GET", f"people/{van_id}/canvassResponses"))["items"]
    assert (shown["contactTypeId"], shown["inputTypeId"], shown["resultCodeId"]) == (2, 14, 14)
    refused = ask(key, "DELETE", f"people/{van_id}/canvassResponses/{mine.pk}")
    assert refused.status_code == 409


def test_whoever_was_spoken_with_was_contacted_for_reader_and_owner_alone(world: World) -> None:
    columns = [*shared_columns(), "responses.answered_on"]
    agree("oh", "rivera", modes=["count", "view", "contact"], columns=columns)
    ann = hand(turf_of(world.member("rivera"), world.member("oh")), "Ann")
    ann.send(knock(ann, "talked", person="p1"), knock(ann, "not_home", "h2"))
    folding.run(world.home)
    since = (NOW - DAY).date().isoformat()

    def contacted(viewer: str) -> int:
        where = f"member = 'oh' AND contacted_since('{since}')"
        asked = {"home": world.home, "purpose": "gotv", "where": where, "by": MACHINE}
        return questions.count(viewer=world.member(viewer), **asked).total

    assert (contacted("rivera"), contacted("oh")) == (1, 0)
    releasing.release(world.home, world.member("rivera"), NOW + 400 * DAY)
    assert (contacted("rivera"), contacted("oh")) == (1, 1)
    assert len(stands(world, "oh")) == 3
