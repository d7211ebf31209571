-- How many of `wanted` stand on the roll already, and how many phones have an area code that fewer than one phone in
-- a thousand has. `?`: the roll's files.
WITH roll AS (SELECT phone, email, upper(mail_line1) AS line, left(mail_zip, 5) AS zip FROM read_parquet(?)),
areas AS (
    SELECT left(phone, 5) AS area, count(*) / sum(count(*)) OVER () AS share
    FROM roll WHERE phone IS NOT NULL GROUP BY ALL
)
SELECT
    count(*) FILTER (
        (kind = 'phone' AND value IN (SELECT phone FROM roll WHERE phone IS NOT NULL))
        OR (kind = 'email' AND value IN (SELECT email FROM roll WHERE email IS NOT NULL))
        OR (kind = 'mail' AND (upper(value), zip) IN (SELECT (line, zip) FROM roll WHERE line IS NOT NULL))
    ),
    count(*) FILTER (kind = 'phone' AND left(value, 5) NOT IN (SELECT area FROM areas WHERE share >= 0.001))
FROM wanted
