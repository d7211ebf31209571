-- The most contacts that one voter or household had within any window of days, and how many had more than
-- allowed. A contact is a day on which one gatherer asked or tried over one channel, as came home (`answers`).
-- Parameters: $owner, $gathered_by, $channel (NULL: any), $household,
-- $days, $count. `lived` gives voters' households; a voter without one stands alone.
WITH contacts AS (
    SELECT DISTINCT
        CASE WHEN $household AND lived.household_id IS NOT NULL THEN lived.household_id
             ELSE said.state_voter_id END AS whom,
        said.channel,
        said.answered_on
    FROM answers AS said
    LEFT JOIN lived ON lived.state_voter_id = said.state_voter_id
    WHERE said.owner = $owner AND said.gathered_by = $gathered_by
      AND ($channel IS NULL OR said.channel = $channel)
),
counted AS (
    SELECT whom, count(*) OVER (
        PARTITION BY whom ORDER BY answered_on
        RANGE BETWEEN to_days($days - 1) PRECEDING AND CURRENT ROW
    ) AS contacts
    FROM contacts
),
worst AS (SELECT whom, max(contacts) AS contacts FROM counted GROUP BY whom)
SELECT coalesce(max(contacts), 0), count(*) FILTER (contacts > $count) FROM worst
