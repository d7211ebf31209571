"""Every text colour of the tokens stands out from its ground as WCAG AA asks, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commonroll.server import settings

TOKENS = (Path(settings.__file__).parent / "static/css/tokens.css").read_text()
TEXT, MARK = 4.5, 3.0
"""WCAG 2.2, 1.4.3 (text) and 1.4.11 (parts of controls and charts)."""

PAIRS = [
    # what stands out      from what                                 by at least
    ("ink", ("paper", "surface", "sunken", "raised", "accent-soft"), TEXT),
    ("ink-2", ("paper", "surface", "sunken", "accent-soft"), TEXT),
    ("ink-3", ("paper", "surface", "raised"), TEXT),
    ("accent", ("paper", "surface", "sunken", "accent-soft"), TEXT),
    ("on-accent", ("accent", "accent-strong"), TEXT),
    ("good", ("surface", "good-soft"), TEXT),
    ("warn", ("surface", "warn-soft"), TEXT),
    ("bad", ("surface", "bad-soft"), TEXT),
    ("ink", ("good-soft", "warn-soft", "bad-soft"), TEXT),
    ("focus", ("paper", "surface", "sunken"), MARK),
    ("line-strong", ("surface", "paper"), MARK),
    ("bar", ("surface", "sunken"), MARK),
    ("hatch", ("surface",), 2.5),
]
PURPOSES = re.findall(r'\[data-purpose="([^"]+)"\]', TOKENS)


def tokens(text: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", text)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "grounds", "least"), PAIRS)
def test_tokens(name: str, grounds: tuple[str, ...], least: float, theme: int) -> None:
    known = tokens(TOKENS[: TOKENS.index("[data-purpose")])
    found = {ground: contrast(known[name][theme], known[ground][theme]) for ground in grounds}
    assert {ground: round(ratio, 2) for ground, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_each_purpose_is_readable_in_its_own_hue(purpose: str, theme: int) -> None:
    own = tokens(re.search(rf'\[data-purpose="{purpose}"\] {{(.*)}}', TOKENS)[1])  # type: ignore[index]
    known = tokens(TOKENS)
    assert contrast(own["purpose"][theme], own["purpose-soft"][theme]) >= TEXT
    assert contrast(known["on-purpose"][theme], own["purpose"][theme]) >= TEXT
    assert contrast(known["ink-2"][theme], own["purpose-soft"][theme]) >= TEXT


def test_steps_of_a_map_grow_in_one_direction() -> None:
    known = tokens(TOKENS)
    for theme, rising in ((0, False), (1, True)):
        ramp = [luminance(known[f"step-{n}"][theme]) for n in range(6)]
        assert ramp == sorted(ramp, reverse=not rising)
