-- A fingerprint of what each registrant's link record is made of, the day of the roll included where it matters
-- (`records.sql`), and hashes of what can be crowded. The engine's own hash is fast; a linking by another version
-- of the engine compares everything (`Linked.engine`).
SELECT state_voter_id AS record,
    hash(
        state, status, first_name, middle_name, last_name, name_suffix, birth_date, birth_year, sex, registered_on,
        residence_line1, residence_unit, residence_zip5, phone, email, county_fips,
        birth_date > getvariable('as_of'), birth_year > year(getvariable('as_of')),
        CASE WHEN age BETWEEN 10 AND 120 THEN year(getvariable('as_of')) - age END
    ) AS print,
    birth_date_key, phone_key, email_key, address_key
FROM voters
