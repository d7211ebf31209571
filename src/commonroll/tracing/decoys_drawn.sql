-- Invented voters: whom they shadow, whose name, day of birth and house they have, and an id that is nobody's. Every
-- order is drawn by the mark key, so that nobody else can draw it again.
WITH open_rows AS (
    SELECT *, commonroll_u64($inner, $outer, 'decoy shadow', state_voter_id) AS place
    FROM roll
    WHERE NOT confidential AND status IN ('active', 'inactive') AND phone IS NULL AND email IS NULL
        AND mail_line1 IS NULL AND first_name IS NOT NULL AND last_name IS NOT NULL
        AND coalesce(birth_year, 0) BETWEEN 1901 AND $youngest
        AND residence_line1 SIMILAR TO '[1-9][0-9]{0,5} .+'
        AND state_voter_id NOT IN (SELECT state_voter_id FROM hidden_rows)
),
shadowed AS (
    SELECT *, row_number() OVER (PARTITION BY coalesce(sex, '') ORDER BY place) AS of_sex,
        row_number() OVER (ORDER BY place) AS of_all
    FROM (SELECT * FROM open_rows ORDER BY place LIMIT $drawn)
),
first_names AS (
    SELECT first_name, middle_name, coalesce(sex, '') AS sex,
        row_number() OVER (PARTITION BY coalesce(sex, '') ORDER BY place) AS of_sex
    FROM (SELECT *, hash(place, 1) AS other FROM open_rows ORDER BY other LIMIT 4 * $drawn)
),
last_names AS (
    SELECT last_name, month(birth_date) AS month, day(birth_date) AS day, row_number() OVER (ORDER BY other) AS of_all
    FROM (SELECT *, hash(place, 2) AS other FROM open_rows ORDER BY other LIMIT $drawn)
),
composed AS (
    SELECT
        shadowed.state_voter_id AS shadow_id,
        first_names.first_name,
        first_names.middle_name,
        last_names.last_name,
        CASE WHEN shadowed.birth_date IS NOT NULL THEN make_date(
            shadowed.birth_year::BIGINT, coalesce(last_names.month, 6), least(coalesce(last_names.day, 15), 28)
        ) END AS birth_date,
        shadowed.birth_year,
        CAST(try_cast(split_part(shadowed.residence_line1, ' ', 1) AS INTEGER) + 2 + 2 * (shadowed.place % 40)
            AS VARCHAR) || regexp_replace(shadowed.residence_line1, '^[0-9]+', '') AS residence_line1,
        shadowed.residence_zip5,
        shadowed.county_voter_id IS NOT NULL AS numbered,
        shadowed.place
    FROM shadowed
    JOIN first_names ON first_names.sex = coalesce(shadowed.sex, '') AND first_names.of_sex = shadowed.of_sex
    JOIN last_names ON last_names.of_all = shadowed.of_all
),
tried AS (
    SELECT composed.*,
        left(shadow_id, length(shadow_id) - wide) || lpad(
            CAST(hash(place, wide, attempt) % CAST(pow(10, wide) AS UBIGINT) AS VARCHAR), wide, '0'
        ) AS decoy_id,
        wide * 10 + attempt AS preference
    FROM composed, (SELECT unnest([3, 4, 5, 6]) AS wide), (SELECT unnest([1, 2, 3]) AS attempt)
    WHERE right(shadow_id, wide) SIMILAR TO '[0-9]+' AND length(shadow_id) >= wide
),
free AS (
    SELECT * FROM tried
    WHERE decoy_id NOT IN (SELECT state_voter_id FROM roll WHERE state_voter_id IS NOT NULL)
        AND decoy_id[1:1] = shadow_id[1:1]
    QUALIFY row_number() OVER (PARTITION BY shadow_id ORDER BY preference) = 1
)
SELECT decoy_id AS state_voter_id, shadow_id, first_name, middle_name, last_name, birth_date, birth_year,
    residence_line1, residence_zip5,
    CASE WHEN numbered THEN 'D' || lpad(CAST(place % 100000000 AS VARCHAR), 8, '0') END AS county_voter_id,
    commonroll_u64($inner, $outer, 'bias', decoy_id) AS drawn,
    commonroll_hmac($inner, $outer, 'decoy salt' || chr(0) || decoy_id) AS salt
FROM free
-- nobody's name and birth, nobody of that name in the ZIP code, nobody's house
WHERE NOT EXISTS (
        SELECT 1 FROM roll WHERE roll.first_name = free.first_name AND roll.last_name = free.last_name
            AND (roll.birth_date = free.birth_date OR roll.residence_zip5 IS NOT DISTINCT FROM free.residence_zip5)
    )
    AND NOT EXISTS (
        SELECT 1 FROM roll WHERE roll.residence_line1 = free.residence_line1
            AND roll.residence_zip5 IS NOT DISTINCT FROM free.residence_zip5
    )
QUALIFY row_number() OVER (PARTITION BY decoy_id ORDER BY place) = 1
ORDER BY place
LIMIT $number
