-- Registrants who are written otherwise than on the roll of the last linking, stand on it now alone (`arrived`), or
-- stood on it then alone (`gone`).
SELECT coalesce(n.record, b.record) AS record, b.record IS NULL AS arrived, n.record IS NULL AS gone
FROM prints AS n FULL JOIN prints_before AS b ON b.record = n.record
WHERE n.print IS DISTINCT FROM b.print
