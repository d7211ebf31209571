-- Voters as link records. Names that begin with a colon are relations, columns and patterns of `records.py`.
-- A value that too many rows share says nothing about a person: such dates, phones, e-mails and addresses are null.
WITH common_dates AS (
    SELECT birth_date FROM :voters WHERE birth_date IS NOT NULL GROUP BY birth_date
    HAVING count(*) > greatest(:date_rows, :date_share * (SELECT count(birth_date) FROM :voters))
),
common_phones AS (
    SELECT phone FROM :voters WHERE phone IS NOT NULL GROUP BY phone HAVING count(*) > :contact_rows
),
common_emails AS (
    SELECT lower(email) AS email FROM :voters WHERE email IS NOT NULL GROUP BY 1 HAVING count(*) > :contact_rows
),
crowded AS (
    SELECT residence_line1, coalesce(residence_unit, '') AS unit, residence_zip5 FROM :voters
    WHERE residence_line1 IS NOT NULL GROUP BY ALL HAVING count(*) > :address_rows
),
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
                AND common_dates.birth_date IS NULL THEN parted.birth_date
        END AS born,
        CASE WHEN parted.birth_date IS NULL AND parted.birth_year BETWEEN 1901 AND year(as_of)
            THEN parted.birth_year END AS year_alone,
        CASE WHEN common_phones.phone IS NULL THEN parted.phone END AS own_phone,
        CASE WHEN common_emails.email IS NULL THEN lower(parted.email) END AS own_email,
        crowded.residence_line1 IS NOT NULL AS is_crowded,
        coalesce(cut.suffix, '') AS name_tail
    FROM parted
    LEFT JOIN common_dates USING (birth_date)
    LEFT JOIN common_phones USING (phone)
    LEFT JOIN common_emails ON common_emails.email = lower(parted.email)
    LEFT JOIN crowded ON crowded.residence_line1 = parted.residence_line1
        AND crowded.unit = coalesce(parted.residence_unit, '')
        AND crowded.residence_zip5 IS NOT DISTINCT FROM parted.residence_zip5
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
