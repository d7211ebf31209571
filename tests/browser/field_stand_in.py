"""What answers a phone in tests about the phone alone: the doors below /api/field/, in a few lines.

It opens what phones seal with the site's own reader and parses it as the site does; that the site itself
answers so is tested with the site (test_phone_site.py).
"""

from __future__ import annotations

import base64
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from commonroll.errors import Refusal
from commonroll.field import events, sealing

CODE = "QUAGGA-OKAPI"
STREETS = ("Larkspur St", "Foxglove Ave", "Clover Ln")
FIRST = ("Quagga", "Okapi", "Dodo", "Tapir", "Lynx", "Ibis", "Gnu", "Kea")
LAST = ("Horseborn", "Deerling", "Pigeonson", "Anteater", "Catwell", "Waders", "Plainsman", "Parrotti")
SECRETS = (*FIRST, *LAST, *(street.split()[0] for street in STREETS), "support_gov", "not_home", "talked")
"""None of these may be read in what a phone keeps."""

NOTE = {"id": "n1", "on": "2026-09-01", "text": "Buzzer broken"}
SCRIPT = {
    "name": "Governor", "version": 1, "languages": ["en", "es"], "consent": False, "shows": ["age"],
    "intro": {"en": "Hello, I am a neighbor.", "es": "Hola, soy del barrio."}, "start": "q1",
    "questions": [
        {"id": "q1", "code": "support_gov", "of": "person", "kind": "one", "next": None,
         "text": {"en": "Whom do you support for governor?", "es": "¿A quién apoya para gobernadora?"},
         "answers": [
             {"answer": "1", "text": {"en": "Strongly ours", "es": "Muy nuestra"}, "next": "q2"},
             {"answer": "3", "text": {"en": "Not decided", "es": "Sin decidir"}, "next": "q2"},
             {"answer": "5", "text": {"en": "Theirs", "es": "La otra"}, "next": "end"}]},
        {"id": "q2", "code": "issues", "of": "household", "kind": "many", "next": None,
         "text": {"en": "What matters to your household?", "es": "¿Qué importa en su hogar?"},
         "answers": [
             {"answer": "schools", "text": {"en": "Schools", "es": "Escuelas"}, "next": None},
             {"answer": "water", "text": {"en": "Water", "es": "Agua"}, "next": None}]}],
    "closing": {"en": "Thank you. Election day is November 3.", "es": "Gracias. Se vota el 3 de noviembre."},
}  # fmt: skip


def bundle_of(doors: int, urn: str, *, now: datetime, lives: timedelta, building: int = 12) -> dict[str, Any]:
    """A turf of invented people: houses along three streets, and one building of `building` flats, last."""
    houses = doors - building
    stops, households = [], []
    for i in range(houses):
        along, street = divmod(i, len(STREETS))
        stops.append({
            "id": i + 1, "lon": -76.58 + along * 0.0003, "lat": 39.28 + street * 0.0011, "side": street,
            "notes": [NOTE] if i == 1 else [], "households": [f"h{i}"],
        })  # fmt: skip
        households.append(_household(i, f"{10 + along * 2} {STREETS[street]}", None, None))
    if building:
        keys = [f"h{houses + i}" for i in range(building)]
        stops.append({"id": houses + 1, "lon": -76.5795, "lat": 39.2835, "side": None, "households": keys})
        households += [
            _household(houses + i, f"200 {STREETS[2]}", f"{i // 4 + 1}{'ABCD'[i % 4]}", i // 4 + 1)
            for i in range(building)
        ]
    order = [s["id"] for side in range(len(STREETS)) for s in stops if s["side"] == side]
    order += [s["id"] for s in stops if s["side"] is None]
    return {
        "turf": urn, "rev": 1, "issued_at": now.isoformat(), "expires_at": (now + lives).isoformat(),
        "receipt": 81237, "script": SCRIPT, "stops": stops, "households": households, "order": order,
        "walk": _walk(stops), "streets": _streets(), "drop": [], "member": "Ohio", "walker": "Kim",
        "languages": ["en", "es"],
    }  # fmt: skip


def _household(i: int, line: str, unit: str | None, floor: int | None) -> dict[str, Any]:
    people = [
        {"id": f"p{i}a", "name": f"{FIRST[i % 8]} {LAST[i // 8 % 8]}", "age": "35-44", "language": "es"},
        {"id": f"p{i}b", "name": f"{FIRST[(i + 3) % 8]} {LAST[i // 8 % 8]}", "age": "65+"},
    ]
    last = [{"on": "2026-09-01", "result": "not_home"}] if i % 3 == 0 else []
    return {"id": f"h{i}", "line": line, "unit": unit, "floor": floor, "people": people, "last": last}


def _walk(stops: list[dict[str, Any]]) -> str:
    metres = [
        min(65535, round(111_320 * 1.2 * (abs(a["lon"] - b["lon"]) * 0.77 + abs(a["lat"] - b["lat"]))))
        for i, a in enumerate(stops) for b in stops[i + 1 :]
    ]  # fmt: skip
    return base64.b64encode(struct.pack(f"<{len(metres)}H", *metres)).decode()


def _streets() -> dict[str, Any]:
    lines = [[[-76.582, 39.2797 + s * 0.0011], [-76.572, 39.2797 + s * 0.0011]] for s in range(4)]
    lines += [[[-76.58 + c * 0.003, 39.279], [-76.58 + c * 0.003, 39.284]] for c in range(3)]
    return {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}
        for line in lines]}  # fmt: skip


@dataclass
class StandIn:
    """One turf for whoever brings the code; `recorded` holds each event once, by its id."""

    doors: int = 60
    building: int = 12
    lives: timedelta = timedelta(hours=12)
    key: Any = field(default_factory=sealing.made)
    urn: str = field(default_factory=lambda: str(uuid.uuid4()))
    codes: set[str] = field(default_factory=lambda: {CODE})
    claimed: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    recorded: dict[str, events.Event] = field(default_factory=dict)
    acks: list[str] = field(default_factory=list)
    reject: set[str] = field(default_factory=set)
    """Kinds that are not taken."""
    drop: list[str] = field(default_factory=list)
    leave: dict[str, list[str]] = field(default_factory=dict)
    hide: list[str] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    revoked: bool = False
    told: list[str] = field(default_factory=list)
    """Of `return` and `wiped`, in their order."""

    def __call__(self, path: str, headers: Mapping[str, str], body: Any) -> tuple[int, dict[str, Any]]:
        name = path.split("?")[0]
        if name == "claim":
            return self._claim(body)
        token = headers.get("Authorization", "")
        if token not in ("Bearer all", "Bearer send") or (token == "Bearer send" and name == "bundle"):
            return 401, {"error": "This phone is not known.", "next": "Ask for a new code.", "do": ["wipe"]}
        if self.revoked and name not in ("events", "wiped"):
            return 410, {"error": "The turf was ended.", "next": "Ask for a new code.", "do": ["wipe"]}
        if name == "bundle":
            return 200, bundle_of(
                self.doors, self.urn, now=datetime.now(UTC), lives=self.lives, building=self.building
            )
        if name == "events":
            return self._events(body) if body is not None else (200, {"events": self.others, "cursor": 1})
        self.told.append(name)
        return 200, {}

    def _claim(self, body: Any) -> tuple[int, dict[str, Any]]:
        if again := self.claimed.get((body["code"], body["key"])):
            return 200, again
        if body["code"] not in self.codes:
            return 410, {"error": "This code was used.", "next": "Ask for a new one.", "do": []}
        self.codes.discard(body["code"])
        ends = datetime.now(UTC) + self.lives
        got = {
            "device": str(uuid.uuid4()), "token": "all", "send_token": "send",
            "server_key": sealing.public_jwk(self.key), "member": "Ohio", "turf": "Ward 4, turf 7",
            "walker": "Kim", "ends_at": ends.isoformat(), "doors": self.doors, "people": self.doors * 2,
        }  # fmt: skip
        self.claimed[body["code"], body["key"]] = got
        return 200, got

    def _events(self, body: Any) -> tuple[int, dict[str, Any]]:
        acks = [self._take(one) for one in body["events"]]
        self.acks += [ack["status"] for ack in acks]
        return 200, {
            "acks": acks,
            "do": ["wipe"] if self.revoked else [],
            "cursor": len(self.recorded),
            "drop": self.drop,
            "leave": self.leave,
            "hide": self.hide,
        }

    def _take(self, one: Any) -> dict[str, Any]:
        try:
            event = events.parse(sealing.open_(sealing.read(one), self.key))
        except Refusal as refusal:
            return {"id": one["id"], "status": "rejected", "reason": str(refusal)}
        if event.kind in self.reject:
            return {"id": event.id, "status": "rejected", "reason": "The script has changed."}
        status = "dup" if event.id in self.recorded else "held" if self.revoked else "ok"
        self.recorded.setdefault(event.id, event)
        return {"id": event.id, "status": status, "reason": ""}
