-- One piece for each household of `at_home`: its persons, each name once, and the address as the first of them has it.
-- In the order that presorting wants, by ZIP code; abroad last.
WITH named AS (
    SELECT household, place, owner_no, voter_key,
        trim(coalesce(first_name, '')) AS first_name, trim(coalesce(last_name, '')) AS last_name,
        trim(coalesce(name_suffix, '')) AS suffix
    FROM at_home
),
people AS (
    SELECT household, commonroll_proper(first_name) AS first_name, commonroll_proper(last_name) AS last_name,
        commonroll_suffix(suffix) AS suffix
    FROM named
    WHERE last_name <> ''
    GROUP BY ALL
),
spoken AS (
    SELECT household, count(*) AS people,
        list(first_name ORDER BY last_name, first_name, suffix) AS firsts,
        list(concat_ws(' ', nullif(first_name, ''), last_name, nullif(suffix, ''))
            ORDER BY last_name, first_name, suffix) AS wholes,
        list_sort(list(DISTINCT last_name)) AS lasts,
        bool_and(suffix = '' AND first_name <> '') AS plain
    FROM people
    GROUP BY household
),
addresses AS (
    SELECT household, count(*) AS persons, arg_min(at_home, place) AS of
    FROM at_home
    GROUP BY household
)
SELECT
    row_number() OVER (
        ORDER BY of.zip5 NULLS LAST, of.zip4 NULLS LAST, of.country, of.line, of.unit_line, household
    ) AS piece,
    household, persons, coalesce(people, 0) AS people,
    CASE
        WHEN people IS NULL THEN 'Current resident'
        WHEN people = 1 THEN wholes[1]
        WHEN people = 2 AND len(lasts) = 1 AND plain THEN firsts[1] || ' and ' || firsts[2] || ' ' || lasts[1]
        WHEN people = 2 THEN wholes[1] || ' and ' || wholes[2]
        WHEN len(lasts) <= 2 THEN 'The ' || array_to_string(lasts, ' and ') || ' household'
        ELSE 'The residents'
    END AS salutation,
    of.line AS address1, of.unit_line AS address2, of.line3 AS address3, of.city AS city, of.post_state AS state,
    of.zip5 AS zip5, of.zip4 AS zip4, of.country AS country
FROM addresses
LEFT JOIN spoken USING (household)
ORDER BY piece
