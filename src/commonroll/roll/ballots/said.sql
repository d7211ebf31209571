-- What one file says of each voter: one ballot a voter, though a file may have several lines of one.
-- Days that cannot be are told in `doubtful`; the step that a line is at follows from the others.
WITH lines AS (
    SELECT
        state_voter_id, requested_on, sent_on, returned_on, reason, status AS published,
        requested_on BETWEEN $opened AND $as_of AS asked,
        sent_on BETWEEN $printed AND $as_of AS sent,
        returned_on BETWEEN $printed AND $as_of AS back
    FROM read_parquet(:staged)
    WHERE coalesce(election_date, $election) = $election
),
steps AS (
    SELECT
        *,
        CASE
            WHEN :by_dates AND published IN ('returned', 'sent') THEN
                CASE WHEN back THEN 'returned' WHEN sent THEN 'sent' ELSE 'requested' END
            ELSE published
        END AS status
    FROM lines
),
ranked AS (
    SELECT
        state_voter_id, requested_on, sent_on, returned_on, reason, status,
        concat_ws(
            ' ',
            CASE WHEN NOT asked THEN 'requested_on' END,
            CASE WHEN NOT sent THEN 'sent_on' END,
            CASE WHEN NOT back THEN 'returned_on' END
        ) AS doubtful,
        -- a vote that counts ends it; else the ballot of the latest day, a spoiled one behind all others
        row_number() OVER (
            PARTITION BY state_voter_id
            ORDER BY
                status IN ('accepted', 'cured') DESC,
                status = 'spoiled',
                greatest(
                    CASE WHEN asked THEN requested_on END, CASE WHEN sent THEN sent_on END,
                    CASE WHEN back THEN returned_on END
                ) DESC NULLS LAST,
                list_position(['cured', 'accepted', 'rejected', 'returned', 'sent', 'requested'], status)
                    NULLS LAST,
                requested_on NULLS LAST, sent_on NULLS LAST, returned_on NULLS LAST, reason NULLS LAST
        ) AS place
    FROM steps
)
SELECT state_voter_id, requested_on, sent_on, returned_on, status, reason, doubtful
FROM ranked
WHERE place = 1
