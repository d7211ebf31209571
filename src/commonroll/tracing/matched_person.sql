-- Rows that say who somebody is: first and last name with the birth date, the address, or year and ZIP code. A row
-- that says less is taken by what it has: the street line without ZIP code, or the year alone. What fits two voters is
-- nobody.
WITH left_over AS (
    SELECT * FROM people WHERE line NOT IN (SELECT line FROM traced) AND last_name IS NOT NULL
),
said AS (
    SELECT line, bare_line(first_name) || '|' || bare_line(last_name) AS named,
        unnest([
            'd' || birth_date::VARCHAR,
            'a' || bare_line(residence_line1) || if(birth_date IS NULL, coalesce(residence_zip5, ''), residence_zip5),
            'y' || birth_year
                || if(coalesce(birth_date::VARCHAR, residence_line1) IS NULL, coalesce(residence_zip5, ''), residence_zip5)
        ]) AS also
    FROM left_over
),
on_roll AS (
    SELECT state_voter_id, decoy, bare_line(first_name) || '|' || bare_line(last_name) AS named,
        unnest([
            'd' || birth_date::VARCHAR,
            'a' || bare_line(residence_line1) || zip,
            'y' || birth_year || zip
        ]) AS also
    FROM known, (
        SELECT unnest(if((SELECT bool_or(residence_zip5 IS NULL) FROM left_over), [true, false], [true])) AS zipped
    ), LATERAL (SELECT if(zipped, coalesce(residence_zip5, ''), '') AS zip)
    WHERE bare_line(last_name) IN (SELECT bare_line(last_name) FROM left_over)
),
alone AS (
    SELECT named, also, any_value(state_voter_id) AS state_voter_id, any_value(decoy) AS decoy
    FROM on_roll WHERE also IS NOT NULL GROUP BY named, also HAVING count(DISTINCT state_voter_id) = 1
),
found AS (
    SELECT line, any_value(state_voter_id) AS state_voter_id, any_value(decoy) AS decoy
    FROM said JOIN alone USING (named, also)
    GROUP BY line HAVING count(DISTINCT state_voter_id) = 1
)
INSERT INTO traced SELECT line, state_voter_id, decoy, 'person' FROM found
