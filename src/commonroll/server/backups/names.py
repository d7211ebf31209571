"""Names of what backups leave below the home, and of what lies in them beside its files."""

ASIDE = "backing-up"
"""HOME/backing-up: what is being sealed; emptied by the next backup where one was killed."""
LAST = "last-backup"
"""HOME/last-backup: when the last one was made."""
DUMP = "database.dump"
"""The dump of a PostgreSQL database."""
