"""What a count shows, to take along: the numbers as CSV, the bars as a picture. Each is a question anew.

Neither leaves out who is missing: a number without its gaps would pass for the whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from html import escape

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.server.actions import questions as actions
from commonroll.server.models import Member
from commonroll.server.pages.answer import COUNTY, Asked, once, owner_bars, split
from commonroll.server.pages.figures import Bar, bars
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.pages.universe import state_letters
from commonroll.server.templatetags.pages import purpose, words
from commonroll.views.counts import Answer
from commonroll.views.export import harmless

ROW, TOP, LABEL, BED, NUMBER = 26, 64, 220, 440, 90
"""Units of the picture: a bar's row, the head's height, the widths of words, bars and numbers."""
LONGEST_LABEL, LONGEST_LINE = 32, 110


@require_POST
@member_page("count")
def counts(request: ActingRequest) -> HttpResponse:
    """A row for each owner and combination of values; missing owners have no number, but a reason."""
    asked, answer = _answered(request)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(["owner", *answer.by, "voters", "missing_because"])
    for row in answer.rows:
        lines.writerow([row.owner, *(harmless(str(value)) for value in row.by), row.n, ""])
    for gap in once(answer.gaps):
        lines.writerow([gap.owner, *("" for _ in answer.by), "", harmless(gap.sentence)])
    return _file(out.getvalue(), "text/csv; charset=utf-8", f"{_name(asked)}.csv")


@require_POST
@member_page("count")
def chart(request: ActingRequest) -> HttpResponse:
    """The bars that the page shows, by the first split or by owner, with the question and what is missing."""
    asked, answer = _answered(request)
    names = dict(Member.objects.values_list("key", "name"))
    if asked.down:
        shown = split(answer, asked, state_letters() if asked.down == COUNTY else {})
        drawn, number = shown["split_bars"], shown["split_count"]
    else:
        held = owner_bars(answer, asked, names)
        drawn = bars([(one.name, one.value) for one in held if one.value is not None])
        number = len(drawn)
    title = f"{answer.total:,} voters by {words(asked.down) if asked.down else 'owner'}"
    notes = [
        *([f"The {len(drawn)} largest of {number:,}"] if number > len(drawn) else []),
        asked.where or "everybody",
        f"{request.acting.member.name}, {purpose(request.acting.purpose).lower()}, {timezone.now():%Y-%m-%d}",
        *(f"Missing: {names.get(gap.owner, gap.owner)}. {gap.sentence}" for gap in once(answer.gaps)),
    ]
    return _file(picture(title, drawn, notes), "image/svg+xml", f"{_name(asked)}.svg")


def _answered(request: ActingRequest) -> tuple[Asked, Answer]:
    asked = Asked.of(request.POST)
    answer = actions.count(
        home=settings.HOME,
        viewer=request.acting.member,
        purpose=request.acting.purpose,
        where=asked.where,
        by_columns=asked.by,
        by=request.acting.actor,
    )
    return asked, answer


def picture(title: str, drawn: Sequence[Bar], notes: Sequence[str]) -> str:
    """Bars as an SVG that stands alone: no style, script or font of a page."""
    height = TOP + ROW * len(drawn) + 20 * len(notes) + 24
    width = LABEL + BED + NUMBER + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" font-family="system-ui, sans-serif" font-size="14" fill="#17202b">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="20" y="36" font-size="20" font-weight="600">{escape(title)}</text>',
    ]
    for at, bar in enumerate(drawn):
        y = TOP + ROW * at
        long = BED * float(bar.length) / 100
        lines += [
            f'<text x="{LABEL + 10}" y="{y + 16}" text-anchor="end">{_cut(bar.label, LONGEST_LABEL)}</text>',
            f'<rect x="{LABEL + 20}" y="{y + 2}" width="{long:.1f}" height="18" rx="3" fill="#2348a8"/>',
            f'<text x="{LABEL + 28 + long:.1f}" y="{y + 16}">{bar.value:,}</text>',
        ]
    for at, note in enumerate(notes):
        y = TOP + ROW * len(drawn) + 20 * at + 24
        lines.append(f'<text x="20" y="{y}" font-size="12" fill="#4c5866">{_cut(note, LONGEST_LINE)}</text>')
    return "\n".join([*lines, "</svg>\n"])


def _cut(text: str, most: int) -> str:
    return escape(text if len(text) <= most else f"{text[: most - 1]}…")


def _name(asked: Asked) -> str:
    split_by = "-".join(name for name in (asked.down, asked.across) if name)
    return f"count-{split_by.replace('_', '-') or 'owners'}-{timezone.now():%Y-%m-%d}"


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
