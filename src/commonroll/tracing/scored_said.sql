CREATE OR REPLACE TEMP TABLE scored_said AS
SELECT state_voter_id, version, value FROM read_parquet($path) AS held
WHERE value IS NOT NULL AND state_voter_id IN (SELECT state_voter_id FROM said)
