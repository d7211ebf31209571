"""Counties of uses that were entered before entries named any: those that the terms leave."""

from __future__ import annotations

from commonroll.server import wall
from commonroll.server.meaning import grant_of
from commonroll.server.models import USES, Agreement, Journal, Tally
from commonroll.views.counties import CODE, left


@wall.node()
def fill() -> int:
    """Name the counties of such uses; how many uses had none before. The same again changes nothing."""
    uses = Journal.objects.filter(type__in=USES, counties=[])
    filled = 0
    for agreement in Agreement.objects.filter(urn__in=uses.values("agreement")).select_related("owner"):
        grant = grant_of(agreement)
        counties = left(agreement.owner.state, grant.scope.get(CODE), grant.universe, None)
        if counties and (named := uses.filter(agreement=agreement.urn).update(counties=list(counties))):
            filled += named
            # they were added up without
            Tally.objects.filter(log=agreement.owner.key).delete()
    return filled
