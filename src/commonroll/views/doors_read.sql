-- The persons of a walk, here `persons` with the parts of their residence lines, each with the keys of door, building and
-- street. A line that fits no form has a door of its own, one that says no street has none that anybody knocks at.
WITH said AS (
    SELECT owner_no, voter_key, residence_line1 AS line, residence_unit AS unit_line, residence_city AS city,
        residence_zip5 AS zip5
    FROM persons
),
parted AS (:parts),
streeted AS (SELECT *, :street_key AS street_key, coalesce(zip5, city, '') AS area FROM parted)
SELECT owner_no, voter_key, kind, unit, street_key, area,
    TRY_CAST(regexp_extract(number, '^[0-9]+') AS BIGINT) AS house,
    concat_ws(' ', number, fraction) AS number_text,
    CASE WHEN kind = 'street'
        THEN md5(concat_ws('|', kind, number, fraction, street_key, coalesce(unit, ''), area)) END AS address_key,
    CASE WHEN kind = 'street' THEN md5(concat_ws('|', number, fraction, street_key, area)) END AS building_key
FROM streeted
