SELECT sha256($import || '|' || state_voter_id) AS event_id, state_voter_id, CAST(value AS VARCHAR) AS value,
       row_number() OVER (ORDER BY state_voter_id) AS source_line
FROM own_scores ORDER BY state_voter_id
