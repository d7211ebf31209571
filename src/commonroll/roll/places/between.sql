-- Doors without a point of their own, placed by what is known beside them: street_key, area, number, fraction, lat, lon,
-- method, error. Of several ways the one of the smallest error; only doors that no way of their own ZIP places are asked
-- of the ZIPs around. `error` is what nine of ten doors keep: measured on a county's points with some held out, see
-- bench/bench_geocode.py. Names with a colon are of `places.py`.
WITH unplaced AS (
    SELECT DISTINCT p.street_key, p.area, p.number, p.fraction, p.street, p.street_type,
        concat_ws(' ', p.street, p.street_type) AS plain, TRY_CAST(regexp_extract(p.number, '^[0-9]+') AS INTEGER) AS n
    FROM :places AS p
    ANTI JOIN :pointed AS o ON p.street_key = o.street_key AND p.area = o.area
        AND p.number = o.number AND p.fraction IS NOT DISTINCT FROM o.fraction
    WHERE p.kind = 'street' AND n > 0 AND p.number NOT IN (:no_number)
),
streets AS ( -- `plain` has no direction, `untyped` no type either
    SELECT street_key, area, regexp_replace(regexp_replace(street_key, :before, '\1'), :after, '\1') AS plain,
        regexp_replace(plain, :typed, '\1') AS untyped
    FROM (SELECT DISTINCT street_key, area FROM :numbers)
),
spelt_otherwise AS ( -- a direction or the type more or less, where one street only can be meant
    SELECT u.street_key, u.area, min(s.street_key) AS known_street
    FROM (SELECT DISTINCT street_key, area, plain, street, street_type FROM unplaced) AS u
    JOIN streets AS s ON u.area = s.area AND (
        (u.plain = s.plain AND (u.street_key = u.plain OR s.street_key = s.plain))
        OR (u.street_key = s.untyped AND s.street_key = s.plain) OR (u.plain = u.street_key AND u.street = s.street_key))
    ANTI JOIN streets AS own ON u.street_key = own.street_key AND u.area = own.area
    GROUP BY u.street_key, u.area HAVING count(DISTINCT s.street_key) = 1
),
sought AS (
    SELECT u.*, n % 2 AS side, coalesce(known_street, street_key) AS known_street
    FROM unplaced AS u LEFT JOIN spelt_otherwise USING (street_key, area)
),
same_side AS (
    SELECT u.*, below.n AS n1, below.lat AS lat1, below.lon AS lon1, above.n AS n2, above.lat AS lat2, above.lon AS lon2,
        greatest(below.wide, above.wide) AS wide
    FROM sought AS u
    ASOF LEFT JOIN :numbers AS below
        ON u.known_street = below.street_key AND u.area = below.area AND u.side = below.side AND u.n >= below.n
    ASOF LEFT JOIN :numbers AS above
        ON u.known_street = above.street_key AND u.area = above.area AND u.side = above.side AND u.n <= above.n
),
any_side AS (
    SELECT u.* REPLACE (below.n AS n1, below.lat AS lat1, below.lon AS lon1, above.n AS n2, above.lat AS lat2, above.lon AS lon2)
    FROM (FROM same_side WHERE n1 IS NULL OR n2 IS NULL OR metres_between(lat1, lon1, lat2, lon2) > 1000) AS u
    ASOF LEFT JOIN :numbers AS below ON u.known_street = below.street_key AND u.area = below.area AND u.n >= below.n
    ASOF LEFT JOIN :numbers AS above ON u.known_street = above.street_key AND u.area = above.area AND u.n <= above.n
),
neighboured AS (
    SELECT *, true AS same FROM same_side
    UNION ALL BY NAME
    SELECT *, false AS same FROM any_side
),
ways AS (
    SELECT *, lat1 AS lat, lon1 AS lon, 'between' AS method, greatest(120.0, wide) AS error -- the same number, another letter
    FROM neighboured WHERE n1 = n2 AND same
    UNION ALL BY NAME
    SELECT *, (n - n1) / (n2 - n1) AS share, lat1 + share * (lat2 - lat1) AS lat, lon1 + share * (lon2 - lon1) AS lon,
        'between' AS method, metres_between(lat1, lon1, lat2, lon2) AS apart,
        CASE WHEN same THEN least(0.7 * apart, 130 + 0.32 * apart) ELSE least(70 + 0.85 * apart, 190 + 0.4 * apart) END AS error
    FROM neighboured WHERE n1 < n2
    UNION ALL BY NAME -- at the nearer, or the only one: numbers go on lot by lot, then leap by a block
    SELECT *, least(n - n1, n2 - n) AS off_by, 'between' AS method,
        CASE WHEN n - n1 = off_by THEN lat1 ELSE lat2 END AS lat, CASE WHEN n - n1 = off_by THEN lon1 ELSE lon2 END AS lon,
        least(CASE WHEN same THEN 45 ELSE 85 END + 22 * off_by, 380 + 3 * off_by) AS error
    FROM neighboured WHERE off_by > 0 AND (n1 IS NULL OR n2 IS NULL OR metres_between(lat1, lon1, lat2, lon2) > 1000)
    UNION ALL BY NAME
    SELECT u.*, CASE WHEN r.first_n = r.last_n THEN 0.5 ELSE (u.n - r.first_n) / (r.last_n - r.first_n) END AS share,
        r.lat1 + share * (r.lat2 - r.lat1) + r.aside_lat AS lat, r.lon1 + share * (r.lon2 - r.lon1) + r.aside_lon AS lon,
        'range' AS method, 30 + 0.4 * r.metres AS error
    FROM sought AS u
    ASOF JOIN :ranges AS r ON u.street_key = r.street_key AND u.area = r.area AND u.side = r.side AND u.n >= r.low
    WHERE u.n <= r.high
),
of_own_zip AS (
    SELECT street_key, area, number, fraction, lat, lon, method, greatest(10.0, error) AS error
    FROM ways WHERE error <= :farthest
    QUALIFY row_number() OVER (PARTITION BY street_key, area, number, fraction ORDER BY error, method, same DESC) = 1
),
-- A roll's ZIP may be another than the one of the points at its edge.
middles AS (
    SELECT area, median(lat) AS lat, median(lon) AS lon FROM :numbers GROUP BY area
),
zips AS (
    SELECT m.*, greatest(1000.0, quantile_cont(metres_between(m.lat, m.lon, k.lat, k.lon), 0.9)) AS reach
    FROM middles AS m JOIN :numbers AS k USING (area) GROUP BY ALL
),
around AS (
    SELECT own.*, beside.area AS beside
    FROM zips AS own JOIN zips AS beside
        ON own.area <> beside.area AND metres_between(own.lat, own.lon, beside.lat, beside.lon) <= own.reach + beside.reach
),
gaps AS (
    SELECT street_key, area, n AS n1, lat AS lat1, lon AS lon1, lead(n) OVER street AS n2, lead(lat) OVER street AS lat2,
        lead(lon) OVER street AS lon2, metres_between(lat1, lon1, lat2, lon2) AS apart
    FROM :numbers WINDOW street AS (PARTITION BY street_key, area ORDER BY n)
),
goes_on AS (
    SELECT u.street_key, u.area, u.number, u.fraction, gaps.area AS beside,
        lat1 + (u.n - n1) / (n2 - n1) * (lat2 - lat1) AS lat, lon1 + (u.n - n1) / (n2 - n1) * (lon2 - lon1) AS lon,
        300 + apart AS error
    FROM unplaced AS u
    ANTI JOIN of_own_zip AS o ON u.street_key = o.street_key AND u.area = o.area
        AND u.number = o.number AND u.fraction IS NOT DISTINCT FROM o.fraction
    JOIN around USING (area)
    JOIN gaps ON u.street_key = gaps.street_key AND around.beside = gaps.area AND u.n BETWEEN n1 AND n2
    WHERE error <= :farthest
        AND metres_between(around.lat, around.lon, gaps.lat1, gaps.lon1) <= 1.5 * around.reach
)
SELECT * FROM of_own_zip
UNION ALL
SELECT street_key, area, number, fraction, min(lat), min(lon), 'between', min(error)
FROM (FROM goes_on QUALIFY row_number() OVER (PARTITION BY street_key, area, number, fraction, beside ORDER BY error, lat) = 1)
GROUP BY street_key, area, number, fraction HAVING count(*) = 1
