SELECT owner, state_voter_id, value FROM (
    SELECT owner, state_voter_id, value FROM new_scores WHERE value IS NOT NULL
    UNION ALL
    SELECT owner, state_voter_id, value FROM old_scores ANTI JOIN new_scores USING (owner, state_voter_id)
) ORDER BY owner, state_voter_id
