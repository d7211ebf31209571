"""How birth is compared: a day, a year or an age, and what tells a father from his son."""

from __future__ import annotations

from commonroll.identity.comparison import ELSE, ONE_MAN, Comparison, Level, missing
from commonroll.identity.conditions import FULL, NEW_YEAR, PLACE, RELATIVES, SWAPPED, TWO_PARTS, of_kin

BIRTH = Comparison(
    "birth",
    "birth",
    missing("born_from"),
    (
        Level(
            "twins",
            f"{FULL} and dob_l = dob_r and {RELATIVES} and coalesce({of_kin(PLACE)}, false)",
            "the same birth date, as twins have, with another first name",
            like="full date",
        ),
        Level(
            "twins apart",
            f"{FULL} and dob_l = dob_r and {RELATIVES}",
            "the same birth date, as twins have that moved apart, with another first name",
            like="full date",
        ),
        Level(
            "couple",
            f"birth_year_l = birth_year_r and {RELATIVES} and coalesce({of_kin(PLACE)}, false)",
            "the same birth year, as couples often have, with another first name",
            m=0.145,
            why="the sum of all levels with one year",
        ),
        Level("full date", f"{FULL} and dob_l = dob_r", "the same birth date", like="full date"),
        Level(
            "year alone",
            "(length(dob_l) = 4 or length(dob_r) = 4) and birth_year_l = birth_year_r",
            "the same birth year, the day not published",
        ),
        Level(
            "age fits",
            "(birth_year_l is null or birth_year_r is null)"
            " and born_from_l <= born_to_r and born_from_r <= born_to_l",
            "a birth year that fits the age",
            m=0.96,
            u=0.035,
            why="an age fits two of about sixty years",
        ),
        Level(
            "edit or swap",
            f"{FULL} and (damerau_levenshtein(dob_l, dob_r) <= 1 or ({SWAPPED}))",
            "a birth date with one slip, or day and month swapped",
        ),
        Level(
            "year, 1 January",
            f"{FULL} and birth_year_l = birth_year_r and {NEW_YEAR}",
            "the same birth year, one date a 1 January",
        ),
        Level("two parts", f"{FULL} and {TWO_PARTS}", "a birth date of which two parts of three agree"),
        Level("same year", "birth_year_l = birth_year_r", "the same birth year, another day", least_m=0.001),
        Level(
            "gap",
            "greatest(born_from_l - born_to_r, born_from_r - born_to_l) > 11",
            "birth years more than eleven years apart",
            m=0.0005,
            why=ONE_MAN,
        ),
        Level("other", ELSE, "another birth date", least_m=0.0025),
    ),
)
