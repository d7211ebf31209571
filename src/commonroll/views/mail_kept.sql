-- Whose pieces they are, by code: what a code that comes back is looked up in.
SELECT pieces.code, stands.row_no, owners.owner, stands.voter_key AS state_voter_id, left(md5(household), 16) AS household
FROM stands
JOIN pieces ON pieces.piece = stands.row_no
JOIN owners USING (owner_no)
ORDER BY code, owner, state_voter_id
