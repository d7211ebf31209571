"""A member's own tables on disk: snapshots, catalogue, locks, events, suppression, retention."""
