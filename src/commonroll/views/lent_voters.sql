-- Which of an owner's voters stand in which extracts. `records` as in lent.sql; `$voters`: files of the roll;
-- `$paths`: the records.
WITH roll AS (SELECT DISTINCT state_voter_id FROM read_parquet($voters)),
marked AS (
    SELECT records.path, roll.state_voter_id,
        CAST('0x' || left(commonroll_hmac(records.inner_block, records.outer_block,
            CASE WHEN records.ref_inner IS NULL THEN roll.state_voter_id
                ELSE left(commonroll_hmac(records.ref_inner, records.ref_outer, roll.state_voter_id), 32)
            END), 16) AS UBIGINT) AS mark
    FROM roll, records
)
SELECT DISTINCT marked.path AS extract, marked.state_voter_id
FROM marked
JOIN read_parquet($paths, filename = true) AS lent ON lent.filename = marked.path AND lent.mark = marked.mark
