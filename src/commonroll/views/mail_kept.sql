-- Whose pieces they are, by code: what a code that comes back is looked up in.
SELECT pieces.code, pieces.piece AS row_no, owners.owner, at_home.voter_key AS state_voter_id
FROM at_home
JOIN pieces USING (household)
JOIN owners USING (owner_no)
ORDER BY code, owner, state_voter_id
