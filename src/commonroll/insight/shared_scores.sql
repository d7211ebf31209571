-- Values with one decimal. One that stays, or moves by less than five points within the range of both its marks, keeps
-- the version that it has, and with it its marks (tracing); another begins a new one.
WITH moved AS (
    SELECT new_values.state_voter_id, round(new_values.value, 1) AS value, old_values.version,
        CAST(round(new_values.value * 10) AS BIGINT) AS tenths, CAST(round(old_values.value * 10) AS BIGINT) AS before,
        CAST(round(coalesce(began.value, old_values.value) * 10) AS BIGINT) // 10 % 2 AS odd
    FROM new_values
    LEFT JOIN old_values USING (state_voter_id)
    LEFT JOIN began ON began.state_voter_id = old_values.state_voter_id AND began.version = old_values.version
    WHERE new_values.value IS NOT NULL
)
SELECT state_voter_id, $score AS score, value,
    CASE
        WHEN tenths = before THEN version
        WHEN abs(tenths - before) < 50 AND tenths >= 10 * odd AND tenths <= 990 + 10 * odd THEN version
        ELSE $version
    END AS version
FROM moved
ORDER BY state_voter_id
