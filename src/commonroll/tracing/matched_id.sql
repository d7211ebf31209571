-- Ids that two voters share without their separators and zeros are nobody's.
WITH ids AS (
    SELECT bare_id(state_voter_id) AS id, any_value(state_voter_id) AS state_voter_id, any_value(decoy) AS decoy
    FROM known GROUP BY 1 HAVING count(DISTINCT state_voter_id) = 1
)
INSERT INTO traced
SELECT leaked.line, ids.state_voter_id, ids.decoy, 'id' FROM leaked JOIN ids ON bare_id(leaked.:column) = ids.id
