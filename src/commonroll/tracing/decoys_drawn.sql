-- Invented voters: whom they shadow, whose name, day of birth and home they have, and an id that is nobody's. Every
-- order is drawn by the mark key, so that nobody else can draw it again.
WITH open_rows AS (
    SELECT *, commonroll_u64($inner, $outer, 'decoy shadow', state_voter_id) AS place
    FROM roll
    WHERE NOT confidential AND status IN ('active', 'inactive') AND phone IS NULL AND email IS NULL
        AND (mail_line1 IS NULL OR (mail_line1 = residence_line1 AND left(mail_zip, 5) = residence_zip5))
        AND first_name IS NOT NULL AND last_name IS NOT NULL
        AND coalesce(birth_year, 1901) BETWEEN 1901 AND $youngest
        AND residence_line1 SIMILAR TO '[1-9][0-9]{0,5} .+'
        AND state_voter_id NOT IN (SELECT state_voter_id FROM hidden_rows)
),
-- Decoys share homes (`places`: how many, how often). They shadow voters of one area, who vote in one place for the
-- same districts.
areas AS (
    SELECT *, row_number() OVER (PARTITION BY area ORDER BY hash(place, 9)) AS number,
        count(*) OVER (PARTITION BY area) AS numbers
    FROM (
        SELECT state_voter_id, place, hash(
            residence_city, residence_zip5, county_fips, precinct,
            congressional_district, state_senate_district, state_house_district
        ) AS area
        FROM open_rows
    )
),
settled AS (
    SELECT first.place AS home, first.state_voter_id AS first_id, area, number, numbers, places
    FROM (
        SELECT *, hash(place, 8) % 1000000 / 1000000 AS chance FROM areas ORDER BY place LIMIT $drawn
    ) AS first
    JOIN places ON chance >= since AND chance < until
),
together AS (
    SELECT areas.state_voter_id, home, first_id, seat, places
    FROM (SELECT *, unnest(range(least(places + 4, numbers))) AS seat FROM settled) AS seats
    JOIN areas ON areas.area = seats.area AND areas.number = (seats.number + seat - 1) % seats.numbers + 1
    QUALIFY row_number() OVER (PARTITION BY areas.state_voter_id ORDER BY home) = 1
),
shadowed AS (
    SELECT open_rows.*, home, seat, places,
        first.residence_line1 AS street_line, first.residence_unit AS unit,
        row_number() OVER (PARTITION BY coalesce(open_rows.sex, '') ORDER BY place) AS of_sex,
        row_number() OVER (ORDER BY place) AS of_all
    FROM together JOIN open_rows USING (state_voter_id) JOIN roll AS first ON first.state_voter_id = first_id
),
first_names AS (
    SELECT first_name, middle_name, coalesce(sex, '') AS sex,
        row_number() OVER (PARTITION BY coalesce(sex, '') ORDER BY other) AS of_sex
    FROM (SELECT *, hash(place, 1) AS other FROM open_rows ORDER BY other LIMIT 6 * $drawn)
),
last_names AS (
    SELECT last_name, row_number() OVER (ORDER BY other) AS of_all
    FROM (SELECT *, hash(place, 2) AS other FROM open_rows ORDER BY other LIMIT 4 * $drawn)
),
days AS (
    SELECT month(birth_date) AS month, day(birth_date) AS day, row_number() OVER (ORDER BY other) AS of_all
    FROM (
        SELECT birth_date, hash(place, 3) AS other FROM open_rows WHERE birth_date IS NOT NULL
        ORDER BY other LIMIT 4 * $drawn
    )
),
composed AS (
    SELECT
        shadowed.state_voter_id AS shadow_id,
        first_names.first_name,
        first_names.middle_name,
        CASE WHEN hash(home, 7) % 1000000 < $related * 1000000
            THEN first_value(last_names.last_name) OVER sits ELSE last_names.last_name END AS last_name,
        CASE WHEN shadowed.birth_date IS NOT NULL THEN make_date(
            shadowed.birth_year::BIGINT, month, least(day, if(month = 2, 28, if(month IN (4, 6, 9, 11), 30, 31)))
        ) END AS birth_date,
        shadowed.birth_year,
        CASE WHEN regexp_matches(unit, '[0-9]') THEN street_line ELSE
            CAST(abs(
                try_cast(split_part(street_line, ' ', 1) AS INTEGER) + if(home % 2 = 0, 2, -2) * (1 + home % 41)::BIGINT
            ) AS VARCHAR)
            || regexp_replace(street_line, '^[0-9]+', '') END AS residence_line1,
        regexp_replace(unit, '[0-9]{1,6}', CAST(
            coalesce(try_cast(regexp_extract(unit, '[0-9]{1,6}') AS INTEGER), 0) + 2 + home % 40 AS VARCHAR
        )) AS residence_unit,
        shadowed.residence_zip5,
        shadowed.county_voter_id IS NOT NULL AS numbered,
        shadowed.place, home, seat, places
    FROM shadowed
    JOIN first_names ON first_names.sex = coalesce(shadowed.sex, '') AND first_names.of_sex = shadowed.of_sex
    JOIN last_names ON last_names.of_all = shadowed.of_all
    LEFT JOIN days ON days.of_all = shadowed.of_all
    WINDOW sits AS (PARTITION BY home ORDER BY seat)
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
    residence_line1, coalesce(residence_unit, '') AS residence_unit, residence_zip5,
    CASE WHEN numbered THEN 'D' || lpad(CAST(place % 100000000 AS VARCHAR), 8, '0') END AS county_voter_id,
    commonroll_u64($inner, $outer, 'bias', decoy_id) AS drawn,
    commonroll_hmac($inner, $outer, 'decoy salt' || chr(0) || decoy_id) AS salt
FROM free
-- nobody's name and birth, nobody of that name in the ZIP code, nobody's home
WHERE NOT EXISTS (
        SELECT 1 FROM roll WHERE roll.first_name = free.first_name AND roll.last_name = free.last_name
            AND (roll.birth_date = free.birth_date OR roll.residence_zip5 IS NOT DISTINCT FROM free.residence_zip5)
    )
    AND NOT EXISTS (
        SELECT 1 FROM roll WHERE roll.residence_line1 = free.residence_line1
            AND roll.residence_zip5 IS NOT DISTINCT FROM free.residence_zip5
            AND (roll.residence_unit = free.residence_unit OR free.residence_unit IS NULL)
    )
QUALIFY row_number() OVER (PARTITION BY decoy_id ORDER BY place) = 1
    -- some were somebody: four more than wanted were tried
    AND row_number() OVER (PARTITION BY home ORDER BY seat) <= places
ORDER BY home, seat
LIMIT $number
