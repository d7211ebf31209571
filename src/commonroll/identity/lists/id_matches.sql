-- Rows of a list that name a voter by the state's id, and whether the name and birth agree with that voter.
-- Relations: `people` (line, voter_id), `list_records` and `roll_records` (link records). Parameter: $length of the
-- roll's ids. Result: line, state_voter_id, agrees (null where the row has nothing to compare), padded.
WITH named AS (
    SELECT line, voter_id FROM people WHERE voter_id IS NOT NULL
),
found AS (
    SELECT
        named.line,
        named.voter_id <> roll.record AS padded,
        roll.record AS state_voter_id,
        listed.first_name IS NULL AND listed.last_name IS NULL AND listed.full_dob IS NULL AS bare,
        coalesce(
            listed.last_name = roll.last_name
            OR listed.surname4 = roll.surname4
            OR jaro_winkler_similarity(listed.last_name, roll.last_name) >= 0.85,
            FALSE
        ) AS one_last,
        coalesce(
            listed.first_root = roll.first_root
            OR (length(listed.first_name) = 1 AND listed.first_name = roll.first_name[1])
            OR jaro_winkler_similarity(listed.first_name, roll.first_name) >= 0.85,
            FALSE
        ) AS one_first,
        listed.first_name IS NULL AS no_first,
        listed.full_dob = roll.full_dob AS one_day,
        abs(listed.birth_year - roll.birth_year) > 1 AS other_year
    FROM named
    JOIN roll_records AS roll
        ON roll.record = named.voter_id
        OR roll.record = CASE
            WHEN regexp_full_match(named.voter_id, '[0-9]+') AND length(named.voter_id) < $length
                THEN lpad(named.voter_id, $length, '0')
        END
    JOIN list_records AS listed ON listed.record = named.line::VARCHAR
)
SELECT
    line,
    any_value(state_voter_id) AS state_voter_id,
    any_value(padded) AS padded,
    any_value(CASE
        WHEN bare THEN NULL
        WHEN coalesce(one_day, FALSE) THEN one_last OR one_first
        -- a father's id behind his son's name
        WHEN coalesce(other_year, FALSE) THEN FALSE
        ELSE one_last AND (one_first OR no_first)
    END) AS agrees
FROM found
GROUP BY line
HAVING count(*) = 1
