"""Who is left out of what after which word: a table to be read by a lawyer, held against the view itself.

Ohio's roll has five people, and so has every answer where nobody asked anything:

    ANN  614-555-0101  ann@example.org  12 MAIN ST APT 2, ZIP 43215
    BEN  614-555-0101                   12 MAIN ST APT 2, ZIP 43215   a landline and a door shared with ANN
    CAL  614-555-0103  cal@example.org  12 MAIN ST APT 3, ZIP 43215   the next door
    DEE                                 9 ELM AVE, ZIP 43004          told Ohio at the door that hers is 0101
    EVE  614-555-0105  eve@example.org  9 ELM AVE, ZIP 43004          nobody stops her
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_vault import oh_vault

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import PERSON
from commonroll.errors import Refusal
from commonroll.insight import stops
from commonroll.insight.stops import Address
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import COLUMNS, FACTS, GRANTABLE, ROLL_TABLES
from commonroll.roll.vault import stopped
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.stopped import Known
from commonroll.roll.vault.vault import OwnerTables, Vault
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.view import Owned, Question, plan
from thorough import THOROUGH, dear

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = stops.key_of(b"only for tests")
P1, PLAIN_P1 = "+16145550101", "(614) 555-0101"
ALL = "ANN BEN CAL DEE EVE"

ROLL = {
    "ANN": {"phone": P1, "email": "ann@example.org", "residence_line1": "12 MAIN ST",
            "residence_unit": "APT 2", "residence_zip5": "43215"},
    "BEN": {"phone": P1, "residence_line1": "12 MAIN ST APT 2", "residence_zip5": "43215"},
    "CAL": {"phone": "+16145550103", "email": "cal@example.org", "residence_line1": "12 MAIN ST",
            "residence_unit": "APT 3", "residence_zip5": "43215"},
    "DEE": {"residence_line1": "9 ELM AVE", "residence_zip5": "43004"},
    "EVE": {"phone": "+16145550105", "email": "eve@example.org", "residence_line1": "9 ELM AVE",
            "residence_zip5": "43004", "mail_line1": "PO BOX 7", "mail_city": "DUBLIN", "mail_zip": "43017"},
}  # fmt: skip

QUESTIONS: dict[str, tuple[str, str, str]] = {
    # what is made               mode       purpose          the column that opens the channel
    "call list": ("contact", "gotv", "phone"),
    "texting file": ("export", "persuasion", "phone"),
    "phones on a screen": ("view", "volunteer", "phone"),
    "e-mail file": ("export", "fundraising", "email"),
    "walk list": ("contact", "gotv", "residence_line1"),
    "mail file": ("export", "gotv", "residence_line1"),
    "names on a screen": ("view", "gotv", "last_name"),
    "a count": ("count", "research", ""),
}

# the word                     kind      value                     channel     who is left out of what;
#                                                                              whoever is not named is seen
SPEC: dict[tuple[str, str, str, str], dict[str, str]] = {
    ("ANN: do not call", "person", "oh|ANN", "phone"): {
        "call list": "ANN", "texting file": "ANN", "phones on a screen": "ANN",
    },
    ("ANN: no e-mails", "person", "oh|ANN", "email"): {"e-mail file": "ANN"},
    ("ANN: do not knock", "person", "oh|ANN", "door"): {"walk list": "ANN", "mail file": "ANN"},
    ("ANN: no letters", "person", "oh|ANN", "mail"): {"mail file": "ANN"},
    ("ANN: leave me alone", "person", "oh|ANN", "all"): dict.fromkeys(QUESTIONS, "ANN"),
    ("STOP from the landline", "phone", PLAIN_P1, "text"): {
        "call list": "ANN BEN DEE", "texting file": "ANN BEN DEE", "phones on a screen": "ANN BEN DEE",
    },
    ("the landline: every way", "phone", "1 614 555 0101", "all"): {
        "call list": "ANN BEN DEE", "texting file": "ANN BEN DEE", "phones on a screen": "ANN BEN DEE",
    },
    ("unsubscribed", "email", " Ann@Example.ORG ", "email"): {"e-mail file": "ANN"},
    ("nobody knocks here", "address", "12 Main Street #2 43215", "door"): {
        "walk list": "ANN BEN", "mail file": "ANN BEN",
    },
    ("no mail here", "address", "12 main st., apt 2 43215", "mail"): {"mail file": "ANN BEN"},
    ("this address: every way", "address", "12 MAIN ST APT 2 43215-1234", "all"): {
        "walk list": "ANN BEN", "mail file": "ANN BEN",
    },
    ("no mail in this box", "address", "P.O. Box 7 43017", "mail"): {"mail file": "EVE"},
    ("a number on nobody's row", "phone", "614 555 0199", "all"): {},
    ("CAL is protected", "person", "oh|CAL", "protected"): dict.fromkeys(QUESTIONS, "CAL"),
    ("the landline is protected", "phone", P1, "protected"): dict.fromkeys(QUESTIONS, "ANN BEN DEE"),
}  # fmt: skip

EVERYTHING = frozenset(name for name, c in COLUMNS.items() if c.table in ROLL_TABLES)
READERS = {
    "National, by agreement": Grant(
        agreement="urn:uuid:00000000-0000-4000-8000-000000000000",
        terms_hash="sha256:x",
        number=1,
        owner="oh",
        recipient="national",
        purposes=frozenset(purpose for _, purpose, _ in QUESTIONS.values()),
        modes=frozenset(["count", "view", "contact", "export"]),
        columns=dict.fromkeys((name for name in GRANTABLE if name != PERSON), "plain"),
        scope={},
        start=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2027, 1, 1, tzinfo=UTC),
        rows_per_export=100,
        exports_per_day=9,
        contact=(),
        duties=(),
        law=(),
    ),
    "Ohio, its own": None,
}


def told_number(voter: str, number: str, event: str) -> dict[str, Any]:
    return {
        "event_id": event, "owner": "oh", "state_voter_id": voter, "attribute": "phone", "value": number,
        "kind": "told", "source": "the door", "licence": "own", "basis": "consent", "observed_on": NOW.date(),
        "gathered_by": "oh", "loaded_at": NOW,
    }  # fmt: skip


@pytest.fixture(scope="module")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    held = oh_vault(
        tmp_path_factory.mktemp("stops"),
        [
            {"member": "oh", "state": "OH", "state_voter_id": name, "last_name": name, "status": "active",
             "confidential": False, "birth_date": date(1980, 5, 17), "birth_year": 1980, **more}
            for name, more in ROLL.items()
        ],
    )  # fmt: skip
    fact = dict.fromkeys(FACTS.names) | told_number("DEE", "614.555.0101", "dee")
    held.append_events(FACTS.name, pa.Table.from_pylist([fact], arrow_schema(FACTS)), now=NOW)
    return held


def meant(kind: str, text: str) -> str | None:
    if kind == "person":
        return text
    if kind == "address":
        line, _, zip5 = text.rpartition(" ")
        return stops.addresses([Address(line, zip5=zip5)])[0]
    return stops.normal(kind, [text])[0]


def files(held: Vault) -> list[str]:
    head = held.current()
    assert head is not None
    return [*held.files(head, "voters"), *held.event_files("facts"), *held.event_files("reachables")]


def told(held: Vault, kind: str, value: str, channel: str, *, by_value: bool) -> None:
    """The vault knows this stop and no other."""
    token = stops.token(KEY, kind, value)
    shielded = channel == "protected"
    made = stops.stops_of(
        1, kind, token, "all" if shielded else channel, shielded=shielded, since=NOW.isoformat()
    )
    stopped.take(held.catalogue, stops=list(made), known=Known(), anew=True)
    values: Any = {kind: {value: token}} if by_value else None
    found = stops.links(held, KEY, files=files(held), values=values)
    stopped.take(held.catalogue, links=found, known=Known(1, files(held)))


def seen(held: Vault, made: str, grant: Grant | None) -> str:
    mode, purpose, column = QUESTIONS[made]
    given: OwnerTables = replace(held.owner_tables(statement=True), published=EVERYTHING, protected="flagged")
    columns = () if mode == "count" else tuple(dict.fromkeys(("last_name", column)))
    question = Question("national" if grant else "oh", purpose, mode, columns=columns)  # type: ignore[arg-type]
    found = plan(
        ibis_engine(), question, [Owned(given, grant, date(2028, 11, 7))], denied={},
        names={"oh": "Ohio", "national": "National"}, now=NOW, pseudonyms={"oh": b"o" * 32},
    )  # fmt: skip
    if mode == "count":
        return str(count(found).total)
    return " ".join(sorted(rows(found)["last_name"].to_pylist()))


def without(names: str) -> str:
    return " ".join(name for name in ALL.split() if name not in names.split())


CASES = [(word, reader) for word in SPEC for reader in READERS]
"""Words that the owner itself heeds as its recipients do: all in `make bench`, some in `make test`."""


@pytest.mark.parametrize(
    ("word", "reader"),
    [one for at, one in enumerate(CASES) if THOROUGH or at % 2 == 0 or at % 6 == 1],
    ids=str,
)
def test_who_is_seen_after_which_word(ohio: Vault, word: tuple[str, str, str, str], reader: str) -> None:
    _, kind, text, channel = word
    value = meant(kind, text)
    assert value is not None
    told(ohio, kind, value, channel, by_value=reader.startswith("Ohio"))
    for made, (mode, _, _) in QUESTIONS.items():
        left = without(SPEC[word].get(made, ""))
        expected = str(len(left.split())) if mode == "count" else left
        assert seen(ohio, made, READERS[reader]) == expected, (made, reader)


def test_where_nobody_asked_everybody_is_seen(ohio: Vault) -> None:
    stopped.take(ohio.catalogue, known=Known(), anew=True)
    for made in QUESTIONS:
        for grant in READERS.values():
            assert seen(ohio, made, grant) in (ALL, "5")


def test_the_vault_holds_no_number_that_it_was_told_of(ohio: Vault) -> None:
    """What travels is the hash: a number that Ohio never had is nowhere in its folder."""
    value = meant("phone", "614 555 0199")
    assert value is not None
    told(ohio, "phone", value, "all", by_value=True)
    held = b"".join(path.read_bytes() for path in ohio.path.rglob("*") if path.is_file())
    assert b"5550199" not in held and stops.token(KEY, "phone", value).encode() in held


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", ""), ("phone", "555 0101"), ("phone", "0145550101"), ("phone", "STOP"), ("phone", "+"),
        ("phone", "6" * 400), ("phone", "614555010\x00"), ("email", "no sign"), ("email", "a b@example.org"),
        ("email", "@example.org"), ("email", "a@" + "x" * 300), ("email", "a@b@c\n@d"),
        ("address", "12 MAIN ST 4321"), ("address", " 43215"), ("address", "'; DROP TABLE voters; -- 43215x"),
    ],
)  # fmt: skip
def test_what_is_none_is_none(kind: str, text: str) -> None:
    assert meant(kind, text) is None


@pytest.mark.parametrize(
    ("kind", "channel"),
    [("phone", "mail"), ("email", "phone"), ("address", "text"), ("person", "smoke"), ("dog", "all")],
)
def test_a_channel_that_reaches_nobody_there_is_refused(kind: str, channel: str) -> None:
    with pytest.raises(Refusal):
        stops.channels_of(kind, channel)


# The plain, slow version: one person, one word at a time

People = dict[str, list[str]]

NUMBERS = ["+16145550101", "+16145550103", "+16145550105", "+16145550107"]


def plainly(
    people: dict[str, list[str]], asked: list[tuple[str, str]], undone: set[int]
) -> set[tuple[str, str]]:
    """Voter and channel that are left out, worked out as one would by hand."""
    out = set()
    for at, (number, channel) in enumerate(asked):
        for name, numbers in people.items():
            if at not in undone and number in numbers:
                out |= {(name, one) for one in (("phone", "text") if channel == "all" else (channel,))}
    return out


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Vault, People]]:
    held = oh_vault(
        tmp_path_factory.mktemp("drawn"),
        [
            {"member": "oh", "state": "OH", "state_voter_id": f"V{at}", "status": "active",
             "confidential": False, "phone": NUMBERS[at % 3]}
            for at in range(6)
        ],
    )  # fmt: skip
    people = {f"V{at}": [NUMBERS[at % 3]] for at in range(6)}
    facts = [("V0", NUMBERS[3]), ("V4", NUMBERS[0])]
    made = [dict.fromkeys(FACTS.names) | told_number(voter, n, f"e{n}{voter}") for voter, n in facts]
    held.append_events(FACTS.name, pa.Table.from_pylist(made, arrow_schema(FACTS)), now=NOW)
    for voter, number in facts:
        people[voter].append(number)
    yield held, people


@settings(max_examples=dear(30))
@given(data=st.data())
def test_the_vault_leaves_out_whom_the_plain_version_leaves_out(
    drawn: tuple[Vault, People], data: st.DataObject
) -> None:
    held, people = drawn
    asked = data.draw(
        st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["all", "phone", "text"])), max_size=5)
    )
    undone = data.draw(st.sets(st.integers(0, 4), max_size=3))
    split = data.draw(st.integers(0, 5))
    stopped.take(held.catalogue, known=Known(), anew=True)
    for part, by_value in ((asked[:split], True), (asked[split:], False)):
        base = 0 if by_value else split
        made = [
            one
            for at, (number, channel) in enumerate(part, base + 1)
            for one in stops.stops_of(
                at, "phone", stops.token(KEY, "phone", number), channel, shielded=False, since=NOW.isoformat()
            )
        ]
        stopped.take(held.catalogue, stops=made, known=Known())
        values: Any = {"phone": {n: stops.token(KEY, "phone", n) for n, _ in part}} if by_value else None
        stopped.take(
            held.catalogue, links=stops.links(held, KEY, files=files(held), values=values), known=Known()
        )
    stopped.take(held.catalogue, undone=[at + 1 for at in undone], known=Known())
    left = held.suppressed().to_pylist()
    assert {(row["state_voter_id"], row["channel"]) for row in left} == plainly(people, asked, undone)
    assert {row["reason"] for row in left} <= {"stop"}


FORMS = ("{0}{1}{2}", "({0}) {1}-{2}", "1-{0}-{1}-{2}", "+1 {0}.{1}.{2}", " {0} {1} {2} x12")


@settings(max_examples=dear(15))
@given(st.lists(st.from_regex(r"[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True), min_size=1, max_size=50))
def test_one_number_is_one_hash_however_it_is_written(drawn: list[str]) -> None:
    for form in FORMS:
        texts = [form.format(digits[:3], digits[3:6], digits[6:]) for digits in drawn]
        assert stops.normal("phone", texts) == [f"+1{digits}" for digits in drawn]


@settings(max_examples=dear(15))
@given(st.lists(st.text(max_size=60), min_size=1, max_size=50))
def test_whatever_comes_is_normalised_twice_as_once_or_is_none(texts: list[str]) -> None:
    for kind in ("phone", "email"):
        once = [one for one in stops.normal(kind, texts) if one is not None]
        assert stops.normal(kind, once) == once
    found = stops.addresses([Address(text, zip5="43215") for text in texts])
    assert all(one is None or one.startswith("43215|") for one in found)
