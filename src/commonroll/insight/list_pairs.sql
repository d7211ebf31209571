-- Rows of one list that were not sure, each with the voters it may be, the likeliest first.
-- Relation: `hidden` (state_voter_id: whom no read shows). Parameters: $matched (file), $contacts (files),
-- $import_id.
WITH latest AS (
    SELECT contact_id, source_line, state_voter_id, removed
    FROM read_parquet($contacts)
    WHERE import_id = $import_id
    QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY loaded_at DESC, event_id DESC) = 1
),
offered AS (
    SELECT line, reason, unnest(alternatives) AS a, generate_subscripts(alternatives, 1) AS place
    FROM read_parquet($matched)
    WHERE verdict = 'unsure'
)
SELECT line, reason, a.voter AS voter, a.weight AS weight, a.probability AS probability
FROM offered JOIN latest ON latest.source_line = offered.line
WHERE latest.state_voter_id IS NULL AND NOT latest.removed AND a.voter NOT IN (SELECT state_voter_id FROM hidden)
ORDER BY line, place
