"""The modules whose functions answer routes; each registers them by `serves` when it is imported."""

from __future__ import annotations

from commonroll.server.van import (
    bulk,
    canvass,
    changes,
    codes,
    contacts,
    event_types,
    events,
    export_jobs,
    lists,
    loading,
    locations,
    openapi,
    own,
    people,
    questions,
    scores,
    signups,
    source,
    vocabularies,
)

MODULES = (
    bulk,
    canvass,
    changes,
    codes,
    contacts,
    event_types,
    events,
    export_jobs,
    lists,
    loading,
    locations,
    openapi,
    own,
    people,
    questions,
    scores,
    signups,
    source,
    vocabularies,
)
"""A module that is not here answers nothing."""
