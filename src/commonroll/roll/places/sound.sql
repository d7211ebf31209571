-- Address points with what is wrong with their place, null where nothing is: too many addresses at one place, far
-- from everything else of the ZIP, or far from the numbers before and after that stand beside each other.
-- `points` has number, fraction, street_key, area, lat, lon; names that begin with a colon are bounds of `points.py`.
WITH known AS (
    SELECT street_key, area, number, fraction, avg(lat) AS lat, avg(lon) AS lon
    FROM :points GROUP BY ALL
),
crowded AS (
    SELECT lat, lon FROM known GROUP BY ALL HAVING count(*) > :crowd
),
middles AS (
    SELECT area, median(lat) AS lat, median(lon) AS lon FROM known GROUP BY area
),
reaches AS (
    SELECT known.area, middles.lat, middles.lon,
        greatest(:nearby, 5 * quantile_cont(metres_between(known.lat, known.lon, middles.lat, middles.lon), 0.9)) AS reach
    FROM known JOIN middles USING (area) GROUP BY ALL
),
beside AS (
    SELECT *, lag(lat) OVER street AS lat1, lag(lon) OVER street AS lon1,
        lead(lat) OVER street AS lat2, lead(lon) OVER street AS lon2
    FROM known
    WINDOW street AS (
        PARTITION BY street_key, area
        ORDER BY TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER), number, fraction
    )
),
judged AS (
    SELECT street_key, area, number, fraction,
        CASE
            WHEN crowded.lat IS NOT NULL THEN 'crowd'
            WHEN metres_between(beside.lat, beside.lon, reaches.lat, reaches.lon) > reaches.reach THEN 'outside'
            WHEN metres_between(lat1, lon1, lat2, lon2) <= :apart
                AND metres_between(beside.lat, beside.lon, lat1, lon1) > :apart
                AND metres_between(beside.lat, beside.lon, lat2, lon2) > :apart THEN 'off_street'
        END AS fault
    FROM beside
    LEFT JOIN crowded ON crowded.lat = beside.lat AND crowded.lon = beside.lon
    LEFT JOIN reaches USING (area)
)
SELECT points.*, judged.fault
FROM :points AS points
JOIN judged ON judged.street_key = points.street_key AND judged.area = points.area
    AND judged.number = points.number AND judged.fraction IS NOT DISTINCT FROM points.fraction
