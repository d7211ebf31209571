-- Every decoy of a register as a row of the roll: what was invented of it, and nothing else.
SELECT * FROM (SELECT * FROM read_parquet($voters) LIMIT 0)
UNION ALL BY NAME
SELECT
    $member AS member, $state AS state, 'active' AS status, false AS confidential, state_voter_id,
    first_name, middle_name, last_name, birth_date, birth_year, residence_line1, residence_zip5
FROM register_rows
