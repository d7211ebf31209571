-- The table ballots: of the election what the files come to, of others the rows as they are. Where a county
-- gives no returns, a ballot that was sent is of unknown whereabouts, never one that is not back.
WITH whole AS (
    SELECT
        n.state_voter_id,
        CASE WHEN NOT contains(n.doubtful, 'requested_on') THEN n.requested_on END AS requested_on,
        CASE WHEN NOT contains(n.doubtful, 'sent_on') THEN n.sent_on END AS sent_on,
        CASE WHEN NOT contains(n.doubtful, 'returned_on') THEN n.returned_on END AS returned_on,
        n.status, n.reason, n.as_of, v.county_fips
    FROM now_known AS n
    LEFT JOIN (SELECT state_voter_id, county_fips FROM read_parquet(:voters)) AS v
        ON v.state_voter_id = n.state_voter_id
),
telling AS (
    SELECT DISTINCT coalesce(county_fips, '') AS county_fips
    FROM whole
    WHERE status IN ('returned', 'accepted', 'rejected', 'cured')
)
SELECT
    w.state_voter_id, $election AS election_date, w.requested_on, w.sent_on, w.returned_on,
    CASE WHEN w.status = 'sent' AND t.county_fips IS NULL THEN 'unknown' ELSE w.status END AS status,
    w.reason, w.as_of
FROM whole AS w
LEFT JOIN telling AS t ON t.county_fips = coalesce(w.county_fips, '')
