-- Scored pairs of a list and a roll; a sure one without a birth on a side stays sure only where first and last name
-- are alike, or a phone or e-mail is shared: one address and one first name are a couple's, a lodger's, a namesake's.
-- Relations: `judged` (line, state_voter_id, weight, probability, gammas, verdict, reason), `list_seen`, `roll_seen`
-- (link records of those who stand in a pair).
WITH undated AS (
    SELECT
        judged.line, judged.state_voter_id,
        coalesce(listed.phone = roll.phone, FALSE) OR coalesce(listed.email = roll.email, FALSE) AS reached,
        coalesce(
            listed.last_name = roll.last_name
            OR listed.surname4 = roll.surname4
            OR list_has_any(string_split(listed.last_name, '-'), string_split(roll.last_name, '-'))
            OR jaro_winkler_similarity(listed.last_name, roll.last_name) >= 0.88
            OR (listed.last_name = roll.first_name AND listed.first_name = roll.last_name),
            FALSE
        ) AS one_last,
        coalesce(
            listed.first_root = roll.first_root
            OR starts_with(listed.first_name, roll.first_name)
            OR starts_with(roll.first_name, listed.first_name)
            OR jaro_winkler_similarity(listed.first_name, roll.first_name) >= 0.88
            OR (listed.last_name = roll.first_name AND listed.first_name = roll.last_name),
            FALSE
        ) AS one_first
    FROM (FROM judged WHERE verdict = 'sure') AS judged
    JOIN list_seen AS listed ON listed.record = judged.line::VARCHAR
    JOIN roll_seen AS roll ON roll.record = judged.state_voter_id
    WHERE listed.dob IS NULL OR roll.dob IS NULL
),
held AS (
    SELECT line, state_voter_id, TRUE AS held FROM undated WHERE NOT reached AND NOT (one_last AND one_first)
)
SELECT
    line, state_voter_id, weight, probability, gammas,
    CASE WHEN held THEN 'unsure' ELSE verdict END AS verdict,
    CASE WHEN held THEN 'no_birth' ELSE reason END AS reason
FROM judged LEFT JOIN held USING (line, state_voter_id)
