-- How often the texts of a column are ids known here, over rows from all over the file.
WITH seen AS (
    SELECT bare_id(:column) AS id FROM leaked
    WHERE :column IS NOT NULL
    USING SAMPLE reservoir(2000 ROWS) REPEATABLE (8)
)
SELECT avg((id IN (SELECT bare_id(state_voter_id) FROM known))::INT) FROM seen WHERE length(id) > 3
