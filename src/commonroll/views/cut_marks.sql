-- {key}: one of two names of an id, never a text of a user's
SELECT voter.{key} AS key, md5_number_lower(CAST(to_json(voter) AS VARCHAR)) AS digest
FROM read_parquet($paths) AS voter
ORDER BY key
