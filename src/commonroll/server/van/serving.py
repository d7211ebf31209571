"""The modules whose functions answer routes; each registers them by `serves` when it is imported."""

from __future__ import annotations

from commonroll.server.van import (
    bulk,
    canvass,
    changes,
    codes,
    contacts,
    export_jobs,
    lists,
    loading,
    own,
    people,
    questions,
    scores,
    source,
    vocabularies,
)

MODULES = (
    bulk, canvass, changes, codes, contacts, export_jobs, lists, loading, own, people, questions, scores,
    source, vocabularies,
)  # fmt: skip
"""A module that is not here answers nothing."""
