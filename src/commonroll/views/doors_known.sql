-- What the owners' rolls know of where buildings stand, under the keys of `doors_read.sql`; of no person.
-- The name that begins with a colon is the files of their addresses.
SELECT md5(concat_ws('|', number, fraction, :street_key, coalesce(zip5, city, ''))) AS building_key,
    :street_key AS street_key, coalesce(zip5, city, '') AS area, latitude, longitude, method, error_m
FROM :places
WHERE kind = 'street' AND latitude IS NOT NULL
