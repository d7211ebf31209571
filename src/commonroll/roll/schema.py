"""The one definition of a vault's tables: every column's type, meaning, class and constraints.

A column has exactly one class; the class fixes what an agreement may grant (`agreements/compile.py`).
The fact files under `layouts/` in the public documents use other names; `FACT_NAMES` maps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "date", "timestamp", "int16", "int32", "int64", "float64", "bool"]
Class = Literal[
    "identity", "contact", "registration", "district", "demographic", "vote_history",
    "ballot", "response", "model", "financial", "provenance",
]  # fmt: skip

CLASSES: dict[str, str] = {
    "identity": "who the person is: names, ids, full birth date",
    "contact": "how to reach the person: phone, e-mail, mailing and residence lines",
    "registration": "how the person is registered: status, date, party",
    "district": "where the person votes: county, precinct, districts",
    "demographic": "birth year, age, sex, race, ethnicity as published",
    "vote_history": "in which elections the person took part, and how",
    "ballot": "a ballot's way: requested, sent, returned, rejected",
    "response": "what the person answered, contacts attempted, opt-outs",
    "model": "scores and guesses",
    "financial": "donations and price data",
    "provenance": "where a row came from; the owner's alone",
}

STATUSES = ("active", "inactive", "pending", "removed")
SEXES = ("female", "male", "other", "unknown")
PARTIES = ("DEM", "REP", "LIB", "GRN", "CON", "WFP", "NPA", "OTH", "UNK")
DISTRICT_TYPES = (
    "congressional", "state_senate", "state_house", "county_commission", "council", "school",
    "fire", "judicial", "ward", "precinct_split", "other",
)  # fmt: skip
ELECTION_TYPES = ("general", "primary", "runoff", "special", "municipal", "other")
METHODS = ("in_person", "early", "mail", "provisional", "unknown")
BALLOT_STATUSES = (
    "requested", "sent", "returned", "accepted", "rejected", "cured", "spoiled", "unknown",
)  # fmt: skip
"""How far a ballot is; unknown: it was sent, and the county does not say which ballots came back."""
FACT_KINDS = ("told", "seen", "bought", "guessed")
"""How somebody came to a fact, the strongest first: the person said so; it was seen, as a state publishes it;
it was bought; it was estimated."""
IMPORT_KINDS = ("purchased", "donors", "volunteers", "petition", "dialer", "event", "hygiene", "other")
"""`hygiene`: who died, moved or was challenged; it yields counts and suppressions alone (docs/adr/0061)."""
IMPORT_ACTIONS = ("added", "withdrawn")
CONTACT_KINDS = ("volunteer", "donor", "write_in", "unmatched", "other")
REACH_CHANNELS = ("phone", "email")
LINE_TYPES = ("unknown", "mobile", "landline", "voip", "toll_free")
REACH_STATUSES = ("unknown", "works", "bounced", "wrong_person", "disconnected")
JUDGED = ("same", "different", "unsure", "withdrawn")
PERSON_BY = ("rule", "model", "human")
"""Why a registrant is the person that it is: it stands alone, the model joined it to others, people did."""
PERSON_TURNS = ("joined", "split", "renumbered", "reused")

SCOPE_COLUMNS = (
    "county_fips", "congressional_district", "state_senate_district", "state_house_district",
    "precinct", "party", "status",
)  # fmt: skip
"""The seven columns of `voters` that an agreement may limit rows by (specs: agreements, 3.2)."""


@dataclass(frozen=True)
class Column:
    """One column: `table` and `name`, engine type, class, meaning, whether null is allowed, closed values."""

    table: str
    name: str
    type: Type
    cls: Class
    meaning: str
    nullable: bool = True
    values: tuple[str, ...] | None = None

    @property
    def qualified(self) -> str:
        """The name agreements use: `voters.party`."""
        return f"{self.table}.{self.name}"


@dataclass(frozen=True)
class Table:
    """One table of a vault: its columns in order, its key, and whether rows are events (append only).

    Of the columns `one_of` exactly one has a value in each row.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    events: bool = False
    one_of: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


_Spec = tuple[str, Type, Class, str]


def _table(
    name: str,
    meaning: str,
    key: tuple[str, ...],
    specs: list[_Spec],
    *,
    required: tuple[str, ...] = (),
    optional: tuple[str, ...] = (),
    values: dict[str, tuple[str, ...]] | None = None,
    events: bool = False,
    one_of: tuple[str, ...] = (),
) -> Table:
    closed = values or {}
    columns = tuple(
        Column(name, n, t, c, m, n in optional or n not in (*required, *key), closed.get(n))
        for n, t, c, m in specs
    )
    return Table(name, meaning, key, columns, events, one_of)


VOTERS = _table(
    "voters",
    "one row per registrant per member",
    ("state_voter_id",),
    [
        ("member", "string", "registration", "key of the member that owns the row"),
        ("state", "string", "registration", "two letters of the state that registered the voter"),
        ("state_voter_id", "string", "identity", "the state's id, leading zeros kept"),
        ("county_voter_id", "string", "identity", "the county's id, where the state publishes one"),
        ("status", "string", "registration", "active, inactive (flagged), pending, removed"),
        ("status_reason", "string", "registration", "the state's reason for the status, as published"),
        ("name_prefix", "string", "identity", "title before the name"),
        ("first_name", "string", "identity", "first name as published, trimmed, upper case"),
        ("middle_name", "string", "identity", "middle name or initial"),
        ("last_name", "string", "identity", "last name"),
        ("name_suffix", "string", "identity", "JR, SR, II and the like"),
        ("birth_date", "date", "identity", "full date of birth, where the state publishes it"),
        ("birth_year", "int16", "demographic", "year of birth"),
        ("age", "int16", "demographic", "age in years, only where the state publishes nothing better"),
        ("sex", "string", "demographic", "female, male, other, unknown"),
        ("race", "string", "demographic", "race as published by the state, in words"),
        ("ethnicity", "string", "demographic", "ethnicity as published by the state, in words"),
        ("party", "string", "registration", "party in common codes; null where the state registers none"),
        ("party_source", "string", "registration", "party as published"),
        ("registered_on", "date", "registration", "date of registration"),
        ("residence_line1", "string", "contact", "house number and street"),
        ("residence_unit", "string", "contact", "apartment, unit, lot"),
        ("residence_city", "string", "contact", "city of residence"),
        ("residence_state", "string", "contact", "state of residence"),
        ("residence_zip5", "string", "contact", "ZIP code, five digits"),
        ("residence_zip4", "string", "contact", "ZIP+4 extension"),
        ("mail_line1", "string", "contact", "mailing address, first line"),
        ("mail_line2", "string", "contact", "mailing address, second line"),
        ("mail_line3", "string", "contact", "mailing address, third line"),
        ("mail_city", "string", "contact", "mailing city"),
        ("mail_state", "string", "contact", "mailing state"),
        ("mail_zip", "string", "contact", "mailing postal code"),
        ("mail_country", "string", "contact", "mailing country, where not the United States"),
        ("phone", "string", "contact", "phone published by the state, E.164"),
        ("email", "string", "contact", "e-mail published by the state, lower case"),
        ("county_fips", "string", "district", "county, five-digit FIPS code"),
        ("county_name", "string", "district", "county's name"),
        ("precinct", "string", "district", "precinct's code"),
        ("precinct_name", "string", "district", "precinct's name"),
        ("precinct_split", "string", "district", "part of a split precinct"),
        ("municipality", "string", "district", "city, town or village"),
        ("ward", "string", "district", "ward of the municipality"),
        ("congressional_district", "string", "district", "U.S. House district, no leading zeros"),
        ("state_senate_district", "string", "district", "upper chamber district"),
        ("state_house_district", "string", "district", "lower chamber district"),
        ("permanent_absentee", "bool", "ballot", "on the permanent absentee or mail ballot list"),
        ("confidential", "bool", "provenance", "true: the voter is protected and is in no view"),
        ("shown_from", "date", "provenance", "first election day on which a view may show the voter"),
        ("listed_from", "date", "provenance", "the same, 9999-12-31 for a removed registration"),
        ("source_file", "string", "provenance", "file the row came from"),
        ("source_line", "int64", "provenance", "line of that file, the first line is 1"),
    ],
    required=(
        *("member", "state", "status", "confidential", "shown_from", "listed_from"),
        *("source_file", "source_line"),
    ),
    values={"status": STATUSES, "sex": SEXES, "party": PARTIES},
)

DISTRICTS = _table(
    "districts",
    "one row per voter and district",
    ("state_voter_id", "type", "id"),
    [
        ("state_voter_id", "string", "identity", "the state's id of the voter"),
        ("type", "string", "district", "kind of district"),
        ("id", "string", "district", "district's number or code, no leading zeros"),
        ("name", "string", "district", "district's name, where published"),
    ],
    values={"type": DISTRICT_TYPES},
)

HISTORY = _table(
    "history",
    "one row per voter and election in which the voter took part",
    ("state_voter_id", "election_date", "election_name"),
    [
        ("state_voter_id", "string", "identity", "the state's id of the voter"),
        ("election_date", "date", "vote_history", "day of the election; null where the state names no day"),
        ("election_name", "string", "vote_history", "name of the election as published"),
        ("election_type", "string", "vote_history", "general, primary, runoff, special, municipal, other"),
        ("method", "string", "vote_history", "in_person, early, mail, provisional, unknown"),
        ("party_voted", "string", "vote_history", "party of the ballot in a primary"),
        ("county_voted", "string", "vote_history", "county in which the ballot was cast, FIPS code"),
    ],
    required=("election_type", "method"),
    # some states publish an election's year or month alone, or only its name
    optional=("election_date",),
    values={"election_type": ELECTION_TYPES, "method": METHODS},
)

BALLOTS = _table(
    "ballots",
    "one row per ballot requested or cast early",
    ("state_voter_id", "election_date", "requested_on", "sent_on", "returned_on"),
    [
        ("state_voter_id", "string", "identity", "the state's id of the voter"),
        ("election_date", "date", "ballot", "day of the election"),
        ("requested_on", "date", "ballot", "day the ballot was requested"),
        ("sent_on", "date", "ballot", "day the ballot was sent"),
        ("returned_on", "date", "ballot", "day the ballot came back"),
        (
            "status",
            "string",
            "ballot",
            "requested, sent, returned, accepted, rejected, cured, spoiled, unknown (sent, no word since)",
        ),
        ("reason", "string", "ballot", "the state's reason, as published"),
        ("as_of", "date", "ballot", "day of the state's report"),
    ],
    required=("status", "as_of"),
    # what tells two ballots of one voter apart, though a ballot under way has not all of them yet, and a
    # state's file of one election need not name it
    optional=("election_date", "requested_on", "sent_on", "returned_on"),
    values={"status": BALLOT_STATUSES},
)

BALLOT_EVENTS = _table(
    "ballot_events",
    "what a daily file of ballots said anew of a voter's ballot; the table ballots is what they come to",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("owner", "string", "provenance", "member that owns the voter"),
        ("state_voter_id", "string", "identity", "the state's id of the voter"),
        ("election_date", "date", "ballot", "day of the election"),
        ("requested_on", "date", "ballot", "day the ballot was requested, as published"),
        ("sent_on", "date", "ballot", "day the ballot was sent, as published"),
        ("returned_on", "date", "ballot", "day the ballot came back, as published"),
        ("status", "string", "ballot", "as in ballots, by what can be so of this row"),
        ("reason", "string", "ballot", "the state's reason, as published"),
        ("doubtful", "string", "ballot", "the days of this row that cannot be, by column; not used"),
        ("as_of", "date", "ballot", "day of the state's report"),
        ("load", "string", "provenance", "the load that it came with"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
    ],
    required=("owner", "state_voter_id", "election_date", "status", "doubtful", "as_of", "loaded_at"),
    values={"status": BALLOT_STATUSES},
    events=True,
)

BALLOT_FILES = _table(
    "ballot_files",
    "which days of a county's ballots came in, and what they held: counts alone",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("election_date", "date", "ballot", "day of the election"),
        ("as_of", "date", "ballot", "day of the state's report"),
        ("county_fips", "string", "district", "county, FIPS code; empty for voters not on the roll"),
        ("piece", "bool", "provenance", "whether the file held some counties alone"),
        ("voters", "int64", "ballot", "voters with a ballot in the file"),
        ("sent", "int64", "ballot", "ballots sent and not known to be back"),
        ("returned", "int64", "ballot", "ballots that came back, rejected ones too"),
        ("rejected", "int64", "ballot", "ballots rejected and not cured"),
        ("doubtful", "int64", "ballot", "ballots with a day that cannot be"),
        ("changed", "int64", "ballot", "voters of whom the file said something new"),
        ("lag", "float64", "ballot", "median days from a return to the file that first said so"),
        ("load", "string", "provenance", "the load that it came with"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
    ],
    required=(
        *("election_date", "as_of", "county_fips", "piece", "voters", "sent", "returned", "rejected"),
        *("doubtful", "changed", "loaded_at"),
    ),
    events=True,
)

WITHDRAWN_ANSWER = "withdrawn"
"""Word of an event that takes another one of its gatherer back."""

RESPONSES = _table(
    "responses",
    "answers of voters, in the vault of the organization that gathered them and, released, in the owner's",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the answer"),
        ("owner", "string", "response", "member that owns the voter"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter"),
        (
            "question",
            "string",
            "response",
            "question or code from the federation's vocabulary; withdrawn takes an answer back",
        ),
        ("answer", "string", "response", "the answer given; of withdrawn the event_id that counts no more"),
        ("kind", "string", "response", "told: said by the voter"),
        ("answered_on", "date", "response", "day of the answer"),
        ("channel", "string", "response", "door, phone, text, mail, event, other"),
        ("gathered_by", "string", "response", "member that gathered the answer"),
        ("loaded_at", "timestamp", "provenance", "when the answer reached this vault, UTC"),
        ("source_file", "string", "provenance", "file the answer came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=("owner", "state_voter_id", "question", "answer", "kind", "answered_on", "gathered_by"),
    events=True,
)

ATTEMPT_RESULTS = (
    "not_home", "talked", "refused", "busy", "moved", "deceased", "language", "inaccessible", "vacant",
    "left_message", "wrong_number", "disconnected", WITHDRAWN_ANSWER,
)  # fmt: skip
SPOKEN_WITH = ("talked", "refused", "language")
"""Results of attempts at which somebody was spoken with."""

ATTEMPTS = _table(
    "attempts",
    "each try to reach a voter, however it ended, in the vault of the organization that tried and, released, "
    "in the owner's; of a door that nobody should ring at nothing stands here",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("owner", "string", "response", "member that owns the voter"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter"),
        ("visit_id", "string", "provenance", "one visit or call: everybody it was for has a row with it"),
        ("result", "string", "response", "how it ended; withdrawn takes a row back"),
        ("attempted_on", "date", "response", "day of the attempt"),
        ("channel", "string", "response", "door, phone, text, mail, event, other"),
        ("gathered_by", "string", "response", "member that tried"),
        ("replaces", "string", "provenance", "of withdrawn the event_id that counts no more"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "where it came from: walk, phone, v4"),
        ("source_line", "int64", "provenance", "its number there"),
    ],
    required=(
        *("owner", "state_voter_id", "visit_id", "result", "attempted_on", "channel", "gathered_by"),
        "loaded_at",
    ),
    values={"result": ATTEMPT_RESULTS},
    events=True,
)

OPTOUTS = _table(
    "optouts",
    "who asked to be left alone, by channel",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the request"),
        ("owner", "string", "response", "member that owns the voter"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter"),
        ("channel", "string", "response", "all, door, phone, text, mail, email"),
        ("asked_on", "date", "response", "day of the request"),
        ("gathered_by", "string", "response", "member that heard it"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "file it came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=("owner", "state_voter_id", "channel", "asked_on", "gathered_by"),
    events=True,
)

FOUND_OUT = _table(
    "found_out",
    "what gatherers found out of how to reach voters: a channel that bounced, a new address",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of what was found"),
        ("owner", "string", "provenance", "member that owns the voter"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter"),
        ("what", "string", "provenance", "bounces: somebody is not reached there; addresses: a new address"),
        ("channel", "string", "provenance", "door, phone, text, mail, email, event, other"),
        (
            "value",
            "string",
            "contact",
            "bounced, wrong_person, disconnected, of mail also moved, no_such_address, deceased, refused; or "
            "the address as given; withdrawn: and an event's id takes that event back",
        ),
        ("found_on", "date", "provenance", "day on which it was so"),
        ("gathered_by", "string", "provenance", "member that found it"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "file it came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=("owner", "state_voter_id", "what", "channel", "value", "found_on", "gathered_by"),
    values={"what": ("addresses", "bounces")},
    events=True,
)

FACTS = _table(
    "facts",
    "claims about a voter, a contact or a household, each with its kind and source; none is overwritten",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the claim"),
        ("owner", "string", "provenance", "member that owns the voter, contact or household"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter whom it is about"),
        ("contact_id", "string", "identity", "or the contact whom it is about"),
        ("household_id", "string", "identity", "or the household: then it is nobody's own fact"),
        ("attribute", "string", "provenance", "what is claimed, a code: owns_home, the question asked"),
        ("value", "string", "provenance", "the value claimed; null takes the replaced claim back"),
        ("kind", "string", "provenance", "told, seen, bought, guessed"),
        ("source", "string", "provenance", "who says so: the door, the list's seller, the model"),
        ("licence", "string", "provenance", "what the source permits to do with it"),
        ("basis", "string", "provenance", "why it may be held: the person's consent, an agreement, a law"),
        ("import_id", "string", "provenance", "the import that it came with; withdrawn, it counts nowhere"),
        ("replaces", "string", "provenance", "event_id of the claim that it corrects"),
        ("observed_on", "date", "provenance", "day on which it was so"),
        ("expires_on", "date", "provenance", "last day on which it counts"),
        ("gathered_by", "string", "provenance", "member that brought it in"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "file it came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=(
        *("owner", "attribute", "kind", "source", "licence", "basis", "observed_on"),
        *("gathered_by", "loaded_at"),
    ),
    values={"kind": FACT_KINDS},
    events=True,
    one_of=("state_voter_id", "contact_id", "household_id"),
)
# A claim is of another class by its kind: what a voter said is a response, a bought number a contact, an
# estimate a model. None of the classes would be true of the column, and none is given away with another.

IMPORTS = _table(
    "imports",
    "lists that came in, on which terms, and which of them were withdrawn",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the event"),
        ("import_id", "string", "provenance", "the import"),
        ("action", "string", "provenance", "added, withdrawn; the later counts"),
        ("kind", "string", "provenance", "one of `IMPORT_KINDS`: purchased, donors, ..., hygiene, other"),
        ("source", "string", "provenance", "who the list is from"),
        ("licence", "string", "provenance", "what its source permits to do with it"),
        ("basis", "string", "provenance", "why its people may be held: consent, agreement, law"),
        ("dated_on", "date", "provenance", "day of which the list is"),
        ("file_name", "string", "provenance", "name of the file"),
        ("file_hash", "string", "provenance", "SHA-256 of the file, hex"),
        ("rows", "int64", "provenance", "rows of the file"),
        ("by", "string", "provenance", "account that brought it in or withdrew it"),
        ("reason", "string", "provenance", "why it was withdrawn"),
        ("at", "timestamp", "provenance", "when, UTC"),
    ],
    required=(
        *("import_id", "action", "kind", "source", "licence", "basis", "dated_on", "file_name", "file_hash"),
        *("rows", "by", "at"),
    ),
    values={"action": IMPORT_ACTIONS, "kind": IMPORT_KINDS},
    events=True,
)

CONTACTS = _table(
    "contacts",
    "a member's own people who need not be on a roll; of one contact the latest row counts",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("contact_id", "string", "identity", "the contact"),
        ("owner", "string", "provenance", "member whose contact it is"),
        ("kind", "string", "provenance", "volunteer, donor, write_in, unmatched (row of a list), other"),
        ("person_id", "string", "identity", "the person, where the contact is linked"),
        ("state_voter_id", "string", "identity", "the owner's voter that the contact turned out to be"),
        ("first_name", "string", "identity", "first name, upper case"),
        ("middle_name", "string", "identity", "middle name or initial"),
        ("last_name", "string", "identity", "last name"),
        ("name_suffix", "string", "identity", "JR, SR, II and the like"),
        ("birth_date", "date", "identity", "full date of birth"),
        ("birth_year", "int16", "demographic", "year of birth"),
        ("residence_line1", "string", "contact", "house number and street"),
        ("residence_unit", "string", "contact", "apartment, unit, lot"),
        ("residence_city", "string", "contact", "city of residence"),
        ("residence_state", "string", "contact", "state of residence"),
        ("residence_zip5", "string", "contact", "ZIP code, five digits"),
        ("removed", "bool", "provenance", "true: the contact is no longer kept"),
        ("source", "string", "provenance", "who says so"),
        ("licence", "string", "provenance", "what the source permits to do with it"),
        ("basis", "string", "provenance", "why the contact may be held"),
        ("import_id", "string", "provenance", "the import that it came with; withdrawn, it counts nowhere"),
        ("recorded_on", "date", "provenance", "day on which it was so"),
        ("gathered_by", "string", "provenance", "member that brought it in"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "file it came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=(
        *("contact_id", "owner", "kind", "removed", "source", "licence", "basis", "recorded_on"),
        *("gathered_by", "loaded_at"),
    ),
    values={"kind": CONTACT_KINDS},
    events=True,
)

REACHABLES = _table(
    "reachables",
    "phones and e-mails of voters and contacts; of one number of one person the latest row counts",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("owner", "string", "provenance", "member that owns the voter or the contact"),
        ("state_voter_id", "string", "identity", "the owner's id of the voter"),
        ("contact_id", "string", "identity", "or the contact"),
        ("channel", "string", "provenance", "phone, email"),
        ("value", "string", "contact", "phone as E.164, e-mail in lower case"),
        ("line_type", "string", "contact", "unknown, mobile, landline, voip, toll_free"),
        ("status", "string", "contact", "unknown, works, bounced, wrong_person, disconnected"),
        ("kind", "string", "provenance", "told, seen, bought, guessed"),
        ("source", "string", "provenance", "who says so"),
        ("licence", "string", "provenance", "what the source permits to do with it"),
        ("basis", "string", "provenance", "why it may be held and used"),
        ("import_id", "string", "provenance", "the import that it came with; withdrawn, it counts nowhere"),
        ("observed_on", "date", "provenance", "day on which it was so"),
        ("confirmed_on", "date", "provenance", "day on which somebody was last reached there"),
        ("gathered_by", "string", "provenance", "member that brought it in"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
        ("source_file", "string", "provenance", "file it came from"),
        ("source_line", "int64", "provenance", "line of that file"),
    ],
    required=(
        *("owner", "channel", "value", "line_type", "status", "kind", "source", "licence", "basis"),
        *("observed_on", "gathered_by", "loaded_at"),
    ),
    values={
        "channel": REACH_CHANNELS, "line_type": LINE_TYPES, "status": REACH_STATUSES, "kind": FACT_KINDS,
    },
    events=True,
    one_of=("state_voter_id", "contact_id"),
)  # fmt: skip

JUDGEMENTS = _table(
    "judgements",
    "what people decided of pairs of records; nothing is edited, a row may withdraw another",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the judgement"),
        ("member_l", "string", "provenance", "member of the smaller record, or list:<import>"),
        ("record_l", "string", "provenance", "its id: the state's, or the line of a list"),
        ("member_r", "string", "provenance", "member of the larger record"),
        ("record_r", "string", "provenance", "its id"),
        ("judgement", "string", "provenance", "same, different, unsure, withdrawn"),
        ("withdraws", "string", "provenance", "event_id of the judgement that is taken back"),
        ("by", "string", "provenance", "account that judged, or rule:<name>"),
        ("reason", "string", "provenance", "why, in words"),
        ("seconded_of", "string", "provenance", "event_id of the judgement that this one agrees with"),
        ("weight", "float64", "provenance", "match weight that the person saw, bits"),
        ("model", "string", "provenance", "version of the model that the weight is of"),
        ("judged_at", "timestamp", "provenance", "when, UTC"),
    ],
    required=("member_l", "record_l", "member_r", "record_r", "judgement", "by", "reason", "judged_at"),
    values={"judgement": JUDGED},
    events=True,
)

PERSONS = _table(
    "persons",
    "which person each registrant is that is or was on the roll; a new version replaces the one before",
    ("origin_id", "incarnation"),
    [
        ("member", "string", "provenance", "key of the member that owns the roll"),
        ("state_voter_id", "string", "provenance", "the id under which the registrant stands, or last stood"),
        ("person_id", "string", "identity", "the person; leaves the vault as a recipient's pseudonym alone"),
        ("since", "timestamp", "provenance", "since when the registrant is this person, UTC"),
        ("by", "string", "provenance", "rule (stands alone), model, human"),
        ("origin_id", "string", "provenance", "the id under which the registrant was first seen"),
        ("incarnation", "int32", "provenance", "0, or how many registrants had that id before"),
        ("founded", "bool", "provenance", "whether person_id was made of this registrant"),
        ("former_id", "string", "provenance", "a person_id made of it before it joined another person"),
        ("until", "timestamp", "provenance", "when its id became another registrant's, UTC; else null"),
    ],
    required=("member", "state_voter_id", "person_id", "since", "by", "founded"),
    values={"by": PERSON_BY},
)

PERSON_EVENTS = _table(
    "person_events",
    "person ids that were joined or split, registrants under a new id or with a reused one",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of the event"),
        ("turn", "string", "provenance", "joined, split, renumbered, reused"),
        ("person_id", "string", "provenance", "the id that stays"),
        (
            "other_id",
            "string",
            "provenance",
            "the id that became its alias (joined), or that left it (split)",
        ),
        ("state_voter_id", "string", "provenance", "renumbered, reused: the id that the roll has now"),
        ("earlier_id", "string", "provenance", "renumbered: the id before"),
        ("reason", "string", "provenance", "what brought it about: the model, people, the roll"),
        ("run", "string", "provenance", "the run of linking"),
        ("at", "timestamp", "provenance", "when, UTC"),
    ],
    required=("turn", "person_id", "reason", "run", "at"),
    values={"turn": PERSON_TURNS},
    events=True,
)

SCORES = _table(
    "scores",
    "what the owner's models guess of its voters: of each score that it shares the values that count today",
    ("score", "state_voter_id"),
    [
        ("state_voter_id", "string", "provenance", "the voter; joins alone use it"),
        ("score", "string", "provenance", "code of the score"),
        ("value", "float64", "model", "the guess, from 0.0 to 100.0 with one decimal"),
        ("version", "string", "provenance", "day and load under which the value became what it is"),
    ],
    required=("state_voter_id", "score", "value", "version"),
)

LISTINGS = _table(
    "listings",
    "who stands on lists that gatherers chose and handed over, in the vault of the owner of the voters",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("owner", "string", "provenance", "member that owns the voter"),
        ("state_voter_id", "string", "provenance", "the voter; joins alone use it"),
        ("list", "string", "model", "code of the list, the gatherer's key before it"),
        ("name", "string", "provenance", "name of the list"),
        ("listed_on", "date", "provenance", "day on which the list was so"),
        (
            "import_id",
            "string",
            "provenance",
            "the state of the list that it came with; withdrawn, it counts nowhere",
        ),
        ("gathered_by", "string", "provenance", "member that chose"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
    ],
    required=(
        "owner",
        "state_voter_id",
        "list",
        "name",
        "listed_on",
        "import_id",
        "gathered_by",
        "loaded_at",
    ),
    events=True,
)

SCRIPTS = _table(
    "scripts",
    "what gatherers said and asked at doors and on the phone and handed over, in the vault of the voters' "
    "owner; one row for each state of a script, about nobody",
    ("event_id",),
    [
        ("event_id", "string", "provenance", "unique id of this row"),
        ("script", "string", "provenance", "code of the script, the gatherer's key before it"),
        ("name", "string", "provenance", "name of the script"),
        ("document", "string", "response", "its questions with branches, answers and codes, as JSON"),
        ("used_on", "date", "provenance", "day from which it was used with the owner's voters"),
        ("import_id", "string", "provenance", "the state that it came with; withdrawn, it counts nowhere"),
        ("gathered_by", "string", "provenance", "member that asked"),
        ("loaded_at", "timestamp", "provenance", "when it reached this vault, UTC"),
    ],
    required=("script", "name", "document", "used_on", "import_id", "gathered_by", "loaded_at"),
    events=True,
)

REFUSED = _table(
    "refused",
    "every line that did not load",
    ("file", "line", "reason"),
    [
        ("file", "string", "provenance", "file of the delivery"),
        ("line", "int64", "provenance", "line number, the first line is 1"),
        ("reason", "string", "provenance", "why it did not load"),
        ("bytes", "string", "provenance", "the line as it came"),
    ],
)

ROLL_TABLES: dict[str, Table] = {t.name: t for t in (VOTERS, DISTRICTS, HISTORY, BALLOTS)}
"""Tables that a delivery of official files fills; a snapshot names one version of each."""

EVENT_TABLES: dict[str, Table] = {
    t.name: t for t in (
        ATTEMPTS, RESPONSES, OPTOUTS, FOUND_OUT, FACTS, IMPORTS, CONTACTS, REACHABLES, JUDGEMENTS,
        PERSON_EVENTS, BALLOT_EVENTS, BALLOT_FILES, LISTINGS,
        SCRIPTS,
    )
}  # fmt: skip
TABLES: dict[str, Table] = {
    **ROLL_TABLES, **EVENT_TABLES, PERSONS.name: PERSONS, SCORES.name: SCORES, REFUSED.name: REFUSED,
}  # fmt: skip
COLUMNS: dict[str, Column] = {c.qualified: c for t in TABLES.values() for c in t}

OWNERS_ALONE = frozenset(
    table.name
    for table in (
        *(REFUSED, ATTEMPTS, FOUND_OUT, FACTS, IMPORTS, CONTACTS, REACHABLES, JUDGEMENTS, PERSON_EVENTS),
        *(BALLOT_EVENTS, BALLOT_FILES),
    )
)
"""Tables of which no agreement can name a column, whatever its class (docs/adr/0060, docs/adr/0058)."""

GRANTABLE: dict[str, Column] = {
    q: c
    for q, c in COLUMNS.items()
    if c.cls != "provenance" and c.table not in OWNERS_ALONE and c.name != "member"
}
"""Columns an agreement can name. `voters.member` and `voters.state` come with every row of an owner."""
del GRANTABLE["voters.state"]

FACT_NAMES: dict[str, str] = {
    "registration_date": "registered_on",
    "res_address_line1": "residence_line1",
    "res_address_line2": "residence_unit",
    "res_city": "residence_city",
    "res_state": "residence_state",
    "res_zip": "residence_zip5 and residence_zip4, split",
    "res_zip5": "residence_zip5",
    "res_zip4": "residence_zip4",
    "precinct_code": "precinct",
    "state_legislative_district": "state_senate_district and state_house_district",
    "voting_method": "method",
    "county_code": "county_fips and county_name, by codes.county",
    "ballot_request_date": "requested_on",
    "ballot_sent_date": "sent_on",
    "ballot_returned_date": "returned_on",
    "ballot_status": "status of ballots",
}
"""Names used by the public fact files, and the roll's names for them."""
