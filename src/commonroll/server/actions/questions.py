"""Questions to the governed view: counts, rows on a screen, extracts, and what a draft would show."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from commonroll import flow
from commonroll.agreements.profile import PURPOSES, Mode
from commonroll.errors import Refusal
from commonroll.flow import Shown
from commonroll.server import budgets, carried, duties, hinting
from commonroll.server.actions.diary import receipt
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.listed import kept_to
from commonroll.server.models import Extract, Journal, Member
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts, WordWanted
from commonroll.views.counts import Answer
from commonroll.views.export import Format
from commonroll.views.lent import Record
from commonroll.views.protection import channels
from commonroll.views.question import check
from commonroll.views.universe import parse
from commonroll.views.view import Gap, Question

SCREEN_ROWS = 500


def question(
    *,
    viewer: Member,
    purpose: str,
    mode: Mode,
    where: str = "",
    by_columns: Sequence[str] = (),
    columns: Sequence[str] = (),
    limit: int | None = None,
) -> Question:
    """A typed question; `Refusal` for an unknown purpose, `UniverseError` for a WHERE that does not parse."""
    if purpose not in PURPOSES:
        raise Refusal(
            f"there is no purpose {purpose!r}", next_step=f"purposes: {', '.join(sorted(PURPOSES))}"
        )
    return Question(
        viewer=viewer.key,
        purpose=purpose,
        mode=mode,
        where=parse(where) if where.strip() else None,
        by=tuple(by_columns),
        columns=tuple(columns),
        limit=limit,
    )


def count(
    *,
    home: Home,
    viewer: Member,
    purpose: str,
    where: str = "",
    by_columns: Sequence[str] = (),
    live: bool = False,
    by: Actor,
) -> Answer:
    """Count voters over every owner that grants what the question uses; receipts first.

    `live` is for counts while somebody types: their receipts fold by the minute.
    """
    by.require("count", viewer)
    asked = question(viewer=viewer, purpose=purpose, mode="count", where=where, by_columns=by_columns)
    return flow.answer(
        asked, DatabasePermits(home), DatabaseReceipts(home=home, viewer=viewer, by=by, live=live)
    )


def as_dict(answer: Answer) -> dict[str, Any]:
    """An answer as one JSON document: total, by, rows, by_owner, gaps."""
    return {
        "total": answer.total,
        "by": list(answer.by),
        "rows": [{**dict(zip(answer.by, values, strict=True)), "n": n} for values, n in answer.grouped()],
        "by_owner": dict(answer.by_owner),
        "gaps": [gap_dict(gap) for gap in answer.gaps],
    }


def gap_dict(gap: Any) -> dict[str, Any]:
    return {
        "owner": gap.owner,
        "reason": gap.reason,
        "columns": list(gap.columns),
        "agreement": gap.agreement,
        "sentence": gap.sentence,
    }


def rows(*, home: Home, viewer: Member, purpose: str, where: str, columns: Sequence[str], by: Actor) -> Shown:
    """The first rows of a universe on a screen."""
    by.require("view", viewer)
    asked = question(
        viewer=viewer, purpose=purpose, mode="view", where=where, columns=columns, limit=SCREEN_ROWS
    )
    return flow.show(asked, DatabasePermits(home), DatabaseReceipts(home=home, viewer=viewer, by=by))


# Extracts


def ask_extract(
    *,
    viewer: Member,
    purpose: str,
    where: str,
    columns: Sequence[str],
    format: str,
    by: Actor,
) -> Extract:
    """Note an extract to be made by a job; a question that cannot be asked is refused at once."""
    by.require("export", viewer)
    if format not in Extract.Format.values:
        raise Refusal("there is no such format", next_step=f"formats: {', '.join(Extract.Format.values)}")
    question(viewer=viewer, purpose=purpose, mode="export", where=where, columns=columns)
    return Extract.objects.create(
        viewer=viewer,
        purpose=purpose,
        where=where,
        columns=list(columns),
        format=format,
        by=by.label,
    )


def export(
    *,
    home: Home,
    viewer: Member,
    purpose: str,
    where: str,
    columns: Sequence[str],
    format: str,
    by: Actor,
) -> Extract:
    """Make an extract in this process."""
    extract = ask_extract(viewer=viewer, purpose=purpose, where=where, columns=columns, format=format, by=by)
    run_extract(home=home, extract=extract, by=by)
    return extract


def run_extract(*, home: Home, extract: Extract, by: Actor) -> None:
    """Write the rows aside, log them, and put the file in place once a checkpoint covers its receipts."""
    by.require("export", extract.viewer)
    extract.state, extract.started_at, extract.stage = Extract.State.RUNNING, timezone.now(), "writing rows"
    extract.save()
    words = frozenset(word["agreement"] for word in extract.words.values() if word["by"])
    receipts = DatabaseReceipts(home=home, viewer=extract.viewer, by=by, words=words)
    asked = carried.question_of(extract)
    if extract.listed:
        asked = replace(asked, listed=kept_to(home, extract.listed))
    target = home.extracts / f"{extract.pk}.{extract.format}"
    record = Record(home.vaults, str(extract.pk), extract.viewer.key)
    permits = DatabasePermits(home)
    try:
        released = flow.release(
            asked,
            permits,
            receipts,
            to=target,
            fmt=cast(Format, extract.format),
            record=record,
            made=carried.made_of(home, extract),
            hints=partial(hinting.of_extract, home, extract),
        )
    except WordWanted as wanted:
        carried.forget(home, extract)
        _hold(extract, wanted)
        raise WordWanted(wanted.agreements, wanted.rows, f"export {extract.pk}") from wanted
    except Refusal as refusal:
        carried.forget(home, extract)
        _end(extract, Extract.State.REFUSED, str(refusal))
        raise
    except OSError as error:
        carried.forget(home, extract)
        full = Refusal("the disk has no room for the extract", next_step="free some room, then try again")
        _end(extract, Extract.State.FAILED, str(full))
        raise full from error
    except BaseException:
        carried.forget(home, extract)
        _end(extract, Extract.State.FAILED, "the extract stopped; nothing left, make it again")
        raise
    gaps = (*released.gaps, *_left_out(home, asked, permits, released))
    _done(extract, replace(released, gaps=gaps), receipts.rows, channels(check(asked, timezone.now())))
    for owner in Member.objects.filter(key__in=released.file.rows_by_owner):
        # whoever was to leave while the rows were written is in them
        duties.recall_people(home, owner)


def _left_out(
    home: Home, asked: Question, permits: DatabasePermits, released: flow.Released
) -> tuple[Gap, ...]:
    """How many rows of each owner contact budgets kept out of a file: counted by asking without them."""
    if not permits.spent:
        return ()
    whole = DatabasePermits(home, budgets=False)
    try:
        plan = flow.permit(asked, whole)
        with whole.reading(plan):
            rows = plan.expression.group_by("owner_no").agg(n=plan.expression.count())
            counted = plan.con.to_pyarrow(rows).to_pylist()
    except Refusal:  # the agreement ended since: nothing of it is counted any more
        return ()
    found = {plan.owners[row["owner_no"] - 1]: row["n"] for row in counted}
    names = dict(Member.objects.values_list("key", "name"))
    left = {key: found.get(key, 0) - released.file.rows_by_owner.get(key, 0) for key in permits.spent}
    return tuple(
        budgets.gap(key, names.get(key, key), plan.used[key].number, n) for key, n in left.items() if n > 0
    )


@transaction.atomic
def _done(extract: Extract, released: flow.Released, receipts: Sequence[int], opened: frozenset[str]) -> None:
    file = released.file
    extract.file = f"{extract.pk}.{extract.format}"
    extract.sha256, extract.rows = file.sha256, file.rows
    extract.rows_by_owner, extract.receipts = dict(file.rows_by_owner), list(receipts)
    extract.gaps = [gap_dict(gap) for gap in released.gaps]
    extract.state, extract.fraction, extract.stage = Extract.State.DONE, 1.0, "done"
    extract.ended_at = timezone.now()
    extract.save()
    used = Journal.objects.filter(pk__in=receipts).exclude(agreement="").values_list("agreement", flat=True)
    duties.lend(extract, file, used, opened, extract.started_at or extract.created_at)


def _hold(extract: Extract, wanted: WordWanted) -> None:
    """The file is gone again; what is kept is whose word it waits for, and how many rows of each it had."""
    extract.words |= {key: {"agreement": a.urn, "by": ""} for key, a in wanted.agreements.items()}
    extract.rows_by_owner = wanted.rows
    _end(extract, Extract.State.HELD, str(wanted))


def _end(extract: Extract, state: str, message: str) -> None:
    extract.state, extract.message, extract.ended_at = Extract.State(state), message, timezone.now()
    extract.save()


def extract_of(*, viewer: Member, pk: str, by: Actor) -> Extract:
    """An extract of the member one acts for; nobody else's exists."""
    by.require("export", viewer)
    found = Extract.objects.filter(pk=pk, viewer=viewer).first()
    if found is None:
        raise Unknown("there is no such extract", next_step="see the list of your extracts")
    return found


def extract_dict(extract: Extract) -> dict[str, Any]:
    """An extract as one JSON document."""
    return {
        "id": str(extract.pk),
        "rows": extract.rows,
        "rows_by_owner": extract.rows_by_owner,
        "sha256": extract.sha256,
        "gaps": extract.gaps,
        "receipts": len(extract.receipts),
    }


def proofs(*, home: Home, extract: Extract, by: Actor) -> dict[str, str]:
    """The `.tlog-proof` of each owner's receipt for an extract, by owner."""
    rows = Journal.objects.filter(pk__in=extract.receipts, index__isnull=False)
    return {r.log: receipt(home=home, log=r.log, index=r.index or 0, by=by) for r in rows}


def deliver(*, home: Home, extract: Extract, target: Path) -> list[Path]:
    """Put a finished extract and its proofs where the command line asked for them; the proofs' paths."""
    aside = target.with_name(f".{target.name}.part")
    shutil.copyfile(home.extracts / extract.file, aside)
    aside.replace(target)
    found = []
    for owner, text in proofs(home=home, extract=extract, by=Actor.command_line()).items():
        path = target.with_name(f"{target.name}.{owner}.tlog-proof")
        path.write_text(text)
        found.append(path)
    return found


def close_interrupted_extracts() -> int:
    """Extracts that a killed process left running never left; they are noted as stopped."""
    return Extract.objects.filter(state=Extract.State.RUNNING).update(
        state=Extract.State.FAILED,
        message="the extract stopped; nothing left, make it again",
        ended_at=timezone.now(),
    )
