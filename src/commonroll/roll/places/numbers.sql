-- Known house numbers with their place: letters and fractions of one number are one, at their middle; `wide`: metres
-- from there to the farthest of them.
WITH known AS (
    SELECT street_key, area, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n, lat, lon
    FROM :points WHERE number NOT IN (:no_number)
),
middles AS (
    SELECT street_key, area, n, avg(lat) AS lat, avg(lon) AS lon FROM known WHERE n > 0 GROUP BY street_key, area, n
)
SELECT m.*, m.n % 2 AS side, max(metres_between(m.lat, m.lon, known.lat, known.lon)) AS wide
FROM middles AS m JOIN known USING (street_key, area, n) GROUP BY ALL
