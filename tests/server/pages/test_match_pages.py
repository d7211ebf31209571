"""The pages of review, persons and accuracy: what stands on them, for whom, and what a form does."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from doubted_pairs import *  # noqa: F403
from doubted_pairs import doubt, grown_up, pairs_of, settle
from world import MACHINE, World

from commonroll.identity import report, waiting
from commonroll.identity.judgements import PAIR, Pair
from commonroll.identity.slices import SLICES
from commonroll.identity.verdicts import REASONS
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import link_reports, linkings, matches
from commonroll.server.models import Linking, Member, Role
from commonroll.server.pages import accuracy, match_words

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs(vault: Vault) -> list[Pair]:
    """Three pairs that wait: of one county and reason, the first the most worth a look."""
    found = pairs_of(vault, 3)
    doubt(vault, found)
    return found


@pytest.fixture
def carol(world: World) -> Client:
    """A second owner of Ohio."""
    Role.objects.filter(user=world.user("nadia")).delete()
    Role.objects.create(user=world.user("nadia"), member=world.member("oh"), name=Role.Name.OWNER)
    return world.client("nadia")


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def sides(pair: Pair) -> dict[str, str]:
    return {name: getattr(pair, name) for name in PAIR}


def opens(client: Client, at: int = 1, **sent: Any) -> str:
    answer = client.post(reverse("match_look"), {"at": str(at), **sent})
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    return text(answer)


def judges(client: Client, pair: Pair, judgement: str, **sent: str) -> Any:
    return client.post(reverse("match_judge"), {**sides(pair), "judgement": judgement, "at": "1", **sent})


def last_names(vault: Vault, pair: Pair) -> list[str]:
    names = {row["state_voter_id"]: row["last_name"] for row in grown_up(vault)}
    return [names[pair.record_l], names[pair.record_r]]


# The queue


def test_the_queue_says_how_many_wait_and_why_without_a_row(
    vault: Vault, pairs: list[Pair], alice: Client
) -> None:
    page = text(alice.get(reverse("matches")))
    assert "<b>3</b>" in page and match_words.WHY["band"] in page and "Begin" in page
    assert not any(record in page for pair in pairs for record in (pair.record_l, pair.record_r))
    assert "Copy as CSV" not in page and ".csv" not in page


def test_every_reason_has_a_sentence() -> None:
    assert set(match_words.WHY) == set(REASONS)


def test_filters_count_what_they_leave(vault: Vault, alice: Client) -> None:
    first, second, third = pairs_of(vault, 3)
    doubt(vault, [first, second])
    doubt(vault, [third], "twins")
    assert "<b>1</b>" in text(alice.get(reverse("matches"), {"reason": "twins"}))
    assert "<b>3</b>" in text(alice.get(reverse("matches"), {"reason": "'><script>", "county": "x"}))
    assert "Nothing waits here" in text(alice.get(reverse("matches"), {"reason": "household"}))


def test_a_roll_that_was_never_linked_says_what_to_do(alice: Client) -> None:
    assert "The roll was never linked" in text(alice.get(reverse("matches")))
    assert "Never linked" in text(alice.get(reverse("persons")))
    assert "No report yet" in text(alice.get(reverse("accuracy")))


def test_a_queue_without_pairs_says_so(vault: Vault, alice: Client) -> None:
    page = text(alice.get(reverse("matches")))
    assert "Nothing waits" in page and "Begin" not in page
    assert "All looked at" in opens(alice)


# One pair


def test_a_pair_is_shown_side_by_side_in_words_and_signs(
    vault: Vault, pairs: list[Pair], alice: Client
) -> None:
    page = opens(alice)
    assert "Is this one person?" in page and match_words.WHY["band"] in page
    for name in last_names(vault, pairs[0]):
        assert name in page
    assert page.count('role="row"') > 5 and "90 in 100" in page
    assert all(f'data-key="{key}"' in page for key in "ynujk")
    assert match_words.MEANS["different"] in page and "strike" not in page
    assert re.search(r'aria-hidden="true">≠</b> differs', page), "differences have a sign and a word"


def test_words_of_a_field() -> None:
    table = {
        ("ANNA", "ANNA"): "same",
        ("ANNA", "A"): "akin",
        ("SMITH-JONES", "JONES"): "akin",
        ("ANNA", "ZOE"): "differs",
        ("ANNA", ""): "one",
        ("12 MAIN ST", "12 OAK AVE"): "differs",
    }
    assert {given: match_words._alike("First name", *given) for given in table} == table
    assert match_words._alike("Born", "1 Jan 1980", "1 Jan 1981") == "differs"


def test_the_waterfall_ends_where_the_bits_end() -> None:
    drawn = match_words.waterfall(
        [("prior", "", -16.0), ("birth", "", 14.0), ("name", "", 9.0), ("sex", "", -3.0)]
    )
    assert drawn is not None and drawn.total == 4.0
    ends = [(float(step.x), float(step.x) + float(step.width)) for step in drawn.steps]
    assert all(0 <= a <= b <= 100 for a, b in ends)
    assert ends[0][0] == 0.0 and ends[1][0] == 0.0 and ends[2][0] == pytest.approx(ends[1][1], abs=0.02)
    assert ends[3][1] == pytest.approx(ends[2][1], abs=0.02)
    assert [step.speaks for step in drawn.steps[1:]] == [
        "speaks strongly for", "speaks strongly for", "speaks clearly against",
    ]  # fmt: skip
    assert match_words.waterfall([]) is None


def test_how_long_the_rest_takes() -> None:
    said = {
        (340, 3.6): "about 20 minutes", (2, 10): "less than a minute", (4000, 9): "about 10 hours",
        (5, None): "", (0, 3): "",
    }  # fmt: skip
    assert {given: match_words.minutes(*given) for given in said} == said


def test_a_decision_opens_the_next_pair_and_can_be_taken_back(
    vault: Vault, pairs: list[Pair], alice: Client
) -> None:
    opens(alice)
    page = text(judges(alice, pairs[0], "different", why="other nose"))
    assert "You said two people." in page and pairs[1].record_l in page and "2 of 3" in page
    assert waiting.history(vault, pairs[0])[0]["reason"] == "other nose"
    back = text(alice.post(reverse("match_undo"), {"at": "1"}))
    assert "Taken back. Here is the pair again." in back and pairs[0].record_l in back
    assert "z</kbd> Take back" not in back


def test_a_part_of_the_page_is_swapped(pairs: list[Pair], alice: Client) -> None:
    asked = alice.post(reverse("match_look"), {"at": "1"}, headers={"hx-request": "true"})
    assert "<html" not in text(asked) and 'id="review"' in text(asked)


def test_the_last_decision_ends_at_a_page_that_says_so(pairs: list[Pair], alice: Client) -> None:
    opens(alice)
    for pair in pairs:
        page = text(judges(alice, pair, "same"))
    assert "All looked at" in page and "Take back “one person”" in page


def test_an_unsure_pair_says_so_to_the_next_person(pairs: list[Pair], alice: Client, carol: Client) -> None:
    opens(alice)
    judges(alice, pairs[0], "unsure", why="too blurred")
    page = opens(carol)
    assert "alice@example.org</b> said unsure" in page and "“too blurred”" in page
    assert "Nobody is sure" in page


def test_who_judges_at_once_is_told_what_the_other_said(
    vault: Vault, pairs: list[Pair], alice: Client, carol: Client
) -> None:
    opens(alice)
    opens(carol)
    judges(alice, pairs[0], "same", why="one nose")
    page = text(judges(carol, pairs[0], "different"))
    assert "While you looked, alice@example.org said one person (“one nose”)." in page
    assert "judgements contradict each other" in page and "until a further person decides" in page
    assert len(waiting.history(vault, pairs[0])) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"judgement": "double voter"}, "no such decision"),
        ({"record_r": ""}, "names no pair"),
        ({"why": "x" * 501}, "longer than 500"),
        ({"record_r": "OH1"}, "was not before you"),
    ],
)
def test_a_wrong_form_changes_nothing(
    vault: Vault, pairs: list[Pair], alice: Client, changed: dict[str, str], said: str
) -> None:
    opens(alice)
    answer = alice.post(reverse("match_judge"), {**sides(pairs[0]), "judgement": "same", **changed})
    assert answer.status_code == 400 and said in text(answer)
    assert waiting.history(vault, pairs[0]) == []


def test_a_pair_of_another_member_is_nowhere(pairs: list[Pair], alice: Client) -> None:
    for given in (("wa", "W1", "wa", "W2"), ("oh", pairs[0].record_l, "wa", "W2")):
        sent = dict(zip(PAIR, given, strict=True))
        assert alice.post(reverse("match_look"), sent).status_code == 404


def test_only_owners_of_the_member_get_a_pair(
    pairs: list[Pair], violet: Client, bob: Client, charlie: Client, nobody: Client
) -> None:
    found = [client.post(reverse("match_look"), {"at": "1"}) for client in (violet, bob, charlie, nobody)]
    assert [answer.status_code for answer in found] == [403, 403, 400, 302]
    assert not any(pairs[0].record_l in text(answer) for answer in found)


def test_no_page_calls_anybody_a_double_voter(vault: Vault, pairs: list[Pair], alice: Client) -> None:
    pages = [opens(alice)] + [text(alice.get(reverse(name))) for name in ("matches", "persons", "accuracy")]
    for page in pages:
        assert not re.search(r"double[ -]?vot|duplicate vot|fraud|illegal|purge", page, re.IGNORECASE)


# Persons


def test_the_persons_page_counts_and_explains_without_a_person(
    vault: Vault, alice: Client, violet: Client
) -> None:
    page = text(alice.get(reverse("persons")))
    found = waiting.queue(vault).linked
    assert found is not None and f"{found.counts['persons']:,}" in page
    assert found.model in page and "In one person's records" in page
    assert not any(row["state_voter_id"] in page for row in grown_up(vault))
    viewers = text(violet.get(reverse("persons")))
    assert "What changed of persons" not in viewers and reverse("matches") not in viewers
    assert "Link the roll now" not in viewers


def test_events_have_pseudonyms_and_reasons_alone(world: World, vault: Vault, alice: Client) -> None:
    (pair,) = pairs_of(vault, 1)
    settle(vault, [pair])
    linkings.link(home=world.home, of=world.member("oh"), by=MACHINE)
    page = text(alice.get(reverse("persons")))
    assert "Two persons became one" in page and "The evidence" in page
    assert pair.record_l not in page and not re.search(r"\b[0-9a-f]{32}\b", page)


def test_the_roll_is_linked_from_the_page_and_progress_is_told(
    world: World, vault: Vault, alice: Client
) -> None:
    for _ in range(2):
        page = text(alice.post(reverse("persons_link"), follow=True))
    made = Linking.objects.get()
    (queued,) = DBTaskResult.objects.all()
    assert queued.args_kwargs["args"] == [str(made.pk)]
    assert "Waiting for its turn" in page and "hx-get" in page
    assert "HX-Refresh" not in alice.get(reverse("persons_progress"))
    linkings.run(home=world.home, linking=made, by=MACHINE)
    assert alice.get(reverse("persons_progress"))["HX-Refresh"] == "true"


def test_a_stopped_linking_says_so(world: World, vault: Vault, alice: Client) -> None:
    Linking.objects.create(member=world.member("oh"), by="x", state=Linking.State.RUNNING)
    linkings.close_interrupted()
    assert "The last linking did not end" in text(alice.get(reverse("persons")))


def test_a_wrong_match_is_reported_with_what_follows_said_first(
    world: World, vault: Vault, alice: Client
) -> None:
    (wrong,) = pairs_of(vault, 1)
    settle(vault, [wrong])
    linkings.link(home=world.home, of=world.member("oh"), by=MACHINE)
    page = text(alice.post(reverse("person_look"), {"voter": wrong.record_l}))
    assert (
        "2 registrations" in page and "is a person of its own" in page and "Both registrations stay" in page
    )
    unsure = alice.post(reverse("person_report"), sides(wrong))
    assert unsure.status_code == 400 and waiting.history(vault, wrong) == []
    sent = {**sides(wrong), "sure": "1", "why": "his <b>father</b>"}
    listed = alice.post(reverse("person_report"), sent, follow=True).content.decode()
    assert "his &lt;b&gt;father" in listed and "Take back" in listed
    [row] = waiting.history(vault, wrong)
    assert row["judgement"] == "different" and row["weight"] == 20.0
    alice.post(reverse("person_unreport"), {"event": row["event_id"]}, follow=True)
    assert [one["judgement"] for one in waiting.history(vault, wrong)] == ["different", "withdrawn"]


def test_an_unknown_voter_is_no_person(vault: Vault, alice: Client) -> None:
    answer = alice.post(reverse("person_look"), {"voter": "<script>alert(1)</script>"})
    assert answer.status_code == 404 and "<script>alert" not in answer.content.decode()


# Accuracy


def figures(linked: int, right: int, true: int) -> dict[str, Any]:
    return {
        "linked": linked, "right": right, "true": true, "reached": true, "unsure": 4, "unsure_right": 3,
        "precision": right / linked, "recall": right / true, "reach": 1.0, "waiting": 3 / true, "f1": 0.9,
    }  # fmt: skip


def truth(worse: list[dict[str, Any]]) -> dict[str, Any]:
    bins = [{"low": 0.05, "high": 0.14, "pairs": 40, "expected": 0.1, "observed": 0.12}]
    return {
        "registrants": 5000, "links": figures(1000, 990, 1010), "persons": figures(1000, 995, 1010),
        "calibration": {"pairs": 40, "error": 0.02, "bins": bins},
        "slices": [{"slice": n, "value": "x", "judged": True, **figures(500, 490, 510)} for n in SLICES],
        "markedly_worse": worse,
    }  # fmt: skip


def keep(world: World, vault: Vault, of: dict[str, Any] | None) -> None:
    """The report on the last linking, with these figures for its truth."""
    made = link_reports.make(home=world.home, of=world.member("oh"), by=MACHINE)
    path = report.keep(vault, made)
    path.write_text(json.dumps({**json.loads(path.read_text()), "truth": of}))


def test_a_report_without_truth_says_what_it_can(world: World, vault: Vault, alice: Client) -> None:
    keep(world, vault, None)
    page = text(alice.get(reverse("accuracy")))
    assert "They need known truth" in page and "There is no earlier report" in page
    assert "Nobody has judged a pair yet" in page


def test_figures_have_intervals_a_chart_and_a_table(world: World, vault: Vault, violet: Client) -> None:
    keep(world, vault, truth([]))
    page = text(violet.get(reverse("accuracy")))
    assert "No group is matched markedly worse" in page and "99%" in page and "98.2% to 99.5%" in page
    assert "data-chart" in page and "12%" in page and "off by 2% on average" in page


def test_a_group_that_is_matched_worse_is_named(world: World, vault: Vault, alice: Client) -> None:
    gap = {"slice": "origin", "value": "x", "measure": "recall", "rate": 0.9, "others": 0.97, "chance": 1e-9}
    keep(world, vault, truth([gap]))
    page = text(alice.get(reverse("accuracy")))
    assert "1 group matched markedly worse" in page and "Origin x: recall 90%, everybody else 97%." in page
    assert "worse in recall" in page


def test_a_reported_match_is_a_case_of_the_accuracy(
    world: World, vault: Vault, pairs: list[Pair], alice: Client
) -> None:
    settle(vault, pairs[:1])
    opens(alice, **sides(pairs[0]))
    judges(alice, pairs[0], "different")
    keep(world, vault, None)
    page = text(alice.get(reverse("accuracy")))
    assert "1 sure match of 1 judged is wrong." in page


def test_an_interval_holds_its_share_and_no_more_than_there_is() -> None:
    assert accuracy.rate(0, 0).share is None
    whole = accuracy.rate(10, 10)
    assert whole.share == 1.0 and 0.7 < whole.low < whole.high == 1.0
    some = accuracy.rate(490, 500)
    assert some.low == pytest.approx(0.9636, abs=1e-3) and some.high == pytest.approx(0.9891, abs=1e-3)


def test_nothing_of_another_members_persons_is_seen(world: World, vault: Vault, charlie: Client) -> None:
    keep(world, vault, truth([]))
    for name in ("persons", "accuracy", "matches"):
        page = text(charlie.get(reverse(name)))
        assert "markedly" not in page and "Registrants" not in page
    assert Member.objects.filter(key="rivera", state="").exists() and matches.PAIR == PAIR
