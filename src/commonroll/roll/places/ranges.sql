-- Sides of streets with the numbers they may hold, piece by piece of their line: a piece holds the numbers from `low`
-- to `high`; `first_n` is at (lat1, lon1), `last_n` at (lat2, lon2), `metres` is the whole side. `sides` has a
-- street's text as `line`, zip5, from_n, to_n, `hand` (1 left of the line, -1 right of it) and the line's
-- `coordinates`; names that begin with a colon are of `ranges.py`.
WITH keyed AS (
    SELECT row_number() OVER () AS id, :street_key AS street_key, coalesce(zip5, '') AS area, from_n, to_n, hand, coordinates
    FROM (:parts) WHERE kind = 'street'
),
pieces AS (
    SELECT * EXCLUDE (coordinates), coordinates[piece][2] AS lat1, coordinates[piece][1] AS lon1,
        coordinates[piece + 1][2] AS lat2, coordinates[piece + 1][1] AS lon2, metres_between(lat1, lon1, lat2, lon2) AS long
    FROM (SELECT *, unnest(range(1, len(coordinates))) AS piece FROM keyed)
),
shared AS (
    SELECT *, sum(long) OVER side AS metres, sum(long) OVER (side ORDER BY piece) AS walked
    FROM pieces WHERE long > 0 WINDOW side AS (PARTITION BY id)
)
SELECT street_key, area, unnest(CASE WHEN from_n % 2 = to_n % 2 THEN [from_n % 2] ELSE [0, 1] END) AS side,
    from_n + (to_n - from_n) * (walked - long) / metres AS first_n,
    from_n + (to_n - from_n) * walked / metres AS last_n,
    least(first_n, last_n) AS low, greatest(first_n, last_n) AS high, lat1, lon1, lat2, lon2, metres,
    -- a door stands beside the line, not on it
    hand * :aside * (lon2 - lon1) * cos(radians(lat1)) / long AS aside_lat,
    -hand * :aside * (lat2 - lat1) / cos(radians(lat1)) / long AS aside_lon
FROM shared
