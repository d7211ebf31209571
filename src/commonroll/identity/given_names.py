"""How first and middle names, sex and suffix are compared."""

from __future__ import annotations

from commonroll.identity.comparison import ELSE, ONE_MAN, RARE, SLIPS, Comparison, Level, missing
from commonroll.identity.conditions import (
    CROSSED,
    HOME,
    NAMESAKES,
    NEARLY_CROSSED,
    OTHER_BIRTH,
    SAME_DAY,
    SHORT,
    UNDATED,
)

FIRST_NAME = Comparison(
    "first_name",
    "first name",
    missing("first_name"),
    (
        Level(
            "same, other birth",
            f"{NAMESAKES} and {OTHER_BIRTH}",
            "the same first name, as a father's and his son's",
            like="same",
        ),
        Level(
            "same, no birth",
            f"{NAMESAKES} and {UNDATED} and {HOME}",
            "the same first name in one home, a birth not published",
            like="same",
        ),
        Level(
            "same, one birth date",
            f"{SAME_DAY} and first_name_l = first_name_r",
            "the same first name, of one year's fashion",
            "first_name",
            like="same",
        ),
        Level(
            "same",
            "first_name_l = first_name_r",
            "the same first name",
            "first_name",
            counted=True,
            like="same",
        ),
        Level(
            "nickname",
            "list_has_any(coalesce(names_l, [first_name_l]), coalesce(names_r, [first_name_r]))",
            "a nickname of the other",
        ),
        Level(
            "transposed",
            f"{CROSSED} or {NEARLY_CROSSED}".replace("kin_first", "first_name").replace(
                "last_name", "kin_last"
            ),
            "first and last name swapped",
            m=0.002,
            u=6e-4,
            why="too rare in training data; the surname counts what swapped names share",
            least_m=0.0005,
        ),
        Level(
            "half transposed",
            "first_name_l = kin_last_r or kin_last_l = first_name_r",
            "the other's last name",
            m=0.0005,
            u=2e-4,
            why=RARE,
            least_m=0.0001,
        ),
        Level(
            "initial",
            "(length(first_name_l) = 1 or length(first_name_r) = 1) and first_name_l[1] = first_name_r[1]",
            "the initial of the other",
            m=0.9,
            u=0.07,
            why=RARE,
        ),
        Level(
            "other initial",
            "length(first_name_l) = 1 or length(first_name_r) = 1",
            "another initial",
            m=0.1,
            u=0.93,
            why=RARE,
        ),
        Level("short form", SHORT, "the beginning of the other"),
        Level("close", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.92", "spelt almost alike"),
        Level("alike", "jaro_winkler_similarity(first_name_l, first_name_r) >= 0.85", "spelt somewhat alike"),
        Level("other", ELSE, "another first name"),
    ),
)
MIDDLE_NAME = Comparison(
    "middle_name",
    "middle name",
    # father and son share it as they share the last name
    f"{missing('middle_name')} or (kin_last_l = kin_last_r and middle_initial_l = middle_initial_r"
    f" and ({OTHER_BIRTH} or ({UNDATED} and {HOME})))",
    (
        Level("same", "middle_name_l = middle_name_r and length(middle_name_l) > 1", "the same middle name"),
        Level("initial", "middle_initial_l = middle_initial_r", "the same middle initial"),
        Level("other", ELSE, "another middle name", least_m=0.02),
    ),
)
SEX = Comparison(
    "sex",
    "sex",
    # who bears the same first name is of the same sex: that is no evidence of its own
    f"{missing('sex')} or (sex_l = sex_r and kin_first_l = kin_first_r)",
    (
        Level("same", "sex_l = sex_r", "the same sex", m=0.996, why=SLIPS),
        Level("other", ELSE, "another sex", m=0.004, why=SLIPS),
    ),
)
SUFFIX = Comparison(
    "suffix",
    "suffix",
    missing("suffix"),
    (
        Level(
            "same",
            "suffix_l = suffix_r or (suffix_l in ('JR', 'II') and suffix_r in ('JR', 'II'))",
            "the same suffix",
            m=0.95,
            u=0.5,
            why=ONE_MAN,
        ),
        Level("other", ELSE, "another suffix", m=0.05, u=0.5, why=ONE_MAN),
    ),
)
