WITH refs AS (
    SELECT state_voter_id, decoy, left(commonroll_hmac($inner, $outer, state_voter_id), 32) AS ref FROM known
)
INSERT INTO traced
SELECT leaked.line, refs.state_voter_id, refs.decoy, 'pseudonym' FROM leaked JOIN refs ON lower(leaked.:column) = refs.ref
WHERE leaked.line NOT IN (SELECT line FROM traced)
