"""Mail files: one piece a household, what is written on it, and codes that come back whole or not at all."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import engine, ibis_engine
from commonroll.views import mail_file, return_codes
from commonroll.views.made_files import CameTo
from commonroll.views.mail_file import preview, write
from commonroll.views.view import NothingGranted, Plan, Question, plan

ELM = {"residence_line1": "12 ELM STREET", "residence_city": "LIMA", "residence_zip5": "45801"}
OAK = {"residence_line1": "7 OAK AVE", "residence_city": "AKRON", "residence_zip5": "44301"}
ADDRESS = {"residence_line1", "residence_unit", "residence_city", "residence_zip5"}


def person(number: str, first: str, last: str, **more: Any) -> dict[str, Any]:
    return voter(number, **{"first_name": first, "last_name": last, **ELM, **more})


def planned(tmp_path: Path, people: list[dict[str, Any]], **terms: Any) -> Plan:
    given = {"purposes": {"mail", "gotv"}, "modes": {"count", "export"}} | terms
    columns = given.pop("columns", USUAL)
    gone = given.pop("gone", [])
    place = Path(tempfile.mkdtemp(dir=tmp_path))
    owners = [owned(tables(place, "oh", people, suppressed=gone), grant("oh", columns, **given))]
    asked = Question(
        "national", "mail", "export", columns=mail_file.COLUMNS, optional=frozenset(mail_file.OPTIONAL),
        cause="gotv",
    )  # fmt: skip
    return plan(ibis_engine(), asked, owners, denied={}, names=NAMES, now=NOW, keyed=True)


def made(tmp_path: Path, people: list[dict[str, Any]], **terms: Any) -> tuple[list[dict[str, str]], CameTo]:
    path = tmp_path / "mail.csv"
    keys = tmp_path / "keys.parquet"
    _, pieces = write(planned(tmp_path, people, **terms), path, "csv", lambda: None, None, keys, "ABC")
    with path.open() as file:
        return list(csv.DictReader(file)), pieces


SALUTATIONS = [
    ([("ANA", "RIVERA", "")], "Ana Rivera"),
    ([("LUIS", "RIVERA", "JR")], "Luis Rivera Jr."),
    ([("ANA", "RIVERA", ""), ("LUIS", "RIVERA", "")], "Ana and Luis Rivera"),
    ([("ANA", "RIVERA", ""), ("LUIS", "RIVERA", "III")], "Ana Rivera and Luis Rivera III"),
    ([("ANA", "RIVERA", ""), ("KOFI", "MCADAMS", "")], "Kofi McAdams and Ana Rivera"),
    ([("ANA", "RIVERA", ""), ("LUIS", "RIVERA", ""), ("EVA", "RIVERA", "")], "The Rivera household"),
    ([("ANA", "RIVERA", ""), ("LUIS", "RIVERA", ""), ("BO", "AKERS", "")], "The Akers and Rivera household"),
    ([("A", "RIVERA", ""), ("B", "AKERS", ""), ("C", "LOW", "")], "The residents"),
    ([("ANA", "RIVERA", ""), ("ANA", "RIVERA", "")], "Ana Rivera"),
    ([("MARY-JO", "O'BRIEN", "")], "Mary-Jo O'Brien"),
    ([("", "RIVERA", "")], "Rivera"),
    ([("ANA", "", "")], "Current resident"),
]


@pytest.mark.parametrize(("people", "says"), SALUTATIONS, ids=[says for _, says in SALUTATIONS])
def test_what_is_written_on_the_piece_of_a_household(
    tmp_path: Path, people: list[tuple[str, str, str]], says: str
) -> None:
    rows = [person(str(n), f, last, name_suffix=s) for n, (f, last, s) in enumerate(people)]
    ((piece,), counted) = made(tmp_path, rows)
    assert piece["salutation"] == says
    assert counted.pieces == 1 and counted.persons == {"oh": len(people)}
    assert (piece["address1"], piece["zip5"], piece["state"]) == ("12 ELM STREET", "45801", "OH")


ADDRESSES = [
    ("12 Elm St", None, None, None, None, "12 Elm St", "45801"),
    (None, "PO BOX 9", "DAYTON", "454011234", None, "PO BOX 9", "45401"),
    ("12 Elm St", "PO BOX 9", "DAYTON", "45401-1234", "USA", "PO BOX 9", "45401"),
    ("12 Elm St", "PO BOX 9", "DAYTON", "4540", None, "12 Elm St", "45801"),
    ("12 Elm St", "PO BOX 9", None, "45401", None, "12 Elm St", "45801"),
    ("12 Elm St", "1 RUE X", "PARIS", "75001", "FRANCE", "1 RUE X", ""),
]


@pytest.mark.parametrize(("line", "mail", "city", "code", "country", "goes_to", "zip5"), ADDRESSES)
def test_mail_goes_to_the_mailing_address_where_it_is_whole(
    tmp_path: Path, line: Any, mail: Any, city: Any, code: Any, country: Any, goes_to: str, zip5: str
) -> None:
    one = person(
        "1", "ANA", "RIVERA", residence_line1=line, mail_line1=mail, mail_city=city, mail_zip=code,
        mail_country=country,
    )  # fmt: skip
    ((piece,), _) = made(tmp_path, [one])
    assert (piece["address1"], piece["zip5"]) == (goes_to, zip5)
    assert piece["zip4"] == ("1234" if zip5 == "45401" else "") and piece["country"] == (country or "")[
        :6
    ].replace("USA", "")


def test_one_piece_for_each_spelling_of_an_address_sorted_by_zip_and_those_without_are_counted(
    tmp_path: Path,
) -> None:
    people = [
        person("1", "ANA", "RIVERA"),
        person("2", "LUIS", "RIVERA", residence_line1="12 ELM ST"),
        person("3", "EVE", "STONE", **OAK),
        person("4", "ANA", "RIVERA", residence_line1="12 Elm St."),
        person("5", "NO", "WHERE", residence_line1=None),
        person("6", "BAD", "ZIP", residence_zip5="458"),
    ]
    pieces, counted = made(tmp_path, people)
    assert [(p["zip5"], p["salutation"], p["people"]) for p in pieces] == [
        ("44301", "Eve Stone", "1"), ("45801", "Ana and Luis Rivera", "2"),
    ]  # fmt: skip
    assert counted == CameTo(2, {"oh": 4}, 2, {"no address": 2, "twice at one address": 1})
    assert preview(planned(tmp_path, people)) == counted


def test_codes_say_nobody_and_lead_to_every_person_of_the_piece(tmp_path: Path) -> None:
    pieces, _ = made(tmp_path, [person("SECRET1", "ANA", "RIVERA"), person("SECRET2", "LUIS", "RIVERA")])
    text = (tmp_path / "mail.csv").read_text()
    assert "SECRET" not in text
    kept = pq.read_table(tmp_path / "keys.parquet").to_pylist()
    code = return_codes.cleaned(pieces[0]["return_code"])
    assert return_codes.is_whole(code) and code.startswith("ABC")
    assert len({one.pop("household") for one in kept}) == 1
    assert kept == [
        {"code": code, "row_no": 1, "owner": "oh", "state_voter_id": f"SECRET{n}"} for n in (1, 2)
    ]


def test_who_stopped_mail_is_not_on_a_piece_and_who_stopped_calls_is(tmp_path: Path) -> None:
    people = [person("1", "ANA", "RIVERA"), person("2", "LUIS", "STONE", phone="+16145550100")]
    gone = [("1", "mail"), ("2", "phone")]
    ((piece,), counted) = made(tmp_path, people, gone=gone)
    assert piece["salutation"] == "Luis Stone" and counted.persons == {"oh": 1}


def test_an_owner_gives_rows_for_mail_and_its_cause_or_none(tmp_path: Path) -> None:
    people = [person("1", "ANA", "RIVERA")]
    for purposes in ({"gotv"}, {"mail"}, {"mail", "fundraising"}):
        with pytest.raises(NothingGranted):
            planned(tmp_path, people, purposes=purposes)
    with pytest.raises(Refusal, match="as mail files alone"):
        asked = Question("national", "mail", "export", columns=("last_name",))
        plan(ibis_engine(), asked, [], denied={}, names=NAMES, now=NOW)
    with pytest.raises(Refusal, match="no list shows them"):
        shown = Question("national", "ads", "view", columns=("last_name",))
        plan(ibis_engine(), shown, [], denied={}, names=NAMES, now=NOW)


def test_what_an_owner_does_not_grant_is_empty_and_not_among_what_was_read(tmp_path: Path) -> None:
    kept = {f"voters.{name}" for name in ("state_voter_id", "first_name", "last_name", *ADDRESS)}
    secret = person("1", "ANA", "RIVERA", mail_line1="PO BOX 9", mail_city="DAYTON", mail_zip="45401")
    ((piece,), _) = made(tmp_path, [secret], columns=kept)
    assert piece["address1"] == "12 ELM STREET" and "BOX" not in (tmp_path / "mail.csv").read_text()
    assert set(planned(tmp_path, [secret], columns=kept).used["oh"].columns) == kept


def test_more_persons_than_the_agreement_allows_leave_neither_file(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="allows 1 rows"):
        made(tmp_path, [person("1", "A", "B"), person("2", "C", "B")], rows_per_export=1)
    assert not (tmp_path / "mail.csv").exists() and not (tmp_path / "keys.parquet").exists()


# Return codes

BODIES = st.text(return_codes.ALPHABET, min_size=return_codes.LENGTH - 1, max_size=return_codes.LENGTH - 1)


@given(BODIES, st.integers(0, return_codes.LENGTH - 1), st.sampled_from(return_codes.ALPHABET))
@settings(max_examples=60)
def test_one_wrong_character_is_noticed(body: str, at: int, sign: str) -> None:
    code = body + return_codes.check_of(body)
    assert return_codes.is_whole(code)
    assert return_codes.cleaned(f" {return_codes.printed(code).lower()} ") == code
    wrong = code[:at] + sign + code[at + 1 :]
    assert return_codes.is_whole(wrong) == (wrong == code)


@given(BODIES, st.integers(0, return_codes.LENGTH - 1), st.integers(0, return_codes.LENGTH - 1))
@settings(max_examples=60)
def test_two_exchanged_characters_are_noticed(body: str, one: int, other: int) -> None:
    signs = list(body + return_codes.check_of(body))
    signs[one], signs[other] = signs[other], signs[one]
    wrong = "".join(signs)
    assert return_codes.is_whole(wrong) == (wrong == body + return_codes.check_of(body))


def test_codes_are_drawn_so_that_no_two_are_alike_and_the_engine_checks_them_as_we_do() -> None:
    with engine() as con:
        con.execute("CREATE TEMP TABLE pieces AS SELECT range + 1 AS piece FROM range(3000)")
        return_codes.draw(con, "XYZ")
        codes = [code for (code,) in con.execute("SELECT code FROM pieces").fetchall()]
        typed = con.execute("SELECT commonroll_code(' xyz-234a bc- ')").fetchone()
    assert len(set(codes)) == 3000 and all(map(return_codes.is_whole, codes))
    assert typed == (return_codes.cleaned(" xyz-234a bc- "),)
