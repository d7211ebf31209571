"""Rules of law that an owner sets aside: which, for whom, until when, and signed by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from drafts import ohio
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.agreements import overrides
from commonroll.agreements.compile import CompileRefused, compile_terms, grant_hash
from commonroll.agreements.english import sentences
from commonroll.agreements.law import packs_for, parse_pack
from commonroll.agreements.overrides import DATASET_URN, Override
from commonroll.errors import Refusal
from commonroll.notes import canonical, generate

PACK = parse_pack(
    """
state = "OH"
version = "2026.2"

[[rule]]
id = "OH-2"
does = "refuse_column"
columns = ["voters.phone"]
cites = "Code 2"
says = "No phones."

[[rule]]
id = "OH-3"
does = "refuse_purpose"
value = ["persuasion"]
cites = "Code 3"
says = "No persuasion."

[[rule]]
id = "OH-4"
does = "refuse_mode"
value = ["export"]
firm = true
cites = "Code 4"
says = "No rows leave."

[[rule]]
id = "OH-5"
does = "require_requester"
value = ["party"]
columns = ["voters.party"]
cites = "Code 5"
says = "Party for parties alone."

[[rule]]
id = "OH-6"
does = "refuse_column"
columns = ["voters.confidential"]
cites = "Code 6"
says = "Protected voters are never shown."

[[rule]]
id = "OH-7"
does = "warn"
cites = "Code 7"
says = "Mind the code."

[[rule]]
id = "OH-8"
does = "require_duty"
cites = "Code 8"
says = "The Secretary of State is told."
""",
    "oh/law.toml",
)
FEDERAL, DEFAULT = packs_for("OH")[:2]
LAW = (FEDERAL, DEFAULT, PACK)
TERMS = ohio()
NOW = datetime(2026, 12, 5, tzinfo=UTC)
REASON = "Counsel's letter of 1 December 2026 says that the rule ended in May."


def over(rule: str, **changes: object) -> Override:
    given = {
        "by": "oh", "pack": PACK.id, "rule": rule, "concerns": TERMS.id, "reason": REASON, "issued": NOW,
        "until": NOW + timedelta(days=90),
    } | changes  # fmt: skip
    return overrides.read_override(overrides.override(**given))  # type: ignore[arg-type]


def bites(one: Override, kind: str = "committee") -> bool:
    """Whether the rule still takes or asks something although `one` names it."""
    law = LAW if one.rule.startswith("OH") else (FEDERAL, DEFAULT)
    grant = compile_terms(TERMS, law=law, state="OH", recipient_kind=kind, signed=True, overrides=[one])
    assert all(rule.id == one.rule for rule, _ in grant.overridden)
    duties = {duty.says for duty in grant.duties}
    named = next(rule for pack in law for rule in pack.rules if rule.id == one.rule)
    return named in [cut.rule for cut in grant.narrowed] or named.says in duties or named in grant.law


SPEC = """
rule         | named version | about            | recipient | bites
OH-2         | law:us-oh:2026.2 | the agreement | committee | no
OH-2         | law:us-oh:2026.2 | the file      | committee | no
OH-2         | law:us-oh:2026.1 | the agreement | committee | yes
OH-2         | law:us-oh:2026.2 | another one   | committee | yes
OH-3         | law:us-oh:2026.2 | the agreement | committee | no
OH-4         | law:us-oh:2026.2 | the agreement | committee | yes
OH-5         | law:us-oh:2026.2 | the agreement | committee | no
OH-5         | law:us-oh:2026.2 | the agreement | vendor    | yes
OH-7         | law:us-oh:2026.2 | the agreement | committee | yes
OH-8         | law:us-oh:2026.2 | the agreement | committee | no
US-2         | law:us:2026.1    | the agreement | committee | yes
US-2         | law:us:2026.1    | the file      | committee | yes
"""
"""OH-2 hides a column, OH-3 a purpose, OH-4 is firm, OH-5 says who may ask, OH-7 warns, OH-8 adds a duty."""
ABOUT = {
    "the agreement": TERMS.id,
    "the file": DATASET_URN + "oh",
    "another one": "urn:uuid:11111111-2222-4333-8444-555555555555",
}


@pytest.mark.parametrize("line", SPEC.strip().splitlines()[1:])
def test_what_an_override_does(line: str) -> None:
    rule, pack, about, kind, expected = (cell.strip() for cell in line.split("|"))
    one = over(rule, pack=pack, concerns=ABOUT[about])
    assert bites(one, kind) == (expected == "yes")


def test_what_nobody_overrides() -> None:
    stay = {rule.id for pack in LAW for rule in pack.rules if overrides.stays(pack, rule)}
    assert {rule.id for pack in (FEDERAL, DEFAULT) for rule in pack.rules} <= stay
    assert stay & {rule.id for rule in PACK.rules} == {"OH-4", "OH-6", "OH-7"}
    assert [rule.id for _, rule in overrides.overridable(LAW)] == ["OH-2", "OH-3", "OH-5", "OH-8"]


def test_a_draft_is_possible_and_says_so() -> None:
    law = (FEDERAL, DEFAULT, replace(PACK, rules=PACK.rules[:1]))
    with pytest.raises(CompileRefused, match="No phones"):
        compile_terms(TERMS, law=law, state="OH", recipient_kind="committee")
    plain = compile_terms(TERMS, law=law[:2], state="OH", recipient_kind="committee")
    grant = compile_terms(TERMS, law=law, state="OH", recipient_kind="committee", overrides=[over("OH-2")])
    assert grant.columns == plain.columns and grant_hash(grant) != grant_hash(plain)
    (said,) = [line for line in sentences(grant, {"oh": "Ohio"}) if "overridden" in line]
    assert said.startswith("Ohio has overridden OH-2 until 5 March 2027 (excluded) because of this: “Counsel")
    assert "No phones. (Code 2)" in said


def test_an_override_of_nothing_granted_is_not_told() -> None:
    terms = ohio(columns=tuple(c for c in TERMS.columns if c != "voters.phone"))
    law = (FEDERAL, DEFAULT, replace(PACK, rules=PACK.rules[:1]))
    grant = compile_terms(terms, law=law, state="OH", recipient_kind="committee", overrides=[over("OH-2")])
    assert not grant.overridden


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from([rule.id for pack in LAW for rule in pack.rules])))
def test_overrides_never_give_more_than_the_agreement(ids: set[str]) -> None:
    packs = {rule.id: pack.id for pack in LAW for rule in pack.rules}
    given = [over(rule, pack=packs[rule]) for rule in ids]
    free = compile_terms(TERMS, law=(), state="OH", recipient_kind="committee")
    grant = compile_terms(
        TERMS, law=LAW, state="OH", recipient_kind="committee", signed=True, overrides=given
    )
    assert grant.columns.items() <= free.columns.items() and grant.purposes <= free.purposes
    assert "export" not in grant.modes, "the firm rule stays"
    assert grant.scope == free.scope and grant.until == free.until


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("a short reason", {"reason": "because"}),
        ("a long reason", {"reason": "x" * 401}),
        ("a reason of two lines", {"reason": "one good reason,\nand another good one"}),
        ("a reason with what nobody sees", {"reason": "a good reason\u202e to set it aside"}),
        ("days that end before they begin", {"until": NOW}),
        ("another owner's file", {"concerns": DATASET_URN + "wa"}),
        ("no agreement", {"concerns": "everything"}),
        ("no pack", {"pack": "OH"}),
    ],
)
def test_an_override_that_is_none(what: str, changes: dict[str, object]) -> None:
    with pytest.raises(Refusal):
        over("OH-2", **changes)


def test_its_signature_is_over_every_byte() -> None:
    signer, other = generate("x/oh/agreements"), generate("x/oh/agreements")
    document = overrides.override(
        by="oh", pack=PACK.id, rule="OH-2", concerns=TERMS.id, reason=REASON, issued=NOW,
        until=NOW + timedelta(days=9),
    )  # fmt: skip
    data, note = canonical(document), overrides.sign(document, signer)
    assert note.startswith("commonroll law-override v1\nurn:commonroll:member:oh\nsha256 ")
    assert overrides.verify(data, note, signer.vkey).rule == "OH-2"
    ending = overrides.ending(document, issued=NOW + timedelta(days=1))
    ended = overrides.sign(ending, signer)
    since = overrides.verify_ending(canonical(ending), ended, data, signer.vkey)
    assert since == NOW + timedelta(days=1)
    for bad in (
        (data.replace(b"OH-2", b"OH-3"), note, signer.vkey),
        (data, ended, signer.vkey),
        (data, note, other.vkey),
    ):
        with pytest.raises(Refusal):
            overrides.verify(*bad)
    with pytest.raises(Refusal):
        overrides.verify_ending(canonical(ending), note, data, signer.vkey)
