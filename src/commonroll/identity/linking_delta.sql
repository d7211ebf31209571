-- Records in place of those of the base: the last linking's, as far as they hold, and those that changed.
SELECT * FROM patch_before ANTI JOIN (SELECT record FROM changed UNION ALL FROM gone) AS touched USING (record)
UNION ALL
FROM changed
