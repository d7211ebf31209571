"""Files that wait to be downloaded while somebody on them asks to stop: looked through before each piece."""

from __future__ import annotations

from contextlib import closing

from django.conf import settings
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.vault import suppression
from commonroll.roll.vault.vault import Vault
from commonroll.server import carried, duties, stops, wall
from commonroll.server.home import Home
from commonroll.server.models import Extract, Lent, Member
from commonroll.views.protection import channels
from commonroll.views.question import check

AT_ONCE = 256
"""Files whose last look is remembered, so that a piece of a download costs one reading of a setting."""

_looked: dict[str, str] = {}


@wall.node()
def look(extract: Extract) -> None:
    """Recall what must be recalled of an extract now; raises Refusal where one's own people on it must leave.

    The file goes; it is made again without them.
    """
    home: Home = settings.HOME
    lenders = Member.objects.filter(pk__in=Lent.objects.filter(extract=extract.pk).values("agreement__owner"))
    for owner in lenders:
        stops.bring(home, [owner.key])
        duties.recall_people(home, owner)
    owner = extract.viewer
    if owner.key not in extract.rows_by_owner:
        return
    stops.bring(home, [owner.key])
    held = Vault(home.vaults, owner.key)
    version = held.catalogue.setting(suppression.VERSION) or ""
    if _looked.get(str(extract.pk)) == version:
        return
    if _somebody(home, extract, held):
        (home.extracts / extract.file).unlink(missing_ok=True)
        raise Refusal(
            "somebody on this extract asked to stop; it stays here", next_step="make it again without them"
        )
    if len(_looked) >= AT_ONCE:
        _looked.clear()
    _looked[str(extract.pk)] = version


def _somebody(home: Home, extract: Extract, held: Vault) -> bool:
    """Whether a voter of one's own who must leave stands in the file."""
    opened = {suppression.EVERYTHING, *_opened(extract)}
    begun = (extract.started_at or extract.created_at) - duties.CLOCKS
    gone = suppression.leavers(held.catalogue, duties.LEAVING, held.path / "reports")
    ids = [
        row["state_voter_id"]
        for row in gone.to_pylist()
        if row["channel"] in opened and suppression.moment(row["since"]) >= begun
    ]
    path, whose = home.extracts / extract.file, "member"
    if extract.kind != Extract.Kind.ROWS:  # pieces and hashes name nobody: who they are of lies beside them
        path, whose = carried.keys_of(home, extract), "owner"
    if not ids or not path.exists():
        return False
    read = "read_parquet($path)" if path.suffix == ".parquet" else _CSV
    with closing(engine()) as con:
        query = (
            f"SELECT count(*) FROM {read} WHERE {whose} = $owner AND state_voter_id IN (SELECT unnest($ids))"
        )
        found = con.execute(query, {"path": str(path), "owner": held.member, "ids": ids}).fetchone()
    return bool(found and found[0])


_CSV = "read_csv($path, header = true, all_varchar = true, nullstr = '')"


def _opened(extract: Extract) -> frozenset[str]:
    return channels(check(carried.question_of(extract), timezone.now()))
