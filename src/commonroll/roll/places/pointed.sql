-- Doors that have address points of their own: at their middle, within the farthest of them, or where a person put them.
-- Names with a colon are relations of `places.py`.
WITH doors AS (
    SELECT DISTINCT street_key, area, number, fraction, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n,
        ltrim(replace(number, '-', ''), '0') AS bare
    FROM :places WHERE kind = 'street'
),
middles AS (
    SELECT street_key, area, number, fraction, bool_or(by_hand) AS by_hand,
        coalesce(avg(lat) FILTER (by_hand), avg(lat)) AS lat, coalesce(avg(lon) FILTER (by_hand), avg(lon)) AS lon
    FROM :points GROUP BY street_key, area, number, fraction
),
exact AS (
    SELECT m.*, max(CASE WHEN m.by_hand THEN 0.0 ELSE metres_between(m.lat, m.lon, p.lat, p.lon) END) AS error
    FROM middles AS m
    JOIN :points AS p ON m.street_key = p.street_key AND m.area = p.area
        AND m.number = p.number AND m.fraction IS NOT DISTINCT FROM p.fraction
    GROUP BY ALL
),
same AS (
    SELECT doors.* EXCLUDE (n, bare), exact.lat, exact.lon, by_hand, error
    FROM doors
    JOIN exact ON doors.street_key = exact.street_key AND doors.area = exact.area
        AND doors.number = exact.number AND doors.fraction IS NOT DISTINCT FROM exact.fraction
),
spelt_otherwise AS ( -- Queens: 104-20 and 10420; but 10-12 is no 1012 where 10 or 12 is known
    SELECT doors.* EXCLUDE (n, bare), avg(exact.lat) AS lat, avg(exact.lon) AS lon, bool_or(by_hand) AS by_hand, max(error) AS error
    FROM doors
    JOIN exact ON doors.street_key = exact.street_key AND doors.area = exact.area
        AND doors.bare = ltrim(replace(exact.number, '-', ''), '0') AND doors.number <> exact.number
        AND doors.fraction IS NOT DISTINCT FROM exact.fraction
    ANTI JOIN :numbers AS numbers ON doors.street_key = numbers.street_key AND doors.area = numbers.area
        AND doors.number LIKE '%-%'
        AND numbers.n IN (doors.n, TRY_CAST(regexp_extract(doors.number, '[0-9]+$') AS INTEGER))
    GROUP BY ALL
)
SELECT * FROM same
UNION ALL
SELECT o.* FROM spelt_otherwise AS o
ANTI JOIN same ON o.street_key = same.street_key AND o.area = same.area
    AND o.number = same.number AND o.fraction IS NOT DISTINCT FROM same.fraction
