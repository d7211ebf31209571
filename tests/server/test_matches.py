"""Review of pairs: what is shown and logged, who may decide, two people at once, what a decision leaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from doubted_pairs import *  # noqa: F403
from doubted_pairs import doubt, grown_up, pairs_of, settle
from world import PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.identity import judgements, side_by_side, waiting
from commonroll.identity.judged import own_standing
from commonroll.identity.judgements import Pair
from commonroll.roll.schema import JUDGEMENTS
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import linkings, match_log, match_looks, matches, persons, sittings
from commonroll.server.actions.match_looks import Look, Wanted
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Journal, Linking, ReviewBatch, Role
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves

pytestmark = [pytest.mark.django_db, pytest.mark.vault]


@pytest.fixture
def pairs(vault: Vault) -> list[Pair]:
    """Four pairs that wait, the first the most worth a look."""
    found = pairs_of(vault, 4)
    doubt(vault, found)
    return found


EVERYTHING = Wanted()


class Reviewer:
    """One of Ohio's people before the queue."""

    def __init__(self, world: World, person: str, role: Role.Name = Role.Name.OWNER) -> None:
        Role.objects.filter(user=world.user(person), member=world.member("oh")).delete()
        Role.objects.create(user=world.user(person), member=world.member("oh"), name=role)
        self.by, self.home, self.of = Actor.of(world.user(person)), world.home, world.member("oh")

    def opens(self, at: int = 0, step: int = 1, wanted: Wanted = EVERYTHING) -> Look | None:
        return match_looks.open_at(home=self.home, of=self.of, wanted=wanted, at=at, step=step, by=self.by)

    def judges(self, pair: Pair, judgement: str, seen: str = "", reason: str = "") -> matches.Judged:
        return matches.judge(
            home=self.home, of=self.of, pair=pair, judgement=judgement, reason=reason, seen=seen, by=self.by
        )  # fmt: skip

    def takes_back(self, event_id: str = "") -> Pair:
        return matches.undo(home=self.home, of=self.of, event_id=event_id, by=self.by)


@pytest.fixture
def alice(world: World) -> Reviewer:
    return Reviewer(world, "alice")


@pytest.fixture
def bob(world: World) -> Reviewer:
    """A second owner of Ohio."""
    return Reviewer(world, "bob")


def batches() -> list[Journal]:
    return list(Journal.objects.filter(log="oh", type="view", rows__gt=1).order_by("pk"))


# What is shown, and what the log has of it


def test_a_pair_shows_both_registrations_and_who_else_lives_there(
    vault: Vault, pairs: list[Pair], alice: Reviewer
) -> None:
    look = alice.opens()
    assert look is not None and look.of.pair == pairs[0] and look.at == 1
    rows = {row["state_voter_id"]: row for row in grown_up(vault)}
    for seen, record in ((look.left, pairs[0].record_l), (look.right, pairs[0].record_r)):
        assert seen.row["last_name"] == rows[record]["last_name"]
        home = [rows[record][name] for name in ("residence_line1", "residence_unit", "residence_zip5")]
        beside = {
            key for key, row in rows.items()
            if key != record
            and [row[name] for name in ("residence_line1", "residence_unit", "residence_zip5")] == home
        }  # fmt: skip
        assert {one["state_voter_id"] for one in seen.beside} == beside


def test_a_batch_is_one_leaf_and_holds_no_id(
    world: World, vault: Vault, pairs: list[Pair], alice: Reviewer
) -> None:
    for at in (1, 2, 3, 4, 3, 1):
        assert alice.opens(at)
    [row] = batches()
    leaf = json.loads(bytes(row.leaf))
    assert leaf["purpose"] == "hygiene" and leaf["mode"] == "view" and "recipient" not in leaf
    assert int(leaf["rows"]) >= 2 * len(pairs)
    [batch] = ReviewBatch.objects.all()
    for pair in pairs:
        for kept_text in (bytes(row.leaf), json.dumps(batch.pairs).encode()):
            assert pair.record_l.encode() not in kept_text and b"alice" not in kept_text
    reader = open_reader(world.home.reader_key("oh"), PASSPHRASE)
    sealed, salt = leaves.open_sealed(bytes(row.sealed_strategy or b""), reader)
    assert sealed["pairs"] == [[pair.record_l, pair.record_r] for pair in pairs]
    assert sealed["asked_by"] == "alice@example.org" and leaves.commit(sealed, salt) == leaf["strategy"]


def test_a_review_is_no_look_up_of_single_voters(
    pairs: list[Pair], alice: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.opens(1)
    assert not Journal.objects.filter(log="oh", type="view", rows=1).exists()
    monkeypatch.setattr(match_log, "BATCHES_AN_HOUR", 1)
    ReviewBatch.objects.update(pairs=[])
    with pytest.raises(Refusal, match="within an hour"):
        alice.opens(1)
    ReviewBatch.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert alice.opens(1)


def test_no_row_is_shown_that_the_log_cannot_have(
    pairs: list[Pair], alice: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(home: object) -> None:
        raise Refusal("the log is behind")

    monkeypatch.setattr(match_looks, "ensure_fresh", behind)
    monkeypatch.setattr(side_by_side, "registrations", lambda *a, **k: pytest.fail("read"))
    with pytest.raises(Refusal, match="behind"):
        alice.opens(1)
    assert batches() == []


def test_a_voter_who_is_left_out_is_in_no_pair_and_in_no_household(
    vault: Vault, pairs: list[Pair], alice: Reviewer
) -> None:
    before = alice.opens(1)
    assert before is not None
    vault.suppress([pairs[0].record_r])
    after = alice.opens(1)
    assert after is not None and after.of.pair == pairs[1]
    with pytest.raises(Unknown):
        match_looks.open_pair(home=alice.home, of=alice.of, pair=pairs[0], by=alice.by)
    with pytest.raises(Refusal):
        alice.judges(pairs[0], "same")


def test_who_is_under_age_on_election_day_is_in_no_pair(
    vault: Vault, pairs: list[Pair], alice: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_from = {row["state_voter_id"]: row["shown_from"] for row in grown_up(vault)}
    of_age = max(shown_from[pairs[0].record_l], shown_from[pairs[0].record_r])
    monkeypatch.setattr(match_looks, "next_election", lambda *_: of_age - timedelta(days=1))
    look = alice.opens(1)
    assert look is None or look.of.pair != pairs[0]
    left = match_looks.queue(home=alice.home, of=alice.of, wanted=Wanted(), by=alice.by)
    assert left.total < len(pairs), "whom nobody is shown is in no total"
    shown = [pair for pair in pairs if max(shown_from[pair.record_l], shown_from[pair.record_r]) < of_age]
    assert left.total == sum(left.reasons.values()) == len(shown)


def test_the_queue_is_walked_without_deciding(pairs: list[Pair], alice: Reviewer) -> None:
    assert [look.of.pair for at in (1, 2, 3) if (look := alice.opens(at))] == pairs[:3]
    again = alice.opens(5)
    assert again is not None and again.of.pair == pairs[0], "after the last comes the first"
    back = alice.opens(2, step=-1)
    assert back is not None and back.of.pair == pairs[1]


def test_reasons_and_counties_filter(vault: Vault, alice: Reviewer) -> None:
    first, second = pairs_of(vault, 2)
    doubt(vault, [first])
    doubt(vault, [second], "twins")
    look = alice.opens(1, wanted=Wanted("twins"))
    assert look is not None and look.of.pair == second
    assert alice.opens(1, wanted=Wanted("father_and_son")) is None
    queue = match_looks.queue(home=alice.home, of=alice.of, wanted=Wanted(), by=alice.by)
    assert queue.reasons == {"band": 1, "twins": 1}


# Deciding


def test_a_decision_is_appended_and_the_next_pair_stands_in_its_place(
    vault: Vault, pairs: list[Pair], alice: Reviewer
) -> None:
    alice.opens(1)
    done = alice.judges(pairs[0], "different", reason=" not him ")
    following = alice.opens(1)
    assert following is not None and following.of.pair == pairs[1] and done.meanwhile == []
    [row] = waiting.history(vault, pairs[0])
    assert (row["judgement"], row["by"], row["reason"]) == ("different", "alice@example.org", "not him")
    assert row["weight"] == 3.0 and row["event_id"] == done.event_id


def test_a_decision_is_taken_back_by_another_row(vault: Vault, pairs: list[Pair], alice: Reviewer) -> None:
    alice.opens(1)
    alice.judges(pairs[0], "same")
    second = alice.judges(pairs[1], "different")
    assert alice.takes_back(second.event_id) == pairs[1]
    assert alice.takes_back() == pairs[0]
    with pytest.raises(Refusal, match="no decision of yours"):
        alice.takes_back()
    assert [row["judgement"] for row in waiting.history(vault, pairs[0])] == ["same", "withdrawn"]
    assert (look := alice.opens(1)) is not None and look.of.pair == pairs[0]


def test_nobody_takes_back_what_another_said(pairs: list[Pair], alice: Reviewer, bob: Reviewer) -> None:
    alice.opens(1)
    done = alice.judges(pairs[0], "same")
    with pytest.raises(Refusal, match="no decision of yours"):
        bob.takes_back(done.event_id)


def test_only_a_pair_that_was_shown_is_decided(pairs: list[Pair], alice: Reviewer, bob: Reviewer) -> None:
    with pytest.raises(Refusal, match="was not before you"):
        alice.judges(pairs[0], "same")
    bob.opens(1)
    with pytest.raises(Refusal, match="was not before you"):
        alice.judges(pairs[0], "same")


@pytest.mark.parametrize("word", ["withdrawn", "double voter", "", "SAME"])
def test_other_words_are_no_decision(pairs: list[Pair], alice: Reviewer, word: str) -> None:
    alice.opens(1)
    with pytest.raises(Refusal, match="no such decision"):
        alice.judges(pairs[0], word)


def test_an_unsure_pair_comes_back_to_others_alone(pairs: list[Pair], alice: Reviewer, bob: Reviewer) -> None:
    alice.opens(1)
    alice.judges(pairs[0], "unsure")
    assert (mine := alice.opens(1)) is not None and mine.of.pair == pairs[1]
    theirs = bob.opens(1)
    assert theirs is not None and theirs.of.pair == pairs[0]
    assert [row["by"] for row in theirs.said] == ["alice@example.org"]


@pytest.mark.parametrize("role", [Role.Name.VIEWER, Role.Name.ANALYST])
def test_a_smaller_role_sees_and_decides_nothing(
    world: World, vault: Vault, pairs: list[Pair], role: Role.Name
) -> None:
    violet = Reviewer(world, "violet", role)
    with pytest.raises(Forbidden):
        violet.opens(1)
    with pytest.raises(Forbidden):
        violet.judges(pairs[0], "same")
    assert batches() == [] and waiting.history(vault, pairs[0]) == []


# Two people at once


def test_the_second_person_gets_pairs_that_the_first_has_not(
    vault: Vault, alice: Reviewer, bob: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_looks, "BATCH", 2)
    pairs = pairs_of(vault, 4)
    doubt(vault, pairs)
    assert (hers := alice.opens()) is not None and hers.of.pair == pairs[0]
    assert (his := bob.opens()) is not None and his.of.pair == pairs[2]
    ReviewBatch.objects.update(at=timezone.now() - match_log.AWAY)
    ReviewBatch.objects.filter(by="bob@example.org").delete()
    assert (his := bob.opens()) is not None and his.of.pair == pairs[0], "she is away"


def test_two_who_judge_at_once_lose_nothing_and_the_second_hears_of_the_first(
    vault: Vault, pairs: list[Pair], alice: Reviewer, bob: Reviewer
) -> None:
    hers, his = alice.opens(1), bob.opens(1)
    assert hers is not None and his is not None and hers.of.pair == his.of.pair
    alice.judges(pairs[0], "same", seen=hers.newest, reason="one nose")
    done = bob.judges(pairs[0], "different", seen=his.newest)
    assert [(row["by"], row["judgement"], row["reason"]) for row in done.meanwhile] == [
        ("alice@example.org", "same", "one nose")
    ]
    assert done.standing == "contradicted"
    assert {row["by"] for row in waiting.history(vault, pairs[0])} == {"alice@example.org", "bob@example.org"}


def test_a_contradiction_waits_for_a_third_and_a_third_settles_it(
    world: World, vault: Vault, pairs: list[Pair], alice: Reviewer, bob: Reviewer
) -> None:
    for person in (alice, bob):
        person.opens(1)
    for person, word in ((alice, "same"), (bob, "different")):
        person.judges(pairs[0], word)
    third = Reviewer(world, "nadia")
    look = third.opens(1, wanted=Wanted("contradicted"))
    assert look is not None and look.of.standing == "contradicted" and len(look.said) == 2
    assert alice.opens(1, wanted=Wanted("contradicted")) is None, "not the same people once more"
    assert third.judges(pairs[0], "same", seen=look.newest).standing == "same"


def test_a_pair_of_two_members_needs_a_second_person_who_is_not_the_first(
    world: World,
    vault: Vault,
    pairs: list[Pair],
    alice: Reviewer,
    bob: Reviewer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two members' records are judged alike wherever a page shows them."""
    first = judgements.event(
        Pair("oh", pairs[0].record_l, "wa", "W1"), "same", by=alice.by.label, reason="", at=timezone.now()
    )
    vault.append_events(JUDGEMENTS.name, first)
    said = first.to_pylist()
    monkeypatch.setattr(matches, "_standing", lambda *_: "waits")
    with pytest.raises(Refusal, match="waits for a second person"):
        matches._first_voice(vault, pairs[0], "same", said, alice.by)
    assert matches._first_voice(vault, pairs[0], "same", said, bob.by) == said[0]["event_id"]
    assert matches._first_voice(vault, pairs[0], "different", said, alice.by) is None, "a mind may change"


# What follows


def test_what_was_judged_holds_after_the_next_linking(world: World, vault: Vault, alice: Reviewer) -> None:
    together, apart = pairs_of(vault, 2)
    doubt(vault, [together])
    settle(vault, [apart])
    alice.opens(1)
    alice.judges(together, "same")
    linkings.link(home=world.home, of=world.member("oh"), by=alice.by)
    found = persons.look(home=world.home, of=world.member("oh"), voter=together.record_l, by=alice.by)
    assert set(found.person.registrations) == {together.record_l, together.record_r}
    assert [one.decided for one in found.pairs] == [True]


def test_a_wrong_match_says_what_follows_parts_the_person_and_stays_a_label(
    world: World, vault: Vault, alice: Reviewer
) -> None:
    ohio = world.member("oh")
    (wrong,) = pairs_of(vault, 1)
    settle(vault, [wrong])
    linkings.link(home=world.home, of=ohio, by=alice.by)
    look = persons.look(home=world.home, of=ohio, voter=wrong.record_r, by=alice.by)
    founder = look.person.founder
    assert founder is not None and look.person.parted(wrong) == (
        (founder,),
        tuple({wrong.record_l, wrong.record_r} - {founder}),
    )
    event = persons.report_wrong(home=world.home, of=ohio, pair=wrong, reason="his father", by=alice.by)
    assert linkings.link(home=world.home, of=ohio, by=alice.by).split == 1
    again = persons.look(home=world.home, of=ohio, voter=founder, by=alice.by)
    assert again.person.registrations == (founder,)
    assert again.person.person_id == look.person.person_id, "the founder keeps the id"
    [said] = persons.reported(home=world.home, of=ohio, by=alice.by)
    assert said["event_id"] == event and said["reason"] == "reported as a wrong match: his father"
    last = kept.linked(vault.catalogue)
    assert last is not None
    label = own_standing(vault, last.snapshot).to_pyarrow().to_pylist()
    assert [(row["record_l"], row["standing"]) for row in label] == [(wrong.record_l, "different")]
    alice.takes_back(event)
    assert persons.reported(home=world.home, of=ohio, by=alice.by) == []


def test_a_third_registration_keeps_the_two_together_unless_it_is_parted_as_well(
    world: World, vault: Vault, alice: Reviewer
) -> None:
    a, b, c = (row["state_voter_id"] for row in grown_up(vault)[:3])
    held = [Pair("oh", *sides[:1], "oh", *sides[1:]) for sides in ((a, b), (a, c), (b, c))]
    settle(vault, held)
    linkings.link(home=world.home, of=world.member("oh"), by=alice.by)
    found = persons.look(home=world.home, of=world.member("oh"), voter=a, by=alice.by)
    assert found.person.registrations == (a, b, c)
    parts = found.person.parted(held[0])
    assert sorted(one for part in parts for one in part) == [a, b, c] and len(parts) == 2
    assert not any({a, b} <= set(part) for part in parts), "the two never share a part"


def test_only_a_match_of_today_is_reported(world: World, vault: Vault, alice: Reviewer) -> None:
    (pair,) = pairs_of(vault, 1)
    with pytest.raises(Unknown):
        persons.report_wrong(home=world.home, of=world.member("oh"), pair=pair, reason="", by=alice.by)


def test_looks_at_persons_by_id_are_few_and_logged(
    world: World, vault: Vault, alice: Reviewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_log, "LOOKS_AN_HOUR", 2)
    ohio, ids = world.member("oh"), [row["state_voter_id"] for row in grown_up(vault)[:3]]
    for voter in ids[:2]:
        persons.look(home=world.home, of=ohio, voter=voter, by=alice.by)
    with pytest.raises(Refusal, match="within an hour"):
        persons.look(home=world.home, of=ohio, voter=ids[2], by=alice.by)
    assert Journal.objects.filter(log="oh", type="view").count() == 2


@pytest.mark.parametrize("voter", ["", " ", "x" * 61])
def test_a_strange_id_is_refused_before_anything_is_read(
    world: World, vault: Vault, alice: Reviewer, voter: str
) -> None:
    with pytest.raises(Refusal, match="no voter's id"):
        persons.look(home=world.home, of=world.member("oh"), voter=voter, by=alice.by)
    assert not ReviewBatch.objects.exists()


def test_a_protected_voter_is_no_person_to_look_at_but_the_look_is_logged(
    world: World, vault: Vault, alice: Reviewer
) -> None:
    voter = grown_up(vault)[0]["state_voter_id"]
    vault.suppress([voter])
    with pytest.raises(Unknown, match="may be shown"):
        persons.look(home=world.home, of=world.member("oh"), voter=voter, by=alice.by)
    assert ReviewBatch.objects.filter(named=True).count() == 1


# Linkings


def test_a_linking_that_is_under_way_is_not_begun_twice_and_ends_with_its_counts(
    world: World, vault: Vault, alice: Reviewer
) -> None:
    first = linkings.begin(home=world.home, of=world.member("oh"), by=alice.by)
    assert linkings.begin(home=world.home, of=world.member("oh"), by=alice.by) == first
    linkings.run(home=world.home, linking=first, by=alice.by)
    first.refresh_from_db()
    assert first.state == Linking.State.DONE and first.fraction == 1.0
    assert first.counts["registrants"] == vault.current().rows["voters"]  # type: ignore[union-attr]


def test_a_killed_linking_is_noted_as_stopped(world: World, alice: Reviewer) -> None:
    made = Linking.objects.create(member=world.member("oh"), by="x", state=Linking.State.RUNNING)
    assert linkings.close_interrupted() == 1
    made.refresh_from_db()
    assert made.state == Linking.State.FAILED and "as it was" in made.message


# Pace


def test_the_pace_of_a_sitting() -> None:
    now = timezone.now()

    def at(*seconds: int) -> list[dict[str, object]]:
        return [{"judged_at": now - timedelta(seconds=one)} for one in seconds]

    assert sittings.sitting([], now) == (0, None)
    assert sittings.sitting(at(30, 20), now) == (2, None), "too few to know a pace"
    assert sittings.sitting(at(40, 30, 20, 10), now) == (4, 10.0)
    assert sittings.sitting(at(9000, 40, 30, 20, 10), now) == (4, 10.0), "an hour ago was another sitting"
    assert sittings.sitting(at(1040, 1030, 1020, 20, 10), now) == (5, 10.0), "a pause is no pace"
