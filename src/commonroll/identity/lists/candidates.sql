-- Voters who share with some row of a list what a pair is compared for (keys of `identity.blocking`), or whom a row
-- names by id. A name alone is no key where a row says more: one name, another year and another part of the state
-- are a namesake. Names that begin with a colon are relations and SQL texts of `matching.py`.
WITH asked AS (
    SELECT
        record, first_root, last_name, birth_year, full_dob, surname4, zip, house, phone, email,
        hash(least(first_root, last_name), greatest(first_root, last_name)) AS both_names,
        zip[1:3] AS area,
        hash(full_dob, surname4) AS day_last,
        hash(full_dob, first_root) AS day_first,
        hash(zip, house) AS door,
        hash(zip, last_name, birth_year) AS zip_last
    FROM :list_records
),
spelled AS (
    SELECT
        voters.*,
        :first_name AS plain_first,
        :last_name AS plain_last,
        strftime(birth_date, '%Y-%m-%d') AS day,
        coalesce(birth_year, year(birth_date))::SMALLINT AS year,
        regexp_extract(residence_line1, '^ *([0-9]+)', 1) AS number
    FROM :voters AS voters
    WHERE status <> 'removed'
),
keyed AS (
    SELECT
        spelled.*,
        coalesce(nicknames.root, plain_first) AS root,
        hash(least(coalesce(nicknames.root, plain_first), plain_last),
            greatest(coalesce(nicknames.root, plain_first), plain_last)) AS both_names,
        replace(replace(plain_last, '-', ''), ' ', '')[1:4] AS last4
    FROM spelled
    LEFT JOIN :nicknames AS nicknames ON nicknames.nickname = plain_first
)
SELECT * EXCLUDE (plain_first, plain_last, day, year, number, root, both_names, last4)
FROM keyed
WHERE hash(both_names, year) IN (
        SELECT hash(both_names, birth_year) FROM asked WHERE first_root IS NOT NULL AND last_name IS NOT NULL AND birth_year IS NOT NULL
    )
    OR hash(both_names, residence_zip5[1:3]) IN (
        SELECT hash(both_names, area) FROM asked WHERE first_root IS NOT NULL AND last_name IS NOT NULL AND area IS NOT NULL
    )
    OR both_names IN (
        SELECT both_names FROM asked
        WHERE first_root IS NOT NULL AND last_name IS NOT NULL AND area IS NULL AND birth_year IS NULL
    )
    OR hash(day, last4) IN (SELECT day_last FROM asked WHERE full_dob IS NOT NULL)
    OR hash(day, root) IN (SELECT day_first FROM asked WHERE full_dob IS NOT NULL)
    OR hash(residence_zip5, number) IN (SELECT door FROM asked WHERE zip IS NOT NULL AND house IS NOT NULL)
    OR hash(residence_zip5, plain_last, year) IN (SELECT zip_last FROM asked WHERE birth_year IS NOT NULL)
    OR phone IN (SELECT phone FROM asked WHERE phone IS NOT NULL)
    OR email IN (SELECT email FROM asked WHERE email IS NOT NULL)
    OR state_voter_id IN (SELECT voter_id FROM :ids)
