"""Terms to document and back; whatever the Dataspace Protocol's schema lets through, the parser refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from drafts import OHIO, compilable, drafts, ohio
from hypothesis import given, settings

from commonroll.agreements.message import check_message
from commonroll.agreements.terms import (
    TEMPLATES,
    TermsRefused,
    columns_of,
    message,
    parse,
    read,
    terms_hash,
    to_document,
)
from commonroll.errors import Refusal
from commonroll.notes import NoteError, canonical
from commonroll.roll.schema import GRANTABLE
from thorough import dear

VECTOR = Path(__file__).parents[1] / "notes" / "agreement_vector.json"


@settings(max_examples=dear(100), deadline=None)
@given(drafts())
def test_what_is_written_reads_back_and_passes_the_protocols_schema(terms: Any) -> None:
    document = to_document(terms)
    assert parse(document) == terms
    assert read(canonical(document)) == terms
    check_message(message(document))


@given(drafts())
def test_one_meaning_has_one_text(terms: Any) -> None:
    shuffled = replace(terms, columns=terms.columns[::-1], modes=terms.modes[::-1])
    assert canonical(to_document(shuffled)) == canonical(to_document(terms))
    assert terms_hash(to_document(terms)).startswith("sha256:")


def test_the_example_of_the_specification_passes_the_schema_but_names_a_table() -> None:
    example = json.loads(VECTOR.read_text("utf-8"))
    check_message(example)
    with pytest.raises(TermsRefused) as refusal:
        parse(example["agreement"])
    assert refusal.value.where == "agreement.target"


# Section 2 of the specification: mistakes that the schema accepts

Change = Callable[[dict[str, Any]], object]


def constraint(document: dict[str, Any], left: str, operator: str | None = None) -> dict[str, Any]:
    for item in document["permission"][0]["constraint"]:
        if item.get("leftOperand") == left and operator in (None, item["operator"]):
            found: dict[str, Any] = item
            return found
    raise KeyError(left)


def change(left: str, right: Any, operator: str | None = None) -> Change:
    return lambda document: constraint(document, left, operator).update(rightOperand=right)


def drop(left: str, operator: str | None = None) -> Change:
    def apply(document: dict[str, Any]) -> None:
        items = document["permission"][0]["constraint"]
        items.remove(constraint(document, left, operator))

    return apply


def add(atom: dict[str, Any]) -> Change:
    return lambda document: document["permission"][0]["constraint"].append(atom)


def rows(group: list[Any]) -> Change:
    def apply(document: dict[str, Any]) -> None:
        next(item for item in document["permission"][0]["constraint"] if "and" in item)["and"] = group

    return apply


def row(column: str, *values: Any) -> dict[str, Any]:
    return {"leftOperand": f"cr:row/{column}", "operator": "isAnyOf", "rightOperand": list(values)}


P = "agreement.permission[0]"
C = f"{P}.constraint"

SCHEMA_ACCEPTS: list[tuple[str, Change, str]] = [
    ("a number inside an object", change("cr:contactQuota", {"count": 3, "per": "voter", "window": "P1D"}),
     f"{C}[10].rightOperand.count"),
    ("an unknown action", lambda d: d["permission"][0].update(action="frobnicate"), f"{P}.action"),
    ("an unknown left operand", add({"leftOperand": "weather", "operator": "eq", "rightOperand": "fair"}),
     f"{C}[12].leftOperand"),
    ("the stray operator term-lteq", lambda d: constraint(d, "cr:rowsPerExport").update(operator="term-lteq"),
     f"{C}[8].operator"),
    ("no timestamp", lambda d: d.pop("timestamp"), "agreement.timestamp"),
    ("a timestamp with rubbish around it", lambda d: d.update(timestamp="xx2026-11-22T15:00:00Zyy"),
     "agreement.timestamp"),
    ("a timestamp without a zone", lambda d: d.update(timestamp="2026-11-22T15:00:00"),
     "agreement.timestamp"),
    ("the date `tomorrow`", change("dateTime", "tomorrow", "lt"), f"{C}[6].rightOperand"),
    ("a misspelt key", lambda d: d.update(obligations=d.pop("obligation")), "agreement.obligation"),
    ("an extra key", lambda d: d.update(remark="free text"), "agreement.remark"),
    ("a duty inside the permission", lambda d: d["permission"][0].update(duty=[{"x": "y"}]), f"{P}.duty"),
    ("no permission, only prohibitions", lambda d: d.pop("permission"), "agreement.permission"),
    ("a permission without constraints", lambda d: d["permission"][0].pop("constraint"), f"{P}.constraint"),
    ("an empty list of constraints", lambda d: d["permission"][0].update(constraint=[]), C),
    ("a rule with its own target", lambda d: d["permission"][0].update(target="urn:x"), f"{P}.target"),
    ("no profile", lambda d: d.pop("profile"), "agreement.profile"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "apply", "path"), SCHEMA_ACCEPTS, ids=[row[0] for row in SCHEMA_ACCEPTS])
def test_the_schema_accepts_it_and_we_refuse_it(mistake: str, apply: Change, path: str) -> None:
    document = to_document(OHIO)
    wrapped = message(document)
    apply(document)
    check_message({**wrapped, "agreement": document})
    with pytest.raises(TermsRefused) as refusal:
        parse(document)
    assert refusal.value.where == path
    assert refusal.value.next_step


SCHEMA_REJECTS: list[tuple[str, Change]] = [
    ("a number as right operand", change("cr:rowsPerExport", 3)),
    ("true as right operand", change("spatial", True)),
    ("null as right operand", change("purpose", None)),
    ("an unknown operator", lambda d: constraint(d, "purpose").update(operator="contains")),
    ("an action as an object", lambda d: d["permission"][0].update(action={"value": "use"})),
    ("empty prohibitions", lambda d: d.update(prohibition=[])),
    ("both a group and an operand", add({"and": [], **row("status", "active")})),
]


@pytest.mark.parametrize(("mistake", "apply"), SCHEMA_REJECTS, ids=[row[0] for row in SCHEMA_REJECTS])
def test_the_schema_rejects_it_and_so_do_we(mistake: str, apply: Change) -> None:
    document = to_document(OHIO)
    wrapped = message(document)
    apply(document)
    with pytest.raises(Refusal):
        check_message({**wrapped, "agreement": document})
    with pytest.raises(TermsRefused):
        parse(document)


OURS: list[tuple[str, Change, str]] = [
    ("dates the wrong way round", change("dateTime", "2026-11-30T00:00:00Z", "lt"), C),
    ("an end equal to the beginning", change("dateTime", "2026-12-01T00:00:00Z", "lt"), C),
    ("over before it was made", lambda d: d.update(timestamp="2028-01-01T00:00:00Z"), C),
    ("30 February", change("dateTime", "2027-02-30T00:00:00Z", "lt"), f"{C}[6].rightOperand"),
    ("a date in Arabic digits", change("dateTime", "٢027-02-03T00:00:00Z", "lt"), f"{C}[6].rightOperand"),
    ("no end", drop("dateTime", "lt"), C),
    ("no purpose", drop("purpose"), C),
    ("no mode", drop("cr:mode"), C),
    ("no columns", drop("cr:columns"), C),
    ("no country", drop("spatial"), C),
    ("no law packs", drop("cr:lawPacks"), C),
    ("an export without a quota of rows", drop("cr:rowsPerExport"), C),
    ("an export without a quota of files", drop("cr:exportsPerDay"), C),
    ("contacts without a quota", drop("cr:contactQuota"), C),
    ("a quota of zero", change("cr:rowsPerExport", "0"), f"{C}[8].rightOperand"),
    ("a negative quota", change("cr:rowsPerExport", "-1"), f"{C}[8].rightOperand"),
    ("another country", change("spatial", "CA"), f"{C}[7].rightOperand"),
    ("an empty list of columns", change("cr:columns", []), f"{C}[2].rightOperand"),
    ("null among the columns", change("cr:columns", [None]), f"{C}[2].rightOperand[0]"),
    ("a class instead of columns", change("cr:columns", ["contact"]), f"{C}[2].rightOperand[0]"),
    ("an unqualified column", change("cr:columns", ["party"]), f"{C}[2].rightOperand[0]"),
    ("an unknown column", change("cr:columns", ["voters.partty"]), f"{C}[2].rightOperand[0]"),
    ("a column twice", change("cr:columns", ["voters.party", "voters.party"]), f"{C}[2].rightOperand"),
    ("columns out of order", change("cr:columns", ["voters.status", "voters.party"]), f"{C}[2].rightOperand"),
    ("a purpose without its prefix", change("purpose", ["gotv"]), f"{C}[0].rightOperand[0]"),
    ("challenging voters", change("purpose", ["cr:purpose/challenge"]), f"{C}[0].rightOperand[0]"),
    ("a purpose twice",
     add({"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["cr:purpose/gotv"]}),
     f"{C}[12]"),
    ("a mask for a column not listed", change("cr:masks", {"voters.email": "cr:mask/null"}),
     f"{C}[3].rightOperand"),
    ("a hash as a mask", change("cr:masks", {"voters.phone": "cr:mask/sha256"}),
     f"{C}[3].rightOperand.voters.phone"),
    ("a mask without its prefix", change("cr:masks", {"voters.phone": "last4"}),
     f"{C}[3].rightOperand.voters.phone"),
    ("no masks, but said", change("cr:masks", {}), f"{C}[3].rightOperand"),
    ("rows unsaid", lambda d: d["permission"][0]["constraint"].pop(4), C),
    ("an empty group of rows", rows([]), f"{C}[4].and"),
    ("an empty list of counties", rows([row("county_fips")]), f"{C}[4].and[0].rightOperand"),
    ("null as a county", rows([row("county_fips", None)]), f"{C}[4].and[0].rightOperand[0]"),
    ("the unknown county", rows([row("county_fips", "")]), f"{C}[4].and[0].rightOperand[0]"),
    ("a wildcard as a county", rows([row("county_fips", "*")]), f"{C}[4].and[0].rightOperand[0]"),
    ("a status outside the roll", rows([row("status", "deceased")]), f"{C}[4].and[0].rightOperand[0]"),
    ("a district with a leading zero", rows([row("congressional_district", "03")]),
     f"{C}[4].and[0].rightOperand[0]"),
    ("a reserved district type", rows([row("school", "7")]), f"{C}[4].and[0].leftOperand"),
    ("rows by a name", rows([row("last_name", "X")]), f"{C}[4].and[0].leftOperand"),
    ("the whole file and a county", rows([row("county_fips", "39049"), row("member", "oh")]), f"{C}[4].and"),
    ("the whole file of another", rows([row("member", "fl")]), f"{C}[4].and[0].rightOperand[0]"),
    ("a county limit twice", rows([row("county_fips", "39049"), row("county_fips", "39061")]),
     f"{C}[4].and[1]"),
    ("a choice of rows", add({"or": [row("status", "active")]}), f"{C}[12].leftOperand"),
    ("rows outside the group", add(row("party", "DEM")), f"{C}[12].leftOperand"),
    ("a row limit that excludes", rows([{**row("party", "DEM"), "operator": "isNoneOf"}]),
     f"{C}[4].and[0].operator"),
    ("a prohibition left out", lambda d: d["prohibition"].pop(), "agreement.prohibition"),
    ("a prohibition of the older word", lambda d: d["prohibition"][3].update(action="commercialize"),
     "agreement.prohibition"),
    ("an obligation left out", lambda d: d["obligation"].pop(), "agreement.obligation"),
    ("an obligation twice", lambda d: d["obligation"].append(d["obligation"][0]),
     "agreement.obligation[4].action"),
    ("a duty owed by the other", lambda d: d["obligation"][0].update(assignee="urn:commonroll:member:oh"),
     "agreement.obligation[0].assignee"),
    ("deletion without evidence", lambda d: d["obligation"][0]["constraint"].pop(),
     "agreement.obligation[0].constraint"),
    ("opt-outs not returned", lambda d: d["obligation"][1]["constraint"][0].update(rightOperand=["attempts"]),
     "agreement.obligation[1].constraint[0].rightOperand"),
    ("a duration of months", lambda d: d["obligation"][1]["constraint"][1].update(rightOperand="P1M"),
     "agreement.obligation[1].constraint[1].rightOperand"),
    ("the member's table as target", lambda d: d.update(target="urn:commonroll:dataset:oh:voters"),
     "agreement.target"),
    ("another member's data", lambda d: d.update(target="urn:commonroll:dataset:fl"), "agreement.target"),
    ("an agreement with oneself", lambda d: d.update(assignee="urn:commonroll:member:oh"),
     "agreement.assignee"),
    ("a member that is no key", lambda d: d.update(assigner="urn:commonroll:member:O'H"),
     "agreement.assigner"),
    ("an id in capitals", lambda d: d.update({"@id": OHIO.id.upper()}), "agreement.@id"),
    ("two permissions", lambda d: d["permission"].append(d["permission"][0]), "agreement.permission"),
    ("constraints in another order", lambda d: d["permission"][0]["constraint"].reverse(),
     "agreement.permission"),
    ("a newline after the id", lambda d: d.update({"@id": OHIO.id + "\n"}), "agreement.@id"),
    ("a law pack of a vendor", change("cr:lawPacks", ["law:acme:1"]), f"{C}[11].rightOperand[0]"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "apply", "path"), OURS, ids=[row[0] for row in OURS])
def test_a_closed_world(mistake: str, apply: Change, path: str) -> None:
    document = to_document(OHIO)
    apply(document)
    with pytest.raises(TermsRefused) as refusal:
        parse(document)
    assert refusal.value.where == path


def every_path(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [p for key, item in value.items() for p in every_path(item, (*path, key))]
    if isinstance(value, list):
        return found + [p for at, item in enumerate(value) for p in every_path(item, (*path, at))]
    return found


@pytest.mark.parametrize("junk", [None, 7, True, [], {}, "", "x", ["x"], {"x": "y"}])
def test_no_part_can_be_replaced_by_rubbish(junk: Any) -> None:
    for path in every_path(to_document(OHIO)):
        document = to_document(OHIO)
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = junk
        with pytest.raises(TermsRefused):
            parse(document)


@pytest.mark.parametrize("junk", [None, [], "agreement", 3, {"@id": "x"}])
def test_what_is_no_agreement_at_all_is_refused(junk: Any) -> None:
    with pytest.raises(TermsRefused):
        parse(junk)


def test_reading_stored_bytes_refuses_any_other_form() -> None:
    data = canonical(to_document(OHIO))
    for wrong in (data + b"\n", data.replace(b'"US"', b'"US" '), data.replace(b"{", b'{"@id":"x",', 1)):
        with pytest.raises(NoteError):
            read(wrong)


def test_a_refusal_helps_with_a_typo() -> None:
    document = to_document(OHIO)
    change("cr:columns", ["voters.partty"])(document)
    with pytest.raises(TermsRefused, match=r"Did you mean voters\.party\?"):
        parse(document)


def test_unusable_terms_are_refused_when_written() -> None:
    with pytest.raises(TermsRefused):
        to_document(ohio(until=OHIO.start))
    with pytest.raises(Refusal, match="time zone"):
        to_document(ohio(start=datetime(2026, 12, 1)))  # noqa: DTZ001
    with pytest.raises(Refusal, match="whole seconds"):
        to_document(ohio(start=datetime(2026, 12, 1, 0, 0, 0, 5, tzinfo=UTC)))


def test_the_message_carries_the_signatures_beside_the_agreement() -> None:
    document = to_document(OHIO)
    wrapped = message(document, note="signed")
    assert wrapped["cr:note"] == "signed"
    assert wrapped["agreement"] == document
    assert wrapped["providerPid"] != wrapped["consumerPid"]
    assert wrapped == message(copy.deepcopy(document), note="signed")


def test_the_classes_of_the_editor_expand_to_columns() -> None:
    columns = columns_of(["registration", "ballot"])
    wanted = {name for name, column in GRANTABLE.items() if column.cls in ("registration", "ballot")}
    assert set(columns) == wanted
    assert columns_of(["provenance"]) == ()
    with pytest.raises(KeyError):
        columns_of(["everything"])


@pytest.mark.parametrize("state", ["NC", "OH", "FL", "WA", "TX"])
@pytest.mark.parametrize("key", TEMPLATES)
def test_templates_write_drafts(state: str, key: str) -> None:
    draft = TEMPLATES[key].draft(
        id=OHIO.id, owner="oh", recipient="national", state=state,
        start=OHIO.start, until=OHIO.until, timestamp=OHIO.timestamp,
    )  # fmt: skip
    assert parse(to_document(draft)) == draft
    assert compilable(draft) == draft


def test_a_template_leaves_out_what_the_state_does_not_publish() -> None:
    draft = TEMPLATES["campaign"].draft(
        id=OHIO.id, owner="oh", recipient="rivera", state="OH", start=OHIO.start, until=OHIO.until,
        timestamp=OHIO.timestamp, rows={"congressional_district": ("3",)}, published=["voters.party"],
    )  # fmt: skip
    assert draft.columns == ("voters.party",)
    assert draft.masks == {}
    assert draft.rows == {"congressional_district": ("3",)}
