"""Link records: one spelling of names and addresses, births at any precision, nothing from crowded values."""

from datetime import date

import duckdb
import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from told_voters import AS_OF, told, voters

from commonroll.errors import Refusal
from commonroll.identity import names, records
from commonroll.identity.crowds import ADDRESS_ROWS, CONTACT_ROWS, DATE_ROWS
from commonroll.identity.records import RECORD_TYPES
from commonroll.roll.engine import ibis_engine
from thorough import dear

NAMES = """
    first last suffix     | first_name first_root last_name surname4 suffix
    Beth Stone -          | BETH       ELIZABETH  STONE     STON     -
    JACK O'BRIEN -        | JACK       JOHN       OBRIEN    OBRI     -
    BILL COLE -           | BILL       BILL       COLE      COLE     -
    José NÚÑEZ -          | JOSE       JOSE       NUNEZ     NUNE     -
    ANNA RIVERA-COLE -    | ANNA       ANNA       RIVERA-COLE RIVE   -
    ROBERT STONE_JR -     | ROBERT     ROBERT     STONE     STON     JR
    ROBERT STONE_III -    | ROBERT     ROBERT     STONE     STON     III
    ROBERT STONE Jr.      | ROBERT     ROBERT     STONE     STON     JR
    ROBERT STONE 2nd      | ROBERT     ROBERT     STONE     STON     II
    ROBERT STONE MD       | ROBERT     ROBERT     STONE     STON     -
"""
BIRTHS = """
    birth      | dob        full_dob   birth_year born_from born_to
    1980-05-17 | 1980-05-17 1980-05-17 1980       1980      1980
    1980       | 1980       -          1980       1980      1980
    46_years   | -          -          -          1979      1980
    1900-01-01 | -          -          -          -         -
    2031-01-01 | -          -          -          -         -
    -          | -          -          -          -         -
"""
ADDRESSES = """
    told                      | addr              house unit
    12_North_Elm_Street#Apt_3 | 12_N_ELM_ST_3     12    3
    12_N_ELM_ST_APT_3         | 12_N_ELM_ST_3     12    3
    12_N._Elm_St.             | 12_N_ELM_ST       12    -
    PO_BOX_7                  | 7                 7     -
"""


def table(text):
    header, *lines = ([part.split() for part in line.split("|")] for line in text.strip().splitlines())
    return [(line[0], dict(zip(header[1], line[1], strict=True))) for line in lines]


def one(line):
    return told("oh", line).to_pyarrow().to_pylist()[0]


def seen(record, columns):
    return {name: "-" if record[name] is None else str(record[name]).replace(" ", "_") for name in columns}


@pytest.mark.parametrize(("given_", "wanted"), table(NAMES), ids=lambda v: " ".join(v))
def test_a_name_has_one_spelling_a_root_and_its_suffix_apart(given_, wanted):
    first, last, suffix = given_
    assert seen(one(f"1 | {first} - {last} {suffix} | - | F | -"), wanted) == wanted


@pytest.mark.parametrize(("given_", "wanted"), table(BIRTHS), ids=lambda v: " ".join(v))
def test_a_birth_is_known_to_the_day_the_year_or_a_span(given_, wanted):
    assert seen(one(f"1 | ANNA - STONE | {given_[0].replace('_', ' ')} | F | -"), wanted) == wanted


@pytest.mark.parametrize(("given_", "wanted"), table(ADDRESSES)[:3], ids=lambda v: " ".join(v))
def test_two_spellings_of_an_address_are_one(given_, wanted):
    found = one(f"1 | ANNA - STONE | - | F | {given_[0].replace('_', ' ')}, 43055 OH")
    assert seen(found, wanted) == wanted
    assert found["addrzip"] == found["addr"] + "|43055"


def test_a_record_has_every_column_in_its_type_and_one_row_each():
    made = told("oh", "1 | ANNA - STONE | - | F | -", "2 | - - - | - | - | -")
    assert {name: str(kind) for name, kind in made.schema().items()} == RECORD_TYPES
    assert made.count().execute() == 2


def test_columns_that_a_list_lacks_are_null():
    short = voters("7 | ANNA - STONE | - | F | -").select("state_voter_id", "first_name", "last_name")
    found = records.records(short, "list:1").to_pyarrow().to_pylist()[0]
    assert (found["member"], found["record"], found["last_name"]) == ("list:1", "7", "STONE")
    assert found["phone"] is None and found["dob"] is None


def test_a_list_without_names_is_refused():
    with pytest.raises(Refusal, match="no column last_name"):
        records.records(voters("1 | A - B | - | F | -").drop("last_name"), "list:1")


@pytest.mark.parametrize(("rows", "kept"), [(CONTACT_ROWS, True), (CONTACT_ROWS + 1, False)])
def test_a_phone_or_email_on_many_rows_says_nothing(rows, kept):
    lines = [f"{i} | ANNA - STONE | - | F | - | +13305550100 | Office@X.ORG" for i in range(rows)]
    found = told("oh", *lines).to_pyarrow().to_pylist()
    assert {r["phone"] for r in found} == {"+13305550100" if kept else None}
    assert {r["email"] for r in found} == {"office@x.org" if kept else None}


@pytest.mark.parametrize(("rows", "kept"), [(ADDRESS_ROWS, True), (ADDRESS_ROWS + 1, False)])
def test_an_address_of_very_many_people_is_no_household(rows, kept):
    found = told("oh", *[f"{i} | ANNA - STONE | - | F | 1 HALL ST, 43055 OH" for i in range(rows)])
    assert {r["addrzip"] is not None for r in found.to_pyarrow().to_pylist()} == {kept}
    assert {r["zip"] for r in found.to_pyarrow().to_pylist()} == {"43055"}


def test_a_birth_date_on_a_share_of_rows_is_a_filler():
    filler = [f"f{i} | ANNA - STONE | 1970-01-01 | F | -" for i in range(DATE_ROWS + 1)]
    others = [
        f"o{i} | ANNA - STONE | {date(1950, 1, 1).replace(year=1950 + i % 50)} | F | -" for i in range(60)
    ]
    found = {r["record"]: r["dob"] for r in told("oh", *filler, *others).to_pyarrow().to_pylist()}
    assert {found[f"f{i}"] for i in range(DATE_ROWS + 1)} == {None}
    assert found["o3"] == "1953-01-01"


def test_the_address_before_is_that_of_the_snapshot_before():
    now = voters(
        "1 | ANNA - STONE | - | F | 9 OAK AVE, 43001 OH", "2 | BEN - COLE | - | M | 5 ELM ST, 43055 OH"
    )
    was = voters(
        "1 | ANNA - STONE | - | F | 12 Elm Street, 43055 OH", "2 | BEN - COLE | - | M | 5 ELM ST, 43055 OH"
    )
    found = records.records(now, "oh", before=was, as_of=AS_OF).to_pyarrow().to_pylist()
    assert {r["record"]: r["addrzip_before"] for r in found} == {"1": "12 ELM ST|43055", "2": None}


@settings(max_examples=dear(60))
@given(st.text(max_size=30))
def test_spelling_a_spelt_name_changes_nothing(text):
    with duckdb.connect() as con:
        once = con.execute(f"SELECT {names.spelling('n')} FROM (SELECT $1::VARCHAR AS n)", [text]).fetchall()
        twice = con.execute(
            f"SELECT {names.spelling('n')} FROM (SELECT $1::VARCHAR AS n)", once[0]
        ).fetchall()
    assert once == twice


def test_records_are_kept_whole_or_not_at_all(tmp_path):
    path = tmp_path / "records.parquet"
    records.write(told("oh", "1 | ANNA - STONE | - | F | -"), path)
    broken = ibis_engine().read_parquet(path).mutate(x=ibis.literal("a").cast("int64"))
    with pytest.raises(duckdb.ConversionException):
        records.write(broken, path)
    assert [p.name for p in tmp_path.iterdir()] == ["records.parquet"]
    assert ibis_engine().read_parquet(path).count().execute() == 1
