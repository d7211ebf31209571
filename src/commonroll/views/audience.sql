-- The persons of an audience as ad platforms match them: what is there of e-mail, phone, and names with a ZIP code, each
-- as the platforms spell it and then hashed; country and ZIP code stay as they are. Whitespace goes, letters become small;
-- a phone is E.164, a name of one letter or a cut number is none. Names count only together with a ZIP code.
-- https://developers.google.com/data-manager/api/devguides/audiences (read 2026-11-27: no rule on dots in addresses)
WITH spelt AS (
    SELECT owner_no, voter_key,
        nullif(regexp_extract(lower(regexp_replace(email, '\s', '', 'g')), '^[^@]+@[^@]+\.[^@.]+$'), '') AS email,
        nullif(regexp_extract(phone, '^\+[1-9][0-9]{9,14}$'), '') AS phone,
        lower(regexp_replace(first_name, '\s', '', 'g')) AS first_name,
        lower(regexp_replace(last_name, '\s', '', 'g')) AS last_name,
        nullif(regexp_extract(residence_zip5, '^[0-9]{5}$'), '') AS zip
    FROM persons
),
matched AS (
    SELECT *, length(first_name) > 1 AND length(last_name) > 1 AND zip IS NOT NULL AS by_name
    FROM spelt
)
SELECT owner_no, voter_key,
    sha256(email) AS email,
    sha256(phone) AS phone,
    CASE WHEN by_name THEN sha256(first_name) END AS first_name,
    CASE WHEN by_name THEN sha256(last_name) END AS last_name,
    CASE WHEN by_name THEN 'US' END AS country,
    CASE WHEN by_name THEN zip END AS zip
FROM matched
WHERE email IS NOT NULL OR phone IS NOT NULL OR by_name
