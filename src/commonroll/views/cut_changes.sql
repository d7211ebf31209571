-- {key}: one of two names of an id, never a text of a user's
WITH changed AS (
    SELECT voter.*, CASE WHEN old.key IS NULL THEN 'insert' ELSE 'update_postimage' END AS _change_type
    FROM read_parquet($paths) AS voter
    JOIN read_parquet($marks) AS new ON new.key = voter.{key}
    LEFT JOIN read_parquet($before) AS old ON old.key = new.key
    WHERE old.key IS NULL OR old.digest <> new.digest
),
gone AS (
    SELECT old.key AS {key}, 'delete' AS _change_type
    FROM read_parquet($before) AS old
    ANTI JOIN read_parquet($marks) AS new ON new.key = old.key
),
listed AS (
    SELECT * FROM changed
    UNION ALL BY NAME
    SELECT * FROM gone
)
SELECT * FROM listed
ORDER BY _change_type = 'delete', {key}
