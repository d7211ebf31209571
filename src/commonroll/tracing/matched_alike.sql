INSERT INTO traced
SELECT told.line, told.state_voter_id, known.decoy, 'alike'
FROM read_parquet($path) AS told JOIN known USING (state_voter_id)
WHERE told.verdict = 'sure'
