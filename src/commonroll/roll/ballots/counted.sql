-- A file's word by county: how many voters, and how long after their return new returns were first told.
SELECT
    coalesce(v.county_fips, '') AS county_fips,
    count(*) AS voters,
    count(*) FILTER (WHERE s.status = 'sent') AS sent,
    count(*) FILTER (WHERE s.status IN ('returned', 'accepted', 'rejected', 'cured')) AS returned,
    count(*) FILTER (WHERE s.status = 'rejected') AS rejected,
    count(*) FILTER (WHERE s.doubtful <> '') AS doubtful,
    count(f.state_voter_id) AS changed,
    median(date_diff('day', s.returned_on, $as_of)) FILTER (
        WHERE k.state_voter_id IS NOT NULL AND k.returned_on IS NULL
        AND s.returned_on IS NOT NULL AND NOT contains(s.doubtful, 'returned_on')
    ) AS lag
FROM said AS s
LEFT JOIN (SELECT state_voter_id, county_fips FROM read_parquet(:voters)) AS v
    ON v.state_voter_id = s.state_voter_id
LEFT JOIN known AS k ON k.state_voter_id = s.state_voter_id
LEFT JOIN (SELECT state_voter_id FROM fresh) AS f ON f.state_voter_id = s.state_voter_id
GROUP BY 1
ORDER BY 1
