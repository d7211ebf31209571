-- Places joined to what is known of the ground: a person's word; the address point of the same address; else, by the
-- smaller error, between the nearest known numbers of the same street and side or of either side (15 m more), at the
-- nearer of them where they say nothing, or along the range of numbers of a side of the street; else the middle of the ZIP, which nobody walks to.
-- `points` and `ranges` are relations of `points.py` and `ranges.py`; other names with a colon are of `places.py`.
-- `error_m` is the error to expect: of `between`, a third of the way between the two neighbours (measured on a
-- county's points with some held out: see bench/bench_geocode.py), at least 10 m; of `range`, a quarter of the side,
-- at least 20 m. `reason` says why a door has no place to walk to.
WITH doors AS (
    SELECT DISTINCT street_key, area, number, fraction, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n,
        ltrim(replace(number, '-', ''), '0') AS bare
    FROM :places WHERE kind = 'street'
),
exact AS (
    SELECT street_key, area, number, fraction, bool_or(by_hand) AS by_hand,
        coalesce(avg(lat) FILTER (by_hand), avg(lat)) AS lat, coalesce(avg(lon) FILTER (by_hand), avg(lon)) AS lon
    FROM :points GROUP BY ALL
),
numbers AS (
    SELECT street_key, area, TRY_CAST(regexp_extract(number, '^[0-9]+') AS INTEGER) AS n, n % 2 AS side,
        avg(lat) AS lat, avg(lon) AS lon
    FROM :points GROUP BY ALL HAVING n > 0
),
same AS (
    SELECT doors.*, exact.lat, exact.lon, by_hand
    FROM doors
    JOIN exact ON doors.street_key = exact.street_key AND doors.area = exact.area
        AND doors.number = exact.number AND doors.fraction IS NOT DISTINCT FROM exact.fraction
),
spelt_otherwise AS ( -- Queens: 104-20 and 10420; but 10-12 is no 1012 where 10 or 12 is known
    SELECT doors.*, avg(exact.lat) AS lat, avg(exact.lon) AS lon, bool_or(by_hand) AS by_hand
    FROM doors
    JOIN exact ON doors.street_key = exact.street_key AND doors.area = exact.area
        AND doors.bare = ltrim(replace(exact.number, '-', ''), '0') AND doors.number <> exact.number
        AND doors.fraction IS NOT DISTINCT FROM exact.fraction
    ANTI JOIN numbers ON doors.street_key = numbers.street_key AND doors.area = numbers.area
        AND doors.number LIKE '%-%'
        AND numbers.n IN (doors.n, TRY_CAST(regexp_extract(doors.number, '[0-9]+$') AS INTEGER))
    GROUP BY ALL
),
pointed AS (
    SELECT * FROM same
    UNION ALL
    SELECT o.* FROM spelt_otherwise AS o
    ANTI JOIN same ON o.street_key = same.street_key AND o.area = same.area
        AND o.number = same.number AND o.fraction IS NOT DISTINCT FROM same.fraction
),
unplaced AS (
    SELECT doors.*, n % 2 AS side FROM doors
    ANTI JOIN pointed ON doors.street_key = pointed.street_key AND doors.area = pointed.area
        AND doors.number = pointed.number AND doors.fraction IS NOT DISTINCT FROM pointed.fraction
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
    FROM (
        SELECT * FROM same_side
        WHERE n1 IS NULL OR n2 IS NULL OR metres_between(lat1, lon1, lat2, lon2) / 3 > :farthest
    ) AS u
    ASOF LEFT JOIN numbers AS below ON u.street_key = below.street_key AND u.area = below.area AND u.n >= below.n
    ASOF LEFT JOIN numbers AS above ON u.street_key = above.street_key AND u.area = above.area AND u.n <= above.n
),
neighboured AS (
    SELECT *, 0.0 AS across FROM same_side
    UNION ALL BY NAME
    SELECT *, 15.0 AS across FROM any_side
),
between_them AS ( -- between both neighbours
    SELECT street_key, area, number, fraction, CASE WHEN n1 = n2 THEN 0.0 ELSE (n - n1) / (n2 - n1) END AS share,
        lat1 AS a, lon1 AS b, lat2 AS c, lon2 AS d, across + metres_between(lat1, lon1, lat2, lon2) / 3 AS error
    FROM neighboured WHERE n1 IS NOT NULL AND n2 IS NOT NULL
    UNION ALL -- or, where one is missing or both are far apart, at the nearer: a door is a lot of some 8 m further for each number
    SELECT street_key, area, number, fraction, CASE WHEN n2 IS NULL OR n - n1 <= n2 - n THEN 0.0 ELSE 1.0 END AS share,
        coalesce(lat1, lat2) AS a, coalesce(lon1, lon2) AS b, coalesce(lat2, lat1) AS c, coalesce(lon2, lon1) AS d,
        across + 8.0 * least(n - n1, n2 - n) AS error
    FROM neighboured
    WHERE (n1 IS NOT NULL OR n2 IS NOT NULL)
        AND (n1 IS NULL OR n2 IS NULL OR metres_between(lat1, lon1, lat2, lon2) / 3 > :farthest)
),
along AS (
    SELECT u.street_key, u.area, u.number, u.fraction,
        CASE WHEN r.first_n = r.last_n THEN 0.5 ELSE (u.n - r.first_n) / (r.last_n - r.first_n) END AS share,
        r.* EXCLUDE (street_key, area)
    FROM unplaced AS u
    ASOF JOIN :ranges AS r ON u.street_key = r.street_key AND u.area = r.area AND u.side = r.side AND u.n >= r.low
    WHERE u.n <= r.high
),
guessed AS (
    SELECT street_key, area, number, fraction, a + share * (c - a) AS lat, b + share * (d - b) AS lon,
        'between' AS method, greatest(10.0, error) AS error
    FROM between_them WHERE error <= :farthest
    UNION ALL
    SELECT street_key, area, number, fraction, lat1 + share * (lat2 - lat1) + aside_lat,
        lon1 + share * (lon2 - lon1) + aside_lon, 'range', greatest(20.0, metres / 4)
    FROM along WHERE metres / 4 <= :farthest
),
placed AS (
    SELECT street_key, area, number, fraction, lat, lon,
        CASE WHEN by_hand THEN 'hand' ELSE 'point' END AS method, 0.0 AS error FROM pointed
    UNION ALL
    SELECT * FROM guessed
    QUALIFY row_number() OVER (PARTITION BY street_key, area, number, fraction ORDER BY error, method) = 1
),
seen AS (
    SELECT street_key, area, lat, lon FROM :points
    UNION ALL
    SELECT street_key, area, lat1, lon1 FROM :ranges
),
middles AS (
    SELECT area, median(lat) AS lat, median(lon) AS lon, quantile_cont(lat, 0.84) - quantile_cont(lat, 0.16) AS spread
    FROM seen GROUP BY area
),
streets AS (SELECT DISTINCT street_key, area FROM seen)
SELECT p.* EXCLUDE (street_key, area),
    round(coalesce(placed.lat, middles.lat), 6) AS latitude,
    round(coalesce(placed.lon, middles.lon), 6) AS longitude,
    coalesce(placed.method, CASE WHEN middles.lat IS NOT NULL THEN 'zip' END) AS method,
    CAST(round(coalesce(placed.error, greatest(500.0, middles.spread * 111000))) AS INTEGER) AS error_m,
    CASE
        WHEN placed.method IS NOT NULL THEN NULL
        WHEN p.kind <> 'street' THEN p.kind
        WHEN middles.lat IS NULL THEN 'area_unknown'
        WHEN streets.street_key IS NULL THEN 'street_unknown'
        ELSE 'number_far'
    END AS reason
FROM :places AS p
LEFT JOIN placed ON CASE WHEN p.kind = 'street' THEN p.street_key END = placed.street_key
    AND p.area = placed.area AND p.number = placed.number
    AND coalesce(p.fraction, '') = coalesce(placed.fraction, '')
LEFT JOIN middles ON CASE WHEN p.kind = 'street' THEN p.area END = middles.area
LEFT JOIN streets ON p.street_key = streets.street_key AND p.area = streets.area
