-- Places joined to what is known of the ground: a person's word; the address point of the same address (pointed.sql); else
-- what is known beside it (between.sql), by the smallest error; else the middle of the ZIP, which nobody walks to.
-- `error_m`: metres that nine of ten such doors keep; of an address's own points, how far they lie apart. `reason` says
-- why a door has no place to walk to. Names with a colon are relations of `places.py`.
WITH placed AS (
    SELECT street_key, area, number, fraction, lat, lon,
        CASE WHEN by_hand THEN 'hand' ELSE 'point' END AS method, error
    FROM :pointed
    UNION ALL
    SELECT * FROM :guessed
),
seen AS (
    SELECT street_key, area, lat, lon FROM :points
    UNION ALL
    SELECT street_key, area, lat1, lon1 FROM :ranges
),
middles AS (
    SELECT area, median(lat) AS lat, median(lon) AS lon FROM seen GROUP BY area
),
zips AS (
    SELECT m.*, quantile_cont(metres_between(m.lat, m.lon, seen.lat, seen.lon), 0.9) AS reach
    FROM middles AS m JOIN seen USING (area) GROUP BY ALL
),
streets AS (SELECT DISTINCT street_key, area FROM seen)
SELECT p.* EXCLUDE (street_key, area),
    round(coalesce(placed.lat, zips.lat), 6) AS latitude,
    round(coalesce(placed.lon, zips.lon), 6) AS longitude,
    coalesce(placed.method, CASE WHEN zips.lat IS NOT NULL THEN 'zip' END) AS method,
    CAST(ceil(coalesce(placed.error, greatest(500.0, zips.reach))) AS INTEGER) AS error_m,
    CASE
        WHEN placed.method IS NOT NULL THEN NULL
        WHEN p.kind <> 'street' THEN p.kind
        WHEN zips.lat IS NULL THEN 'area_unknown'
        WHEN streets.street_key IS NULL THEN 'street_unknown'
        ELSE 'number_far'
    END AS reason
FROM :places AS p
LEFT JOIN placed ON CASE WHEN p.kind = 'street' THEN p.street_key END = placed.street_key
    AND p.area = placed.area AND p.number = placed.number
    AND coalesce(p.fraction, '') = coalesce(placed.fraction, '')
LEFT JOIN zips ON CASE WHEN p.kind = 'street' THEN p.area END = zips.area
LEFT JOIN streets ON p.street_key = streets.street_key AND p.area = streets.area
