-- Places joined to address points: the point of the same address; else between the nearest known numbers of the
-- same street and side, then of either side; else the middle of the ZIP, which nobody walks to.
-- `error_m` is the error to expect: of `between`, a third of the way between the two neighbours (measured on a
-- county's points with some held out: see bench/bench_geocode.py), at least 10 m.
WITH doors AS (
    SELECT DISTINCT street_key, area, number, fraction, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n
    FROM :places WHERE kind = 'street'
),
exact AS (
    SELECT street_key, area, number, fraction, avg(lat) AS lat, avg(lon) AS lon
    FROM :points GROUP BY ALL
),
numbers AS (
    SELECT street_key, area, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n, n % 2 AS side,
        avg(lat) AS lat, avg(lon) AS lon
    FROM :points GROUP BY ALL HAVING n > 0
),
unplaced AS (
    SELECT doors.*, n % 2 AS side FROM doors
    ANTI JOIN exact ON doors.street_key = exact.street_key AND doors.area = exact.area
        AND doors.number = exact.number AND coalesce(doors.fraction, '') = coalesce(exact.fraction, '')
    WHERE n > 0
),
same_side AS (
    SELECT u.*, below.n AS n1, below.lat AS lat1, below.lon AS lon1, above.n AS n2, above.lat AS lat2, above.lon AS lon2
    FROM unplaced AS u
    ASOF LEFT JOIN numbers AS below
        ON u.street_key = below.street_key AND u.area = below.area AND u.side = below.side AND u.n >= below.n
    ASOF LEFT JOIN numbers AS above
        ON u.street_key = above.street_key AND u.area = above.area AND u.side = above.side AND u.n <= above.n
),
any_side AS (
    SELECT u.* EXCLUDE (n1, lat1, lon1, n2, lat2, lon2),
        below.n AS n1, below.lat AS lat1, below.lon AS lon1, above.n AS n2, above.lat AS lat2, above.lon AS lon2
    FROM (SELECT * FROM same_side WHERE n1 IS NULL OR n2 IS NULL) AS u
    ASOF LEFT JOIN numbers AS below ON u.street_key = below.street_key AND u.area = below.area AND u.n >= below.n
    ASOF LEFT JOIN numbers AS above ON u.street_key = above.street_key AND u.area = above.area AND u.n <= above.n
),
neighboured AS (
    SELECT * FROM same_side WHERE n1 IS NOT NULL AND n2 IS NOT NULL
    UNION ALL BY NAME
    SELECT * FROM any_side WHERE n1 IS NOT NULL OR n2 IS NOT NULL
),
between_them AS (
    SELECT street_key, area, number, fraction,
        CASE WHEN n1 = n2 OR n2 IS NULL THEN 0.0 WHEN n1 IS NULL THEN 1.0 ELSE (n - n1) / (n2 - n1) END AS share,
        coalesce(lat1, lat2) AS a, coalesce(lon1, lon2) AS b, coalesce(lat2, lat1) AS c, coalesce(lon2, lon1) AS d,
        -- with a neighbour on one side alone, a door is a lot of some 8 m further for each number
        CASE WHEN n1 IS NULL OR n2 IS NULL THEN 8.0 * abs(n - coalesce(n1, n2))
            ELSE :metres / 3 END AS error
    FROM neighboured
),
middles AS (
    SELECT area, median(lat) AS lat, median(lon) AS lon, quantile_cont(lat, 0.84) - quantile_cont(lat, 0.16) AS spread
    FROM :points GROUP BY area
),
placed AS (
    SELECT street_key, area, number, fraction, lat, lon, 'point' AS method, 0.0 AS error FROM exact
    UNION ALL
    SELECT street_key, area, number, fraction, a + share * (c - a), b + share * (d - b), 'between', greatest(10.0, error)
    FROM between_them WHERE error <= :farthest
)
SELECT p.* EXCLUDE (street_key, area),
    round(coalesce(placed.lat, middles.lat), 6) AS latitude,
    round(coalesce(placed.lon, middles.lon), 6) AS longitude,
    coalesce(placed.method, CASE WHEN middles.lat IS NOT NULL THEN 'zip' END) AS method,
    CAST(round(coalesce(placed.error, greatest(500.0, middles.spread * 111000))) AS INTEGER) AS error_m
FROM :places AS p
LEFT JOIN placed ON CASE WHEN p.kind = 'street' THEN p.street_key END = placed.street_key
    AND p.area = placed.area AND p.number = placed.number
    AND coalesce(p.fraction, '') = coalesce(placed.fraction, '')
LEFT JOIN middles ON CASE WHEN p.kind = 'street' THEN p.area END = middles.area
