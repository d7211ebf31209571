"""Which voter is meant: the exact keys of the API's match candidates, compared over what may be seen.

Names, streets and numbers are compared without case, accents and signs. A key counts where the owner grants
all of its columns to whoever asks: else an answer would say what a reader may not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commonroll.roll.lookup.keys import KEYS, plain
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import Given
from commonroll.server.van.reading import OfOwner, Reading, Voter

NAMES = ("first_name", "last_name")


@dataclass(frozen=True)
class Candidate:
    """What is known of the person who is looked for: values by column, as they were sent."""

    first_name: str
    last_name: str
    birth_date: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    zips: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    """Street line and ZIP."""

    @property
    def names(self) -> dict[str, str]:
        return {"first_name": self.first_name, "last_name": self.last_name}

    @property
    def named(self) -> bool:
        return bool(plain("first_name", self.first_name) and plain("last_name", self.last_name))

    def looks(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """The sufficient combinations that it has: an index's key, and all that has to be equal."""
        names = self.names if self.named else {}
        for email in self.emails:
            yield "email", {"email": email, **names}
        if not self.named:
            return
        for phone in self.phones:
            yield "phone", {"phone": phone, **names}
        if self.birth_date:
            for zip5 in self.zips:
                yield "born", {"residence_zip5": zip5, "birth_date": self.birth_date, **names}
        for line, zip5 in self.lines:
            yield "line", {"residence_zip5": zip5, "residence_line1": line, **names}


def candidate(body: Given) -> Candidate:
    """What a body says; raises 400 for values that are none."""
    born = body.day("dateOfBirth")
    places = [
        (one.text("addressLine1"), one.text("zipOrPostalCode")[:5]) for one in body.objects("addresses")
    ]
    emails = [one.text("email") for one in body.objects("emails")] + [body.text("email")]
    phones = [one.text("phoneNumber") for one in body.objects("phones")] + [body.text("phoneNumber")]
    return Candidate(
        first_name=body.text("firstName"),
        last_name=body.text("lastName"),
        birth_date=born.isoformat() if born else "",
        emails=tuple(dict.fromkeys(filter(None, emails))),
        phones=tuple(dict.fromkeys(one for one in phones if len(plain("phone", one)) >= 10)),
        zips=tuple(dict.fromkeys(zip5 for _, zip5 in places if zip5)),
        lines=tuple(dict.fromkeys((line, zip5) for line, zip5 in places if line and zip5)),
    )


def find(reading: Reading, wanted: Candidate) -> list[Voter]:
    """Those whom the most of the combinations mean: one, several where nothing sent decides, or none."""
    looks = list(wanted.looks())
    met: dict[int, int] = {}
    found: dict[int, Voter] = {}
    for of in (reading.of(owner) for owner in reading.owners):
        meant = [_meant(of, key, values) for key, values in looks]
        # each is read once, with one receipt, however many combinations mean it
        for voter in of.voters([place for places in meant for place in places]):
            times = sum(
                voter.place in places and _same(voter, values)
                for places, (_, values) in zip(meant, looks, strict=True)
            )
            if times:
                found[voter.van_id] = voter
                met[voter.van_id] = times
    most = max(met.values(), default=0)
    return [found[id] for id, times in met.items() if times == most]


def by_key(of: OfOwner, key: str, values: Mapping[str, str]) -> list[Voter]:
    """An owner's voters for whom all of `values` (by column) hold, as far as they may be seen."""
    return [voter for voter in of.voters(_meant(of, key, values)) if _same(voter, values)]


def _meant(of: OfOwner, key: str, values: Mapping[str, str]) -> list[int]:
    """Places of an owner's voters of whom the roll says all of `values`, where it grants these columns plain.

    Others whose print is the same are not read, and have no receipt.
    """
    if not of.has_roll or not all(of.grants(column) for column in {*KEYS[key], *values}):
        return []
    places = of.index.places(key, values, MOST)
    rows = of.raw(places).to_pylist() if places else []
    return [place for place, row in zip(places, rows, strict=True) if _holds(row, values)]


def beginning(reading: Reading, values: Mapping[str, str]) -> list[Voter]:
    """Voters whose columns begin with all of `values`, by VAN id; nothing of them leaves by this.

    Raises 400 where more than MOST_SEARCHED would have to be looked at.
    """
    found: list[Voter] = []
    for of in (reading.of(owner) for owner in reading.owners):
        if not of.has_roll or not all(of.grants(column) for column in values):
            continue
        exact = next((key for key in ("phone", "email") if key in values), None)
        places = (
            of.index.places(exact, values, MOST_SEARCHED) if exact
            else of.index.beginning(values["last_name"], MOST_SEARCHED)
        )  # fmt: skip
        if places is None:
            raise invalid("Too many people begin so.", "lastName", hint="more letters")
        found += [voter for voter in of.voters(places, tuple(values), leaves=False) if _begins(voter, values)]
    return sorted(found, key=lambda voter: voter.van_id)


def _begins(voter: Voter, values: Mapping[str, str]) -> bool:
    return all(
        plain(column, str(voter.seen.get(column) or "")).startswith(plain(column, value))
        for column, value in values.items()
    )


MOST_SEARCHED = 5_000
"""Rows that a search looks at."""

MOST = 20
"""Rows that are looked at for one key; more of one key decide nothing."""


def _same(voter: Voter, values: Mapping[str, str]) -> bool:
    return _holds({**voter.seen, "state_voter_id": voter.state_voter_id}, values)


def _holds(row: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    def held(column: str) -> str:
        value = row.get(column)
        return plain(column, "" if value is None else str(value))

    return all(held(column) and held(column) == plain(column, value) for column, value in values.items())


def by_state_id(reading: Reading, state_id: str) -> list[Voter]:
    """Voters who have this id in their state, of owners that grant the id."""
    values = {"state_voter_id": state_id}
    owners: Sequence[OfOwner] = [reading.of(owner) for owner in reading.owners]
    return [voter for of in owners for voter in by_key(of, "id", values)]
