"""List hygiene: who learns which numbers, what can be left alone, and what is gone when an agreement ends.

Alice owns Ohio, Walter Washington; Charlie's campaign and Bob's committee have no roll and learn nothing.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.test import Client
from world import MACHINE, World, agree

from commonroll.agreements.profile import PERSON
from commonroll.agreements.templates import TEMPLATES
from commonroll.errors import Refusal
from commonroll.identity import across
from commonroll.identity.across import KEPT, Run
from commonroll.identity.hygiene import APPLIED, KINDS, SMALLEST
from commonroll.roll.engine import engine
from commonroll.server import matches, site
from commonroll.server.actions import agreement_events, hygiene, linkings, loads, questions, redactions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Journal, Member
from commonroll.transparency import leaves
from commonroll.views.derived import FUNCTIONS, VISIBLE
from commonroll.views.question import NothingGranted
from commonroll.views.universe import UniverseError

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

TYPES = pa.schema([(name, pa.float64() if name.startswith("match") else pa.string()) for name in KEPT])
COLUMNS = list(TEMPLATES["hygiene"].columns)


def sign(owner: str, recipient: str, **changes: Any) -> Agreement:
    """An agreement for list hygiene in force."""
    given = {"purposes": ["hygiene"], "modes": ["count", "view"], "columns": COLUMNS}
    return agree(owner, recipient, **{**given, **changes})


def both() -> tuple[Agreement, Agreement]:
    return sign("oh", "wa"), sign("wa", "oh")


def ids(world: World, key: str, n: int) -> list[str]:
    """Voters of a roll that a view shows, in one county."""
    held = loads.vault(world.home, world.member(key))
    files = held.files(held.current(), "voters")  # type: ignore[arg-type]
    query = """
        SELECT state_voter_id FROM read_parquet($files)
        WHERE status = 'active' AND listed_from < current_date AND NOT confidential
        AND county_fips = (SELECT mode(county_fips) FROM read_parquet($files)) ORDER BY 1 LIMIT $n"""
    with engine() as cursor:
        found = [row[0] for row in cursor.execute(query, {"files": list(files), "n": n}).fetchall()]
    assert len(found) == n
    return found


def put(world: World, n: int, kind: str = "later") -> None:
    """A match of Ohio and Washington with `n` sure pairs, of which Ohio is told `kind`."""
    sides = matches.sides_of(world.home, world.member("oh"), world.member("wa"))
    run = Run(
        members=("oh", "wa"), snapshots=sides.snapshots, terms=sides.terms, agreements={}, columns=(),
        birth="date", persons=False, gaps=(), matched_at="2026-11-24T12:00:00+00:00",
    )  # fmt: skip
    pairs = [
        {"member_l": "oh", "record_l": one, "member_r": "wa", "record_r": other, "verdict": "sure",
         "kind_l": kind, "kind_r": "earlier"}
        for one, other in zip(ids(world, "oh", n), ids(world, "wa", n), strict=True)
    ]  # fmt: skip
    across.keep(world.home.identity, run, pa.Table.from_pylist(pairs, schema=TYPES))


def learned(world: World, key: str) -> dict[str, int | None]:
    """Kind -> number that a member learns of its one partner."""
    [partner] = hygiene.partners(home=world.home, of=world.member(key), by=MACHINE)
    assert partner.learned is not None, partner.refusal
    return {told.kind: told.n for told in partner.learned.told}


def test_each_learns_its_own_numbers_and_the_others_log_has_it(world: World) -> None:
    got = both()[1]
    put(world, 12)
    before = Journal.objects.count()

    assert learned(world, "oh") == {"later": 12, "earlier": None, "deceased": None, "unclear": None}
    assert learned(world, "wa") == {"later": None, "earlier": 12, "deceased": None, "unclear": None}

    rows = {row.log: row for row in Journal.objects.filter(pk__gt=before, recipient="oh")}
    assert list(rows) == ["wa"] and rows["wa"].type == "count" and rows["wa"].agreement == got.urn
    assert rows["wa"].purpose == "hygiene"
    assert rows["wa"].columns == ["voters.registered_on", "voters.status"]
    own = Journal.objects.filter(log="oh", recipient="", type="count").latest("pk")
    assert own.purpose == "hygiene"


def test_numbers_below_ten_are_withheld_and_not_applied(world: World) -> None:
    both()
    put(world, SMALLEST - 1)

    assert learned(world, "oh") == dict.fromkeys(KINDS)
    with pytest.raises(Refusal, match="fewer than 10"):
        leave(world)
    assert hygiene.applied(home=world.home, of=world.member("oh"), by=MACHINE) == {}


@pytest.mark.parametrize(
    ("given", "got", "why"),
    [
        (None, {}, "Ohio has no agreement with Washington"),
        ({}, None, "Washington has no agreement with Ohio"),
        ({"modes": ["count"]}, {"modes": ["count"]}, "permits no lists on a screen"),
        ({"columns": ["voters.last_name", "voters.status"]}, {}, "without first and last names"),
        ({"columns": ["voters.first_name", "voters.last_name"]}, {}, "by a name alone"),
    ],
)
def test_nothing_is_matched_beyond_what_both_agreed(
    world: World, given: dict[str, Any] | None, got: dict[str, Any] | None, why: str
) -> None:
    for owner, recipient, changes in (("oh", "wa", given), ("wa", "oh", got)):
        if changes is not None:
            sign(owner, recipient, **changes)
    before = Journal.objects.count()

    with pytest.raises(NothingGranted, match=why):
        match(world)
    assert not list(across.matched(world.home.identity))
    assert Journal.objects.count() == before


def test_agreements_for_other_purposes_teach_nothing(world: World) -> None:
    assert hygiene.partners(home=world.home, of=world.member("oh"), by=MACHINE) == []
    with pytest.raises(Refusal, match="owns no state's file"):
        hygiene.partners(home=world.home, of=world.member("rivera"), by=MACHINE)


def match(world: World) -> Run:
    return hygiene.match(home=world.home, one=world.member("oh"), other=world.member("wa"), by=MACHINE)


def test_an_ended_agreement_takes_the_match_with_it(world: World) -> None:
    given, _ = both()
    put(world, 12)

    agreement_events.revoke(
        home=world.home, agreement=given, member=world.member("oh"), cause="law", passphrase="only for tests",
        by=MACHINE,
    )  # fmt: skip

    assert not across.path(world.home.identity, "oh", "wa").parent.exists()
    for key in ("oh", "wa"):
        [partner] = hygiene.partners(home=world.home, of=world.member(key), by=MACHINE)
        assert partner.learned is None and "revoked" in str(partner.refusal)


def test_a_match_of_an_agreement_that_runs_out_is_read_by_nobody(world: World) -> None:
    given, _ = both()
    put(world, 12)
    Agreement.objects.filter(pk=given.pk).update(until=given.start + timedelta(seconds=1))

    [partner] = hygiene.partners(home=world.home, of=world.member("wa"), by=MACHINE)

    assert partner.learned is None
    assert not list(across.matched(world.home.identity))


def test_a_running_site_deletes_what_ended_by_the_clock(world: World) -> None:
    given, _ = both()
    put(world, 12)
    Agreement.objects.filter(pk=given.pk).update(until=given.start + timedelta(seconds=1))
    now = time.monotonic()

    assert site._sweep(world.home, now) == now
    assert list(across.matched(world.home.identity)) == [("oh", "wa")]
    assert site._sweep(world.home, now - site.SWEEP_EVERY_SECONDS - 1) >= now
    assert not list(across.matched(world.home.identity))


def test_a_redaction_leaves_no_id_in_a_match(world: World) -> None:
    both()
    put(world, 12)

    redactions.redact(home=world.home, of=world.member("wa"), by=MACHINE)

    assert not list(across.matched(world.home.identity))


def test_new_terms_or_another_snapshot_ask_for_another_match(world: World) -> None:
    both()
    put(world, 12)
    held = across.kept(world.home.identity, "oh", "wa")
    assert held is not None
    across.keep(
        world.home.identity, Run(**{**held.__dict__, "snapshots": {"oh": 99, "wa": 1}}), TYPES.empty_table()
    )

    [partner] = hygiene.partners(home=world.home, of=world.member("oh"), by=MACHINE)

    assert partner.refusal is not None and "not matched as they stand today" in partner.refusal.what
    assert "commonroll link --members oh,wa" in partner.refusal.next_step


def test_a_member_that_leaves_takes_its_matches(world: World) -> None:
    both()
    put(world, 12)

    assert matches.forget(world.home, "wa") == 1
    assert not list(across.matched(world.home.identity))


def test_who_opted_out_since_is_in_no_number(world: World) -> None:
    both()
    put(world, 12)
    loads.vault(world.home, world.member("oh")).suppress(ids(world, "oh", 1), "opt-out", channel="mail")
    loads.vault(world.home, world.member("wa")).suppress(ids(world, "wa", 2)[1:], "protected")

    assert learned(world, "oh")["later"] == 10
    assert learned(world, "wa")["earlier"] == 10


# A match of real files


def people(template: Path, state: str) -> dict[str, int]:
    """Registrant -> the true person, by the generator."""
    told = pq.read_table(template / "files" / "truth" / "registrations.parquet")
    mine = told.filter(pc.equal(told["state"], state))
    return dict(zip(mine["state_voter_id"].to_pylist(), mine["person"].to_pylist(), strict=True))


def persons(world: World, key: str) -> dict[str, str]:
    """Registrant -> its person's id."""
    held = loads.vault(world.home, world.member(key))
    [file] = held.owner_tables(statement=True).files["persons"]
    rows = pq.read_table(file).to_pylist()
    return {row["state_voter_id"]: row["person_id"] for row in rows}


def test_two_rolls_are_matched_with_receipts_in_both_logs_and_nothing_but_ids_kept(
    world: World, template: Path
) -> None:
    sign("oh", "wa", columns=[*COLUMNS, PERSON], masks={"voters.birth_date": "plain"})
    sign("wa", "oh", columns=[*COLUMNS, PERSON])
    for key in ("oh", "wa"):
        linkings.link(home=world.home, of=world.member(key), by=MACHINE)
    before = Journal.objects.count()

    run = match(world)

    rows = {row.log: row for row in Journal.objects.filter(pk__gt=before)}
    assert {log: (row.recipient, row.type, row.purpose) for log, row in rows.items()} == {
        "oh": ("wa", "view", "hygiene"), "wa": ("oh", "view", "hygiene")
    }  # fmt: skip
    assert all(row.index is not None and PERSON in row.columns for row in rows.values())
    found = across.pairs(world.home.identity, run)
    assert tuple(found.column_names) == KEPT and found.num_rows == run.pairs["sure"] > 0
    truth = people(template, "OH"), people(template, "WA")
    ids = persons(world, "oh"), persons(world, "wa")
    for one, other in zip(found["record_l"].to_pylist(), found["record_r"].to_pylist(), strict=True):
        assert truth[0][one] == truth[1][other]
        assert ids[0][one] == ids[1][other]
    assert len(set(ids[0].values()) & set(ids[1].values())) == found.num_rows
    assert not [file for file in world.home.tmp.rglob("*") if file.is_file()]


def test_without_leave_of_both_no_person_id_is_read(world: World) -> None:
    sign("oh", "wa", columns=[*COLUMNS, PERSON])
    sign("wa", "oh")

    run = match(world)

    assert not run.persons
    for log in ("oh", "wa"):
        assert PERSON not in Journal.objects.filter(log=log, purpose="hygiene").latest("pk").columns


# Leaving alone


def leave(world: World, **changes: Any) -> int:
    asked: dict[str, Any] = {"kinds": ["later"], "channels": ["mail", "phone"]}
    return hygiene.apply(
        home=world.home, of=world.member("oh"), other=world.member("wa"), by=MACHINE, **{**asked, **changes}
    )


def mailed(world: World) -> int:
    """Ohio's own list for the mail."""
    return questions.export(
        home=world.home, viewer=world.member("oh"), purpose="gotv", where="member = 'oh'",
        columns=("residence_line1",), format="csv", by=MACHINE,
    ).rows or 0  # fmt: skip


def test_left_alone_on_a_channel_and_taken_back(world: World) -> None:
    both()
    put(world, 12)
    whole = mailed(world)

    assert leave(world) == 12
    assert hygiene.applied(home=world.home, of=world.member("oh"), by=MACHINE) == {"mail": 12, "phone": 12}
    assert mailed(world) == whole - 12
    assert learned(world, "oh")["later"] == 12, "whom hygiene leaves alone is still counted"
    assert hygiene.undo(home=world.home, of=world.member("oh"), by=MACHINE) == 12
    assert mailed(world) == whole

    said = [leaves.check_leaf(bytes(row.leaf)) for row in Journal.objects.filter(log="oh", type="operator")]
    assert [leaf["action"] for leaf in said][-2:] == ["hygiene.applied", "hygiene.undone"]


def test_taking_back_leaves_what_a_voter_asked_for(world: World) -> None:
    both()
    put(world, 12)
    leave(world)
    held = loads.vault(world.home, world.member("oh"))
    held.suppress(ids(world, "oh", 1), "opt-out", channel="mail")

    hygiene.undo(home=world.home, of=world.member("oh"), by=MACHINE)

    assert held.suppressed().to_pylist() == [
        {"state_voter_id": ids(world, "oh", 1)[0], "reason": "opt-out", "channel": "mail"}
    ]


@pytest.mark.parametrize(
    "changes", [{"kinds": ["earlier"]}, {"kinds": []}, {"channels": [""]}, {"channels": []}]
)
def test_only_named_kinds_and_channels_can_be_left_alone(world: World, changes: dict[str, Any]) -> None:
    both()
    put(world, 12)

    with pytest.raises(Refusal, match="name a"):
        leave(world, **changes)


# No way out as rows

RESULTS = (
    "match", "matched", "duplicate", "dropped", "moved", "deceased", "later", "earlier", "elsewhere", "kind",
    "verdict", "hygiene", "person_id", "person", "suppressed", "match_weight", "not_home",
)  # fmt: skip


def test_no_row_is_selected_by_or_carries_a_result(world: World) -> None:
    national = world.member("national")
    asked: dict[str, Any] = {"home": world.home, "viewer": national, "purpose": "gotv", "by": MACHINE}

    for word in RESULTS:
        for where in (f"{word} = 'x'", f"{word}", f"{word}('wa')"):
            with pytest.raises(UniverseError):
                questions.count(**asked, where=where)
        with pytest.raises(Refusal, match="no column"):
            questions.rows(**asked, where="", columns=(word,))
        with pytest.raises(Refusal, match="no column"):
            questions.count(**asked, by_columns=(word,))
        with pytest.raises(Refusal, match="no column"):
            questions.export(**asked, where="", columns=(word,), format="csv")
        assert word not in VISIBLE and word not in FUNCTIONS


@pytest.mark.parametrize("mode", ["rows", "export"])
def test_hygiene_gives_no_rows(world: World, mode: str) -> None:
    both()
    ohio = world.member("oh")
    asked: dict[str, Any] = {
        "home": world.home,
        "viewer": ohio,
        "purpose": "hygiene",
        "where": "",
        "by": MACHINE,
    }

    with pytest.raises(Refusal, match="never rows"):
        if mode == "rows":
            questions.rows(**asked, columns=("last_name",))
        else:
            questions.export(**asked, columns=("last_name",), format="csv")


def test_an_agreement_for_hygiene_has_no_export() -> None:
    with pytest.raises(Refusal, match="never exported"):
        sign("oh", "wa", modes=["count", "view", "export"])


# The page

FORM = {"other": "wa", "kinds": ["later"], "channels": ["mail"], "sure": "1"}


def test_the_page_says_numbers_and_no_id(world: World, alice: Client, violet: Client) -> None:
    both()
    put(world, 12)

    for person in (alice, violet):
        page = person.get("/give-and-get/hygiene").content.decode()
        assert "Washington" in page and ">12<" in page and "fewer than 10" in page
        assert not [one for one in ids(world, "oh", 12) + ids(world, "wa", 12) if one in page]
        for word in ("challenge", "double voter", "voting twice", "fraud"):
            assert word not in page.lower()
    assert "Leave them alone" not in page, "a viewer changes nothing"


def test_the_forms_act_once_the_owner_is_sure(world: World, alice: Client) -> None:
    both()
    put(world, 12)

    assert alice.post("/give-and-get/hygiene/apply", {**FORM, "sure": ""}).status_code == 400
    assert alice.post("/give-and-get/hygiene/apply", FORM).status_code == 302
    assert hygiene.applied(home=world.home, of=world.member("oh"), by=MACHINE) == {"mail": 12}
    assert alice.post("/give-and-get/hygiene/undo", {"sure": "1"}).status_code == 302
    assert hygiene.applied(home=world.home, of=world.member("oh"), by=MACHINE) == {}


def test_a_match_is_asked_for_on_the_page_or_refused_there(world: World, alice: Client) -> None:
    sign("oh", "wa")
    assert alice.post("/give-and-get/hygiene/match", {"other": "wa"}).status_code == 400
    sign("wa", "oh")
    assert "Match with Washington" in alice.get("/give-and-get/hygiene").content.decode()
    assert alice.post("/give-and-get/hygiene/match", {"other": "wa"}).status_code == 302
    assert alice.post("/give-and-get/hygiene/match", {"other": "oh"}).status_code == 404


def test_charlie_and_bob_learn_nothing(world: World, charlie: Client, bob: Client) -> None:
    both()
    put(world, 12)

    for person in (charlie, bob):
        assert "Washington" not in person.get("/give-and-get/hygiene").content.decode().partition("<main")[2]
    assert charlie.post("/give-and-get/hygiene/apply", FORM).status_code == 404
    assert charlie.post("/give-and-get/hygiene/match", FORM).status_code == 404
    with pytest.raises(Unknown):
        hygiene.partners(home=world.home, of=world.member("oh"), by=Actor.of(world.user("charlie")))
    assert set(APPLIED) <= set(KINDS) and Member.objects.count() == 4
