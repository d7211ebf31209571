-- Voters as link records. Names that begin with a colon are relations, columns and patterns of `records.py`.
-- A value that too many rows share says nothing about a person: such dates, phones, e-mails and addresses are null.
WITH crowds AS MATERIALIZED (:crowds),
named AS (
    SELECT * EXCLUDE (first_name, middle_name, last_name),
        :first_name AS first_name, :middle_name AS middle_name, :last_name AS whole_name
    FROM :voters
),
cut AS (
    SELECT *, regexp_extract(whole_name, :suffixed, ['name', 'suffix']) AS cut,
        residence_line1 AS line, residence_unit AS unit_line
    FROM named
),
parted AS (:parts),
born AS (
    SELECT parted.*,
        CASE
            WHEN parted.birth_date >= DATE '1900-01-02' AND parted.birth_date <= as_of
                AND common_dates.key IS NULL THEN parted.birth_date
        END AS born,
        CASE WHEN parted.birth_date IS NULL AND parted.birth_year BETWEEN 1901 AND year(as_of)
            THEN parted.birth_year END AS year_alone,
        CASE WHEN common_phones.key IS NULL THEN parted.phone END AS own_phone,
        CASE WHEN common_emails.key IS NULL THEN lower(parted.email) END AS own_email,
        common_addresses.key IS NOT NULL AS is_crowded,
        coalesce(cut.suffix, '') AS name_tail
    FROM parted
    LEFT JOIN crowds AS common_dates
        ON common_dates.kind = 'birth_date' AND common_dates.key = :birth_date_key
    LEFT JOIN crowds AS common_phones ON common_phones.kind = 'phone' AND common_phones.key = :phone_key
    LEFT JOIN crowds AS common_emails ON common_emails.kind = 'email' AND common_emails.key = :email_key
    LEFT JOIN crowds AS common_addresses
        ON common_addresses.kind = 'address' AND common_addresses.key = :address_key
),
dated AS (
    SELECT *, coalesce(year(born), year_alone) AS known_year,
        CASE WHEN birth_date IS NULL AND birth_year IS NULL AND age BETWEEN 10 AND 120
            THEN year(as_of) - age END AS latest_year,
        CASE WHEN name_tail <> '' THEN cut.name ELSE whole_name END AS surname,
        nullif(concat_ws(' ', number, fraction, :street_key), '') AS line_read
    FROM born
),
addressed AS (
    SELECT *, nullif(concat_ws(' ', line_read, unit), '') AS addr FROM dated
)
SELECT
    member,
    addressed.state_voter_id AS record,
    first_name,
    coalesce(nicknames.root, first_name) AS first_root,
    middle_name,
    middle_name[1] AS middle_initial,
    surname AS last_name,
    replace(replace(surname, '-', ''), ' ', '')[1:4] AS surname4,
    :suffix AS suffix,
    CASE sex WHEN 'female' THEN 'F' WHEN 'male' THEN 'M' END AS sex,
    coalesce(strftime(born, '%Y-%m-%d'), CAST(known_year AS VARCHAR)) AS dob,
    strftime(born, '%Y-%m-%d') AS full_dob,
    CAST(known_year AS SMALLINT) AS birth_year,
    CAST(coalesce(known_year, latest_year - 1) AS SMALLINT) AS born_from,
    CAST(coalesce(known_year, latest_year) AS SMALLINT) AS born_to,
    addr,
    unit,
    residence_zip5 AS zip,
    CASE WHEN NOT is_crowded THEN number END AS house,
    CASE WHEN NOT is_crowded THEN line_read || '|' || residence_zip5 END AS building,
    CASE WHEN NOT is_crowded THEN addr || '|' || residence_zip5 END AS addrzip,
    addrzip_before,
    state,
    county_fips,
    own_phone AS phone,
    own_email AS email,
    registered_on,
    status
FROM addressed
LEFT JOIN :nicknames AS nicknames ON nicknames.nickname = first_name
LEFT JOIN (:before) AS earlier ON earlier.state_voter_id = addressed.state_voter_id
