-- Whose rows the audience was made of: who asks to stop before it left is looked for in it.
SELECT stands.row_no, owners.owner, stands.voter_key AS state_voter_id
FROM stands
JOIN owners USING (owner_no)
ORDER BY owner, state_voter_id
