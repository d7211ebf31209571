"""What is held about a voter, a contact or a household, and which claim counts.

Every answer told at a door is a claim, and so is what a roll publishes: they are read as claims where they
stand, not copied. The rule is in `views/claims.py`, since lists read by it, too.
"""

from __future__ import annotations

import re
import unicodedata

from commonroll.views.claims import KINDS, STANDINGS, best, claims, published, standings, told

__all__ = [
    "KINDS", "STANDINGS", "attribute_code", "best", "claims", "published", "standings", "told",
]  # fmt: skip

LONGEST_CODE = 64


def attribute_code(name: str) -> str:
    """A column's heading as an attribute's code: `Owns Home?` is `owns_home`. Empty where nothing is left."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_CODE].rstrip("_")
