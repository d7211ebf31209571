-- The rows of mail_addressed.sql, here `keyed` with `address_key`, each with its place in the same order every time and
-- its household: the address however it is spelt, or as it stands where it fits no form.
SELECT *,
    row_number() OVER (ORDER BY owner_no, voter_key) AS place,
    coalesce(
        zip5 || '|' || address_key,
        trim(regexp_replace(
            upper(concat_ws(' ', line, unit_line, line3, city, zip5, country)), '[^A-Z0-9]+', ' ', 'g'
        ))
    ) AS household
FROM keyed
