SELECT owner, state_voter_id, value FROM read_scores
WHERE NOT (again OR outside OR bad) ORDER BY owner, state_voter_id
