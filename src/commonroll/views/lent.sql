-- Which rows of which extracts are these people's. `persons`: state_voter_id, channel, since. `records`: path of a
-- record in the owner's vault, the blocks of its key (inner, outer), the blocks of the agreement's key for pseudonyms
-- (ref_inner, ref_outer; null where the extract carries the state's id), when the extract was begun, and by which
-- channels its columns reach a person. `$paths`: the records. A record holds 64 bits of a keyed hash for each row.
WITH asked AS (
    SELECT DISTINCT records.path, records.inner_block, records.outer_block, records.ref_inner IS NOT NULL AS by_ref,
        CASE WHEN records.ref_inner IS NULL THEN persons.state_voter_id
            ELSE left(commonroll_hmac(records.ref_inner, records.ref_outer, persons.state_voter_id), 32)
        END AS token
    FROM persons
    JOIN records ON persons.since >= records.started
        AND (persons.channel = '' OR list_contains(records.channels, persons.channel))
),
marked AS MATERIALIZED (
    SELECT path, CASE WHEN by_ref THEN token END AS voter_ref,
        CAST('0x' || left(commonroll_hmac(inner_block, outer_block, token), 16) AS UBIGINT) AS mark
    FROM asked
)
SELECT marked.path, lent.row_no, marked.voter_ref
FROM marked
JOIN read_parquet($paths, filename = true) AS lent ON lent.filename = marked.path AND lent.mark = marked.mark
ORDER BY marked.path, lent.row_no
