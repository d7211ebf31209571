"""Logs: each is re-derived from all its entries, then held against its key and against the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import load_plain_key
from commonroll.server import ahead
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.doctor.findings import Finding, Patient
from commonroll.server.logs import DatabaseJournal, folder
from commonroll.server.models import Federation, Journal, Member, Watched
from commonroll.transparency.checkpoint import open_checkpoint
from commonroll.transparency.verify import Verdict, verify_folder

CHECK = "log"
SLOW = timedelta(minutes=2)
"""Rows of the journal that wait longer have no sequencer."""
CLOCK_SKEW = timedelta(minutes=2)
EVIDENCE = "append nothing; keep the folder as evidence and compare it with a witness's or a backup's"


def examine(patient: Patient) -> Iterator[Finding]:
    """Findings of every log of the home, of the federation's too where no member is named."""
    fed = Federation.objects.get()
    known = [FEDERATION_LOG, *Member.objects.order_by("key").values_list("key", flat=True)]
    for log in known:
        if patient.wants(log):
            yield from _log(patient, fed, log)
    if not patient.member:
        yield from _strange(patient, set(known))


def _log(patient: Patient, fed: Federation, log: str) -> Iterator[Finding]:
    where = f"log/{log}"
    if not (patient.home.logs / log).is_dir():
        # the log of a member that left goes with it
        if not Member.objects.filter(key=log, left_at__isnull=False).exists():
            yield Finding(CHECK, where, "the log is missing", "put it back from the newest backup")
        return
    vkey, faults = _key(patient, fed, log)
    yield from faults
    if not vkey:
        return
    verdict = verify_folder(patient.home.logs / log, vkey)
    if not verdict.ok:
        yield Finding(CHECK, where, "the log does not verify: " + " ".join(verdict.sentences), EVIDENCE)
        return
    yield from _witnessed(patient, fed, log, vkey)
    yield from _clock(verdict, where)
    yield from _journal(patient, fed, log, verdict.size)


def _witnessed(patient: Patient, fed: Federation, log: str, vkey: str) -> Iterator[Finding]:
    """Whether a witness shows the log longer, or other, with the log's own signature; each is asked now."""
    opened = folder(patient.home, fed.origin, log)
    ahead.look(opened, log, [vkey])
    for row in Watched.objects.filter(log=log).exclude(evidence="").select_related("witness__member"):
        if why := ahead.contradicted(opened, open_checkpoint(row.evidence, [vkey], opened.origin)):
            yield Finding(
                CHECK, f"log/{log}", f"{why} The witness of {row.witness.member} shows it.",
                "nothing is signed until the log's folder fits: copy the missing files from a member's copy "
                "or a newer backup",
            )  # fmt: skip


def _key(patient: Patient, fed: Federation, log: str) -> tuple[str, list[Finding]]:
    """The key that verifies the log ('' where none is known), and what is wrong with the one that signs."""
    path, where = patient.home.log_key(log), f"secrets/{log}.log.key"
    known = Member.objects.filter(key=log).values_list("log_vkey", flat=True).first() or ""
    left = Member.objects.filter(key=log, left_at__isnull=False).exists()
    if not path.exists():
        missing = Finding(CHECK, where, "the key that signs this log is missing", "put it back from a backup")
        return known, [] if left else [missing]
    try:
        signs = load_plain_key(path, fed.log_origin(log)).vkey
    except Refusal as refusal:
        return known, [Finding(CHECK, where, refusal.what, "put the key back from a backup")]
    if known and signs != known:
        other = "this key is another than the one the federation knows the log by"
        return known, [Finding(CHECK, where, other, "put the log's own key back from a backup")]
    return known or signs, []


def _clock(verdict: Verdict, where: str) -> Iterator[Finding]:
    if verdict.last_at is None:
        return
    last = datetime.fromisoformat(verdict.last_at).astimezone(UTC)
    if last > timezone.now() + CLOCK_SKEW:
        yield Finding(
            "clock", where, f"the newest entry is of {verdict.last_at}, which is yet to come",
            "set this machine's clock right; until that time has come all new entries bear it",
        )  # fmt: skip


def _journal(patient: Patient, fed: Federation, log: str, size: int) -> Iterator[Finding]:
    where, marked = f"log/{log}", DatabaseJournal().folded_size(log)
    if marked > size:
        what = f"the journal counts {marked:,} entries, the log has {size:,}: the log was set back"
        yield Finding(CHECK, where, what, "stop the site; put the newer log folder back before it is written")
        return
    changed = _changed(patient, fed, log)
    if changed:
        what = f"{changed:,} entries differ from the journal's rows that they were made of"
        yield Finding(CHECK, where, what, EVIDENCE)
    waits = DatabaseJournal().oldest_unfolded(log)
    if waits is not None and waits < timezone.now() - SLOW:
        yield Finding(
            "pending", where, f"receipts wait for the log since {waits:%Y-%m-%d %H:%M} UTC",
            "see whether `commonroll serve` runs and can write there; any command folds them too",
        )  # fmt: skip
    elif waits is None and 0 < marked < size:
        what = f"the log has {size:,} entries, the journal knows {marked:,}: the database was set back"
        yield Finding(CHECK, where, what, "stop the site; put the database back that belongs to this log")


def _changed(patient: Patient, fed: Federation, log: str) -> int:
    """How many entries are not the bytes of their row; a log from elsewhere began before them."""
    rows = Journal.objects.filter(log=log, index__isnull=False).order_by("index")
    first = rows.values_list("index", flat=True).first()
    if first is None:
        return 0
    opened = folder(patient.home, fed.origin, log)
    entries = enumerate(opened.entries(first, opened.size), start=first)
    found, at, entry = 0, -1, b""
    for row in rows.only("index", "leaf").iterator(chunk_size=2_000):
        while row.index is not None and at < row.index:
            at, entry = next(entries, (row.index, b""))
        found += bytes(row.leaf) != entry
    return found


def _strange(patient: Patient, known: set[str]) -> Iterator[Finding]:
    there = patient.home.logs.iterdir() if patient.home.logs.is_dir() else ()
    for path in sorted(there):
        if path.name not in known:
            yield Finding(
                CHECK, f"log/{path.name}", "no member of this federation has this log",
                "see whose it is; the doctor leaves every log alone",
            )  # fmt: skip
