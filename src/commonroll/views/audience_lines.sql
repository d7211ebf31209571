-- Each audience line once, in the order of its hashes, which tells nothing of the roll's.
SELECT row_number() OVER (ORDER BY email, phone, first_name, last_name, zip) AS row_no, *
FROM (SELECT DISTINCT email, phone, first_name, last_name, country, zip FROM hashed)
