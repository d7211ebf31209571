-- {key}: one of two names of an id, never a text of a user's. An engine that hashes otherwise makes every row
-- one that changed, once.
SELECT voter.{key} AS key, hash(voter) AS digest
FROM read_parquet($paths) AS voter
