-- What came of a list's rows, in counts by group. Relations: `people`, `matched`, `voters`, `roll_records` (link
-- records of whoever was looked at). Parameter: $year, of the list. A row's county is that of most voters of its ZIP
-- code; its age that of the voter whom it surely is, else what the list says.
WITH county_of AS (
    SELECT residence_zip5, mode(county_name) AS county FROM voters
    WHERE residence_zip5 IS NOT NULL AND county_name IS NOT NULL GROUP BY residence_zip5
),
ages AS (
    SELECT
        matched.line,
        coalesce(
            $year - roll.birth_year, $year - roll.born_from, $year - people.birth_year, people.age
        ) AS years
    FROM matched
    JOIN people USING (line)
    LEFT JOIN roll_records AS roll ON roll.record = matched.state_voter_id
),
rows AS (
    SELECT
        matched.verdict,
        matched.probability,
        concat_ws(', ',
            CASE WHEN people.voter_id IS NOT NULL THEN 'voter id' END,
            CASE WHEN people.first_name IS NOT NULL AND people.last_name IS NOT NULL THEN 'name'
                WHEN people.first_name IS NOT NULL OR people.last_name IS NOT NULL THEN 'part of a name' END,
            CASE WHEN people.birth_date IS NOT NULL THEN 'birth date'
                WHEN people.birth_year IS NOT NULL THEN 'birth year'
                WHEN people.age IS NOT NULL THEN 'age' END,
            CASE WHEN people.residence_line1 IS NOT NULL AND people.residence_zip5 IS NOT NULL THEN 'address'
                WHEN people.residence_zip5 IS NOT NULL THEN 'ZIP code' END,
            CASE WHEN len(people.phones) > 0 THEN 'phone' END,
            CASE WHEN len(people.emails) > 0 THEN 'e-mail' END
        ) AS fields,
        CASE
            WHEN county_of.county IS NOT NULL THEN county_of.county
            WHEN people.residence_zip5 IS NULL THEN 'no ZIP code'
            ELSE 'ZIP codes that the roll does not have'
        END AS county,
        CASE
            WHEN ages.years IS NULL THEN 'not known'
            WHEN ages.years < 18 THEN 'under 18'
            WHEN ages.years < 30 THEN '18 to 29'
            WHEN ages.years < 45 THEN '30 to 44'
            WHEN ages.years < 65 THEN '45 to 64'
            ELSE '65 and older'
        END AS age
    FROM matched
    JOIN people USING (line)
    LEFT JOIN county_of USING (residence_zip5)
    JOIN ages USING (line)
),
grouped AS (
    SELECT 'fields' AS what, coalesce(nullif(fields, ''), 'nothing that says who it is') AS "group", verdict, probability
    FROM rows
    UNION ALL
    SELECT 'county', county, verdict, probability FROM rows
    UNION ALL
    SELECT 'age', age, verdict, probability FROM rows
)
SELECT
    what,
    "group",
    count(*) AS rows,
    count(*) FILTER (verdict = 'sure') AS sure,
    count(*) FILTER (verdict = 'unsure') AS unsure,
    count(*) FILTER (verdict = 'household') AS household,
    sum(1 - probability) FILTER (verdict = 'sure') AS wrong
FROM grouped
GROUP BY what, "group"
ORDER BY what, rows DESC, "group"
