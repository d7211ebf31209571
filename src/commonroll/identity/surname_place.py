"""How surname and place are compared: as one, since a home shares both."""

from __future__ import annotations

from commonroll.identity.comparison import ELSE, Comparison, Level
from commonroll.identity.conditions import (
    FORMER,
    NEAR,
    NO_ADDRESS,
    NO_SURNAME,
    NO_ZIP,
    NUMBER,
    PLACE,
    SAME,
    STREET,
    SURNAME,
)

_ANY_SAME = (
    "address, surname", "number, surname", "near address, surname", "zip, surname", "state, surname",
    "surname",
)  # fmt: skip
_ANY_NEAR = (
    "address, near surname", "number, near surname", "near address, near surname", "zip, near surname",
    "state, near surname", "near surname",
)  # fmt: skip
SURNAME_PLACE = Comparison(
    "surname_place",
    "surname and place",
    f"({NO_SURNAME}) and {NO_ZIP}",
    (
        Level(
            "address, no surname",
            f"{NO_SURNAME} and {PLACE}",
            "the same address; a surname is missing",
            sums=("address, surname", "address, near surname", "address"),
        ),
        Level(
            "number, no surname",
            f"{NO_SURNAME} and {NUMBER}",
            "the same street and number in another ZIP code; a surname is missing",
            sums=("number, surname", "number, near surname", "number"),
        ),
        Level(
            "near address, no surname",
            f"{NO_SURNAME} and {STREET}",
            "nearly the same address; a surname is missing",
            sums=("near address, surname", "near address, near surname", "near address"),
        ),
        Level(
            "zip, no surname",
            f"{NO_SURNAME} and zip_l = zip_r",
            "the same ZIP code; a surname is missing",
            sums=("zip, surname", "zip, near surname", "zip"),
        ),
        Level(
            "no surname",
            NO_SURNAME,
            "another ZIP code; a surname is missing",
            sums=("state, surname", "surname", "state, near surname", "near surname", "state", "other"),
        ),
        Level(
            "surname, no place",
            f"{NO_ZIP} and {SAME}",
            "the same surname; a place is missing",
            "last_name",
            sums=_ANY_SAME,
        ),
        Level(
            "near surname, no place",
            f"{NO_ZIP} and {NEAR}",
            "part of the surname, or spelt almost alike; a place is missing",
            sums=_ANY_NEAR,
        ),
        Level(
            "other, no place",
            NO_ZIP,
            "another surname; a place is missing",
            sums=("address", "number", "near address", "zip", "state", "other"),
        ),
        Level("address, surname", f"{PLACE} and {SAME}", "the same address and surname", counted=True),
        Level(
            "former address, surname",
            f"{FORMER} and {SAME}",
            "the other's former address, the same surname",
            m=0.1,
            why="not in training data; counted like the address",
            counted=True,
        ),
        Level(
            "address, near surname",
            f"{PLACE} and {NEAR}",
            "the same address, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level("address", f"({PLACE} or {FORMER})", "the same address, another surname", counted=True),
        Level(
            "number, surname",
            f"{NUMBER} and {SAME}",
            "the same street and number in another ZIP code, the same surname",
            counted=True,
        ),
        Level(
            "number, near surname",
            f"{NUMBER} and {NEAR}",
            "the same street and number in another ZIP code, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level(
            "number",
            NUMBER,
            "the same street and number in another ZIP code, another surname",
            counted=True,
        ),
        Level(
            "near address, surname",
            f"{STREET} and {SAME}",
            "nearly the same address, the same surname",
            counted=True,
        ),
        Level(
            "near address, near surname",
            f"{STREET} and {NEAR}",
            "nearly the same address, part of the surname or spelt almost alike",
            counted=True,
        ),
        Level("near address", STREET, "nearly the same address, another surname", counted=True),
        Level(
            "zip, surname, no address",
            f"{NO_ADDRESS} and zip_l = zip_r and {SAME}",
            "the same ZIP code and surname; an address is missing",
            "last_name",
            sums=("address, surname", "near address, surname", "zip, surname"),
        ),
        Level(
            "zip, surname",
            f"zip_l = zip_r and {SAME}",
            "the same ZIP code and surname, another address",
            "last_name",
            counted=True,
        ),
        Level(
            "state, surname",
            f"state_l = state_r and {SAME}",
            "the same state and surname, another ZIP code",
            "last_name",
            counted=True,
        ),
        Level("surname", SURNAME, "the same surname, another state", "last_name", counted=True),
        Level(
            "zip, near surname",
            f"zip_l = zip_r and {NEAR}",
            "the same ZIP code, part of the surname or spelt almost alike",
        ),
        Level(
            "state, near surname",
            f"state_l = state_r and {NEAR}",
            "the same state, part of the surname or spelt almost alike",
        ),
        Level("near surname", NEAR, "another state, part of the surname or spelt almost alike"),
        Level("zip", "zip_l = zip_r", "the same ZIP code, another surname", counted=True),
        Level("state", "state_l = state_r", "the same state, another surname", counted=True),
        Level("other", ELSE, "another state and surname"),
    ),
)
