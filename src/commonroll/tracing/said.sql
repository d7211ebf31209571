-- What a column says of each matched voter, each value once: shares from 0 to 1 are taken times 100.
CREATE OR REPLACE TEMP TABLE said AS
WITH read AS (
    SELECT traced.state_voter_id, number_said(leaked.:column) AS value
    FROM traced JOIN leaked ON leaked.line = traced.line
    WHERE NOT traced.decoy
)
SELECT DISTINCT state_voter_id,
    CASE WHEN (SELECT max(value) FROM read) <= 1 THEN value * 100 ELSE value END AS value
FROM read WHERE value IS NOT NULL
