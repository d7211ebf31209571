-- Voters whose household (or who themselves) a quota leaves no more contacts: as many days and channels on which
-- an answer came home within its days as it allows, or as many extracts that were handed out within them.
-- Parameters: $owner, $gathered_by, $channel (NULL: any), $household, $since (first day that counts), $count.
-- `answers` holds what came home, `handed` extract and state_voter_id, `lived` voters' households.
WITH contacts AS (
    SELECT DISTINCT 'answer' AS how, state_voter_id, channel || answered_on::VARCHAR AS one
    FROM answers
    WHERE owner = $owner AND gathered_by = $gathered_by AND answered_on >= $since
      AND ($channel IS NULL OR channel = $channel)
    UNION ALL
    SELECT DISTINCT 'extract', state_voter_id, extract FROM handed
),
of_whom AS (
    SELECT contacts.how, contacts.one,
        CASE WHEN $household THEN lived.household_id END AS household_id,
        CASE WHEN NOT $household OR lived.household_id IS NULL THEN contacts.state_voter_id END AS alone
    FROM contacts
    LEFT JOIN lived USING (state_voter_id)
),
used AS (
    SELECT household_id, alone FROM of_whom
    GROUP BY how, household_id, alone
    HAVING count(DISTINCT one) >= $count
)
SELECT alone AS state_voter_id FROM used WHERE alone IS NOT NULL
UNION
SELECT lived.state_voter_id FROM lived JOIN used USING (household_id)
ORDER BY 1
