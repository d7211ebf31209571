"""What maps call their lines, and what each is to somebody on foot.

Words are those of OpenStreetMap (`highway`, `waterway`, `railway`; Geofabrik's `fclass`) and of the Census
Bureau's feature classes (`MTFCC`, https://www2.census.gov/geo/pdfs/reference/mtfccs2024.pdf).
"""

from __future__ import annotations

from collections.abc import Mapping

from commonroll.field.street_lines import HIGHWAYS
from commonroll.field.streets import Kind

KINDS: Mapping[str, Kind] = {
    **HIGHWAYS,
    "river": Kind.BARRIER, "canal": Kind.BARRIER, "rail": Kind.BARRIER, "light_rail": Kind.BARRIER,
    "s1100": Kind.BARRIER, "s1200": Kind.ARTERIAL, "s1400": Kind.LOCAL, "s1500": Kind.LOCAL,
    "s1630": Kind.BARRIER, "s1640": Kind.LOCAL, "s1740": Kind.LOCAL,
    "h3010": Kind.BARRIER, "h3013": Kind.BARRIER, "h3020": Kind.BARRIER,
    "r1011": Kind.BARRIER, "r1051": Kind.BARRIER,
}  # fmt: skip
"""By the word in small letters. Service ways, paths, alleys, streams and whatever else has no doors and parts
nobody from anybody is left out."""

UNKNOWN = ""
"""The class of a line in a file without classes: a local street."""

NAMES = (
    "name", "fullname", "full_name", "street", "streetname", "street_name", "st_name", "stname", "roadname",
    "road_name", "label",
)  # fmt: skip
CLASSES = ("highway", "fclass", "mtfcc", "waterway", "railway", "class", "road_class", "roadclass")
"""What the columns of names and classes may be called, in any case; the first that says something counts."""


def kind_of(word: str | None) -> Kind | None:
    """None for a line that is left out; a local street where nothing is said."""
    return KINDS.get(word.strip().lower()) if word and word.strip() else Kind.LOCAL
