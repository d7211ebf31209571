"""How phone numbers and e-mail addresses are compared."""

from __future__ import annotations

from commonroll.identity.comparison import ELSE, SHARES_HOME, Comparison, Level, missing
from commonroll.identity.conditions import PLACE

PHONE = Comparison(
    "phone",
    "phone",
    missing("phone"),
    (
        Level(
            "same at home",
            f"phone_l = phone_r and coalesce({PLACE}, false)",
            "the same phone at the same address",
            m=0.6,
            u=0.4,
            why=SHARES_HOME,
        ),
        Level(
            "same",
            "phone_l = phone_r",
            "the same phone",
            m=0.6,
            u=0.6 / 2**10,
            why="numbers pass from one to another: ten bits at most",
        ),
        Level("other", ELSE, "another phone", m=0.4, u=0.8, why="people change numbers"),
    ),
)
EMAIL = Comparison(
    "email",
    "e-mail",
    missing("email"),
    (
        Level(
            "same at home",
            f"email_l = email_r and coalesce({PLACE}, false)",
            "the same e-mail at the same address",
            m=0.6,
            u=0.12,
            why=SHARES_HOME,
        ),
        Level(
            "same",
            "email_l = email_r",
            "the same e-mail",
            m=0.6,
            u=0.6 / 2**11,
            why="couples share one: eleven bits at most",
        ),
        Level("other", ELSE, "another e-mail", m=0.4, u=0.8, why="people have several"),
    ),
)
