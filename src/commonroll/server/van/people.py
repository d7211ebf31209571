"""People: found by what is known of them, read by id, with the sections that are asked for."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from commonroll.server.actions import scores
from commonroll.server.models import ContactNote, Member
from commonroll.server.van import matching
from commonroll.server.van.asked import MY_VOTERS, Asked, one, paged
from commonroll.server.van.errors import Declined, invalid, not_found
from commonroll.server.van.given import MOST, Given
from commonroll.server.van.notes import told as note
from commonroll.server.van.person import EXPANDABLE, NOT_IN_MY_VOTERS, STATE_ID, person
from commonroll.server.van.reading import OfOwner, Reading, Voter
from commonroll.server.van.routes import serves

NOBODY = "There is no person with this id."
MANY = "more than one record matches"


@serves("GET", "people/{p}", act="export")
def read(asked: Asked) -> HttpResponse:
    """One person, by VAN id or by an identifier."""
    expanded = asked.expand(EXPANDABLE, NOT_IN_MY_VOTERS if asked.mode == MY_VOTERS else ())
    reading = Reading(asked.key)
    voter = by_word(reading, asked.words["p"])
    notes = notes_of(asked.key.member, voter) if "notes" in expanded else []
    guessed = scores_of(reading, voter) if "scores" in expanded else []
    return one(person(voter, expanded, [note(each) for each in notes], guessed))


def scores_of(reading: Reading, voter: Voter) -> list[dict[str, Any]]:
    """What the member's own models guess of a voter whom it sees."""
    known = reading.of(voter.owner).index.rows([voter.place])["state_voter_id"][0].as_py()
    return scores.of_voters(reading.home, reading.viewer, voter.owner.key, [known])[known]


@serves("GET", "people", act="export")
def search(asked: Asked) -> HttpResponse:
    """People whose values begin as is asked; one of last name, phone and e-mail is needed to find them by."""
    query = asked.query
    expanded = asked.expand(SEARCHED)
    query.word("contactMode", ("Person", "Organization", "1", "2"))
    values = {column: said for name, column in CRITERIA.items() if (said := query.text(name, most=200))}
    if not values.keys() & {"last_name", "phone", "email"}:
        raise invalid(
            "People are searched by the beginning of a last name, by a phone number or by an e-mail.",
            "lastName", "phoneNumber", "email",
        )  # fmt: skip
    return _shown(asked, matching.beginning(Reading(asked.key), values), expanded)


CRITERIA = {
    "firstName": "first_name", "middleName": "middle_name", "lastName": "last_name",
    "streetAddress": "residence_line1", "city": "residence_city", "stateOrProvince": "residence_state",
    "zipOrPostalCode": "residence_zip5", "phoneNumber": "phone", "email": "email",
}  # fmt: skip
"""Parameters of a search, and the columns that they begin."""

SEARCHED = ("Addresses", "Emails", "Phones", "Districts", "PollingLocation")


@serves("GET", "people/quickSearch", act="export")
def quick_search(asked: Asked) -> HttpResponse:
    """People by the beginnings of their names, in either order; those named so exactly come first."""
    words = asked.query.text_needed("name", most=200).replace(",", " ").split()
    expanded = asked.expand(EXPANDABLE, NOT_IN_MY_VOTERS)
    reading = Reading(asked.key)
    found: dict[tuple[str, int], Voter] = {}
    for first, last in dict.fromkeys([(words[0], words[-1]), (words[-1], words[0])]):
        values = {"last_name": last} | ({"first_name": first} if len(words) > 1 else {})
        found |= {(voter.owner.key, voter.place): voter for voter in matching.beginning(reading, values)}
    said = {word.upper() for word in words}
    best = sorted(found.values(), key=lambda voter: (-_exact(voter, said), voter.van_id))
    return _shown(asked, best, expanded)


def _exact(voter: Voter, said: set[str]) -> int:
    return len(said & {voter.seen.get("first_name"), voter.seen.get("last_name")})


def _shown(asked: Asked, voters: list[Voter], expanded: frozenset[str]) -> HttpResponse:
    """One page of voters; only these leave, and have a receipt."""
    shown, reading = asked.page(default=50, most=50), Reading(asked.key)
    part = shown.of(voters)
    read: dict[int, Voter] = {}
    for owner in {voter.owner for voter in part}:
        places = [voter.place for voter in part if voter.owner == owner]
        read |= {voter.van_id: voter for voter in reading.of(owner).voters(places)}
    told = [person(read[voter.van_id], expanded) for voter in part if voter.van_id in read]
    return paged(asked, shown, told, len(voters))


@serves("POST", "people/find", act="export")
def find(asked: Asked) -> HttpResponse:
    """The one person whom the body means; 404 for none and for several."""
    return one(person(found(asked)))


@serves("POST", "people/findByPhone", act="export")
def find_by_phone(asked: Asked) -> HttpResponse:
    """The person of a number, where it is one person's."""
    number = asked.body.text_needed("phoneNumber", most=40)
    reading = Reading(asked.key)
    voters = [
        voter
        for owner in reading.owners
        for voter in matching.by_key(reading.of(owner), "phone", {"phone": number})
    ]
    return one(person(alone(voters, "a name")))


@serves("POST", "people/findOrCreate", act="export")
def find_or_create(asked: Asked) -> HttpResponse:
    raise read_only()


@serves("POST", "people/{p}", act="export")
def update(asked: Asked) -> HttpResponse:
    raise read_only()


@serves("DELETE", "people/{vanId}", act="export")
def delete(asked: Asked) -> HttpResponse:
    raise read_only()


@serves("PUT", "people/{vanId}/mergeInto", act="export")
def merge(asked: Asked) -> HttpResponse:
    raise read_only()


def read_only() -> Declined:
    """A voter file is the state's: nobody is made, changed or taken off it by this API."""
    return Declined(
        403, "A voter file is read only: people are neither created nor changed in MyVoters.",
        hint="canvass responses, notes and activist codes are written beside it",
    )  # fmt: skip


# Who is meant


def by_word(reading: Reading, word: str) -> Voter:
    """The person of a path: a VAN id, or a type of identifier and the id. Raises 404 for none and several."""
    if ":" not in word:
        return by_van_id(reading, word)
    kind, _, value = word.partition(":")
    if kind.lower() == "vanid":
        return by_van_id(reading, value)
    if kind.lower() != STATE_ID.lower():
        raise not_found("There is no person with this identifier.", hint=f"types: VANID, {STATE_ID}")
    return alone(matching.by_state_id(reading, value.strip()), "a VAN id: two states have this id")


def by_van_id(reading: Reading, word: str) -> Voter:
    of, place = place_of(reading, word)
    voters = of.voters([place])
    if not voters:
        raise not_found(NOBODY)
    return voters[0]


def place_of(reading: Reading, word: str) -> tuple[OfOwner, int]:
    """The owner and the place in its roll of a VAN id; raises 404."""
    number = int(word) if word.isascii() and word.isdecimal() and len(word) <= 10 else 0
    known = reading.whose(number) if 0 < number <= MOST else None
    if known is None or known[2] is None:
        raise not_found(NOBODY)
    return known[0], known[2]


def found(asked: Asked) -> Voter:
    """The person whom a match candidate means."""
    body, reading = asked.body, Reading(asked.key)
    number = body.integer("vanId", least=1)
    if number is not None:
        return by_van_id(reading, str(number))
    for each in body.objects("identifiers"):
        kind, value = each.text("type", most=40), each.text("externalId", most=100)
        if kind.lower() == STATE_ID.lower() and value:
            return alone(matching.by_state_id(reading, value), "a VAN id")
    return alone(matching.find(reading, wanted(body)), "dateOfBirth, addressLine1, phoneNumber or email")


def wanted(body: Given) -> matching.Candidate:
    """The candidate of a body; raises 400 where it has nothing by which anybody is found."""
    who = matching.candidate(body)
    if not any((who.first_name, who.last_name, who.emails, who.phones, who.zips, who.birth_date)):
        raise invalid(
            "The body has nothing by which a person is found.", "body",
            hint="names with email, phone, dateOfBirth and ZIP or addressLine1 and ZIP; or email alone",
        )  # fmt: skip
    return who


def alone(voters: list[Voter], deciding: str) -> Voter:
    """The one of them; never a guess among several."""
    if not voters:
        raise not_found("No person matches.")
    if len({voter.van_id for voter in voters}) > 1:
        raise not_found(MANY, hint=f"send also {deciding}")
    return voters[0]


def notes_of(member: Member, voter: Voter) -> list[ContactNote]:
    """The member's notes on a voter, oldest first."""
    return list(
        ContactNote.objects.filter(member=member, owner=voter.owner, number=voter.number, person=None)
    )
