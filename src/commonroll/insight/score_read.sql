-- A file's rows with what their text says: blank, no number, outside of the range, or a value.
SELECT line, owner, state_voter_id, value, blank,
       NOT blank AND value IS NULL AS bad,
       coalesce(value NOT BETWEEN $least AND $most, false) AS outside,
       row_number() OVER (PARTITION BY owner, state_voter_id ORDER BY line DESC) > 1 AS again
FROM (
    SELECT line, owner, state_voter_id, trim(said) = '' AS blank,
           CASE WHEN regexp_full_match(trim(said), '[+-]?([0-9]{1,15}(\.[0-9]{0,15})?|\.[0-9]{1,15})([eE][+-]?[0-9]{1,2})?')
                THEN try_cast(trim(said) AS DOUBLE) END AS value
    FROM said_rows
)
