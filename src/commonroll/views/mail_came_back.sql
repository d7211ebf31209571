-- Of whom a piece came back from the address that it went to: of pieces in `keys` whose codes are in `codes`.
SELECT DISTINCT owner, state_voter_id AS voter_key, household
FROM read_parquet($keys)
WHERE code IN (SELECT code FROM read_parquet($codes))
