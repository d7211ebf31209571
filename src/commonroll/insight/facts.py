"""What an attribute is called: a list's headings as codes. Which claim of it counts: `views/claims.py`."""

from __future__ import annotations

import re
import unicodedata

LONGEST_CODE = 64


def attribute_code(name: str) -> str:
    """A column's heading as an attribute's code: `Owns Home?` is `owns_home`. Empty where nothing is left."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:LONGEST_CODE].rstrip("_")
