-- A vault's catalogue: which version of which table makes which snapshot, and who is left out of every read.
CREATE TABLE IF NOT EXISTS snapshot (
    number     INTEGER PRIMARY KEY,
    parent     INTEGER,
    made_at    TEXT NOT NULL,
    load       TEXT NOT NULL,
    state      TEXT NOT NULL,
    layouts    TEXT NOT NULL,   -- JSON list of layout keys
    versions   TEXT NOT NULL,   -- JSON: table -> Delta version
    rows       TEXT NOT NULL,   -- JSON: table -> rows
    files      TEXT NOT NULL,   -- JSON: table -> file names below the table's folder
    retired_at TEXT             -- set by vacuum: no longer readable
);
CREATE TABLE IF NOT EXISTS appended (
    name    TEXT PRIMARY KEY,   -- an event table
    version INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    files   TEXT NOT NULL       -- JSON list
);
CREATE TABLE IF NOT EXISTS refused (
    load    TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    rows    INTEGER NOT NULL,
    files   TEXT NOT NULL       -- JSON list
);
CREATE TABLE IF NOT EXISTS suppressed (
    state_voter_id TEXT NOT NULL,
    channel        TEXT NOT NULL,   -- '' = every read
    reason         TEXT NOT NULL,
    since          TEXT NOT NULL,
    PRIMARY KEY (state_voter_id, channel, reason)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stop (       -- what every member was told of stops: keyed hashes, no number in clear
    seq     INTEGER NOT NULL,           -- of the federation's register
    kind    TEXT NOT NULL,              -- person, phone, email, address
    token   TEXT NOT NULL,
    channel TEXT NOT NULL,              -- as in suppressed
    reason  TEXT NOT NULL,              -- stop, shield
    since   TEXT NOT NULL,
    PRIMARY KEY (seq, channel)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stop_by_token ON stop (kind, token);
CREATE TABLE IF NOT EXISTS stopped (    -- this member's voters behind the hashes
    state_voter_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    token          TEXT NOT NULL,
    PRIMARY KEY (state_voter_id, kind, token)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stopped_by_token ON stopped (kind, token);
