-- For each row of voters its place in all files together and a print of each key by which it may be found; null
-- where the row lacks a part of the key; `prefix` is the last name's beginning, as a number. Parameters: $files, $starts (rows before each file), $salt.
WITH rows AS (
    SELECT
        list_extract($starts::BIGINT[], (file_index + 1)::BIGINT) + file_row_number AS place,
        state_voter_id,
        nullif(regexp_replace(upper(strip_accents(first_name)), '[^A-Z0-9]', '', 'g'), '') AS first_name,
        nullif(regexp_replace(upper(strip_accents(last_name)), '[^A-Z0-9]', '', 'g'), '') AS last_name,
        nullif(regexp_replace(upper(strip_accents(residence_line1)), '[^A-Z0-9]', '', 'g'), '') AS line1,
        nullif(left(trim(residence_zip5), 5), '') AS zip5,
        birth_date::VARCHAR AS born,
        nullif(right(regexp_replace(phone, '[^0-9]', '', 'g'), 10), '') AS phone,
        nullif(lower(trim(email)), '') AS email
    FROM read_parquet($files, file_row_number = true)
)
SELECT
    place::UINTEGER AS place,
    ('0x' || rpad(hex(left(last_name, 8)), 16, '0'))::UBIGINT AS prefix,
    md5_number_lower($salt || 'id' || chr(10) || state_voter_id) AS id,
    md5_number_lower($salt || 'email' || chr(10) || email) AS email,
    md5_number_lower($salt || 'phone' || chr(10) || phone) AS phone,
    md5_number_lower($salt || 'name' || chr(10) || last_name || chr(10) || first_name) AS name,
    md5_number_lower(
        $salt || 'born' || chr(10) || last_name || chr(10) || first_name || chr(10) || zip5 || chr(10) || born
    ) AS born,
    md5_number_lower(
        $salt || 'line' || chr(10) || last_name || chr(10) || first_name || chr(10) || zip5 || chr(10) || line1
    ) AS line
FROM rows
