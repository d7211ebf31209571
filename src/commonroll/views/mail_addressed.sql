-- The persons of a mail file, each with the address that mail goes to: the mailing address where it is whole, else the
-- residence. `persons`: the governed rows; `owners`: owner_no, state. A ZIP code that is not five digits (or nine) is
-- none, a residence lies in its owner's state, and an address needs a line and a ZIP code, or a country of its own.
WITH said AS (
    SELECT *,
        regexp_replace(coalesce(mail_zip, ''), '[^0-9]', '', 'g') AS digits,
        upper(trim(coalesce(mail_country, ''))) NOT IN (
            '', 'US', 'USA', 'U S A', 'U.S.A.', 'UNITED STATES', 'UNITED STATES OF AMERICA'
        ) AS abroad
    FROM persons
),
chosen AS (
    SELECT *,
        trim(coalesce(mail_line1, '')) <> ''
            AND (abroad OR (length(digits) IN (5, 9) AND trim(coalesce(mail_city, '')) <> '')) AS by_mail
    FROM said
),
addressed AS (
    SELECT
        owner_no, voter_key, first_name, last_name, name_suffix,
        CASE WHEN by_mail THEN mail_line1 ELSE residence_line1 END AS line,
        CASE WHEN by_mail THEN mail_line2 ELSE residence_unit END AS unit_line,
        CASE WHEN by_mail THEN mail_line3 END AS line3,
        CASE WHEN NOT by_mail THEN residence_city
            WHEN abroad THEN concat_ws(' ', mail_city, mail_state, mail_zip) ELSE mail_city END AS city,
        CASE WHEN NOT by_mail THEN coalesce(residence_state, owners.state) WHEN NOT abroad THEN mail_state
            END AS post_state,
        CASE WHEN NOT by_mail THEN nullif(regexp_extract(residence_zip5, '^[0-9]{5}$'), '')
            WHEN NOT abroad THEN left(digits, 5) END AS zip5,
        CASE WHEN NOT by_mail THEN nullif(regexp_extract(residence_zip4, '^[0-9]{4}$'), '')
            WHEN NOT abroad THEN nullif(substr(digits, 6, 4), '') END AS zip4,
        CASE WHEN by_mail AND abroad THEN upper(trim(mail_country)) END AS country
    FROM chosen
    JOIN owners USING (owner_no)
)
SELECT * FROM addressed
WHERE trim(coalesce(line, '')) <> '' AND (zip5 IS NOT NULL OR country IS NOT NULL)
