-- One row for each door of `door_persons`, with the place that its owner's roll knows for the building: `known_places` has
-- building_key, street_key, area, latitude, longitude, method, error_m. `why`: for what reason nobody can walk there; `known`:
-- buildings that the rolls know on its street.
WITH every AS (
    SELECT building_key, latitude, longitude, method, CAST(error_m AS DOUBLE) AS error_m FROM known_places
    WHERE latitude IS NOT NULL
    UNION ALL
    SELECT building_key, latitude, longitude, 'hand', -1 FROM hand_places
),
placed AS (
    SELECT building_key, arg_min(latitude, error_m) AS latitude, arg_min(longitude, error_m) AS longitude,
        arg_min(method, error_m) AS method
    FROM every
    GROUP BY building_key
),
doors AS (
    SELECT address_key, any_value(building_key) AS building_key, any_value(street_key) AS street_key,
        any_value(area) AS area, any_value(house) AS house, any_value(number_text) AS number_text,
        any_value(unit) AS unit, count(*) AS people
    FROM door_persons
    WHERE address_key IS NOT NULL
    GROUP BY address_key
),
streets AS (
    SELECT street_key, area, count(DISTINCT building_key) AS known
    FROM known_places
    SEMI JOIN doors USING (street_key, area)
    GROUP BY ALL
)
SELECT
    row_number() OVER (ORDER BY area, street_key, house, number_text, unit NULLS FIRST, address_key) - 1 AS door,
    address_key, doors.building_key, street_key, area, coalesce(house, 0) AS house, number_text, unit, people,
    latitude, longitude, method, coalesce(known, 0) AS known,
    CASE WHEN method IS NULL THEN 'no place is known for the address'
        WHEN method NOT IN (:walked) THEN 'its place is known to the ZIP code alone' END AS why
FROM doors
LEFT JOIN placed USING (building_key)
LEFT JOIN streets USING (street_key, area)
ORDER BY door
