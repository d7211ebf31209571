-- All scored pairs of today: those scored now, and of the last linking (`pairs_before`) those whose records are
-- both as they were.
WITH touched AS (
    SELECT record FROM changed UNION ALL FROM gone
)
FROM scored
UNION ALL BY NAME
SELECT * FROM pairs_before WHERE record_l NOT IN (FROM touched) AND record_r NOT IN (FROM touched)
ORDER BY member_l, record_l, member_r, record_r
