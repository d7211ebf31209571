-- Voters who share with some row of a list what a pair is compared for (a superset of `identity.blocking`), or
-- whom a row names by id. Names that begin with a colon are relations and SQL texts of `matching.py`.
WITH asked AS (
    SELECT
        record, first_root, last_name, birth_year, full_dob, surname4, zip, house, phone, email,
        hash(least(first_root, last_name), greatest(first_root, last_name)) AS both_names,
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
        replace(replace(plain_last, '-', ''), ' ', '')[1:4] AS last4
    FROM spelled
    LEFT JOIN :nicknames AS nicknames ON nicknames.nickname = plain_first
)
SELECT * EXCLUDE (plain_first, plain_last, day, year, number, root, last4)
FROM keyed
WHERE hash(least(root, plain_last), greatest(root, plain_last)) IN (SELECT both_names FROM asked WHERE first_root IS NOT NULL AND last_name IS NOT NULL)
    OR hash(day, last4) IN (SELECT day_last FROM asked WHERE full_dob IS NOT NULL)
    OR hash(day, root) IN (SELECT day_first FROM asked WHERE full_dob IS NOT NULL)
    OR hash(residence_zip5, number) IN (SELECT door FROM asked WHERE zip IS NOT NULL AND house IS NOT NULL)
    OR hash(residence_zip5, plain_last, year) IN (SELECT zip_last FROM asked WHERE birth_year IS NOT NULL)
    OR phone IN (SELECT phone FROM asked WHERE phone IS NOT NULL)
    OR email IN (SELECT email FROM asked WHERE email IS NOT NULL)
    OR state_voter_id IN (SELECT voter_id FROM :ids)
