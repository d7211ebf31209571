-- A file of address points as lines with a place: `source` has every column below as text, null where the file has
-- none. Parts of the address go before a whole line, which may hold a town.
SELECT
    coalesce(
        CASE WHEN number IS NOT NULL AND street IS NOT NULL THEN
            concat_ws(' ', concat(number, CASE WHEN suffix LIKE '%/%' THEN ' ' END, suffix), before, street, type, after)
        END,
        line
    ) AS line,
    unit AS unit_line,
    nullif(regexp_extract(zip, '^[0-9]{5}'), '') AS zip5,
    upper(city) AS city,
    TRY_CAST(lat AS DOUBLE) AS lat,
    TRY_CAST(lon AS DOUBLE) AS lon
FROM :source
