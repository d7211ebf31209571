"""The table of contents: read, roll, resolve, permit, view, release, record, in the order they are called.

`take`: a file becomes a roll. `permit`, `answer`, `show`, `release`: a question becomes a plan, receipts
and then an answer; `enlist` keeps whom it is about as a list on this machine, `walk` their doors, `meet`
reads whom a turf's doors have, `call` whom somebody calls. `match`, `learn`, `heed`: two rolls are compared
as both owners agreed.
Nothing here decides what may be seen (`views`) or how a receipt is kept (`transparency`); the journal and
the reader of agreements are Protocols that `server/` implements (`Permits`, `Receipts`).
"""

from commonroll.flow.hygiene import Learned, Sides, heed, learn, match, may_match
from commonroll.flow.loads import take
from commonroll.flow.permits import Permits, Permitted, Receipts
from commonroll.flow.questions import (
    Called,
    Doorstep,
    Listing,
    Made,
    Released,
    Shown,
    Walk,
    answer,
    call,
    enlist,
    meet,
    permit,
    release,
    show,
    show_page,
    walk,
)

__all__ = [
    "Called", "Doorstep", "Learned", "Listing", "Made", "Permits", "Permitted", "Receipts", "Released",
    "Shown", "Sides", "Walk", "answer", "call", "enlist", "heed", "learn", "match", "may_match", "meet",
    "permit", "release", "show", "show_page", "take", "walk",
]  # fmt: skip
