-- The persons of one turf as a walker meets them: `persons` (the question's rows), `door_persons` (their doors today) and the
-- cut's files $people and $doors. `there`: whether somebody's door today is the one that was cut.
CREATE TEMP TABLE turf_rows AS
SELECT
    of.owner, of.state_voter_id AS voter_key, of.door, persons.residence_line1 AS line, doors.unit AS unit,
    nullif(concat_ws(' ', first_name, last_name, name_suffix), '') AS name,
    CASE WHEN age >= 75 THEN '75+' WHEN age >= 65 THEN '65-74' WHEN age >= 55 THEN '55-64' WHEN age >= 45 THEN '45-54'
        WHEN age >= 35 THEN '35-44' WHEN age >= 25 THEN '25-34' WHEN age >= 18 THEN '18-24' END AS age,
    language, coalesce(today.address_key = doors.address_key, false) AS there
FROM read_parquet($people) AS of
JOIN owners USING (owner)
JOIN persons ON persons.owner_no = owners.owner_no AND persons.voter_key = of.state_voter_id
JOIN door_persons AS today ON today.owner_no = persons.owner_no AND today.voter_key = persons.voter_key
JOIN read_parquet($doors) AS doors ON doors.door = of.door
