-- Whose line it is: persons of one e-mail, phone, name and ZIP code share it.
SELECT hashed.owner_no, hashed.voter_key, lines.row_no
FROM hashed
JOIN lines ON lines.email IS NOT DISTINCT FROM hashed.email AND lines.phone IS NOT DISTINCT FROM hashed.phone
    AND lines.first_name IS NOT DISTINCT FROM hashed.first_name
    AND lines.last_name IS NOT DISTINCT FROM hashed.last_name AND lines.zip IS NOT DISTINCT FROM hashed.zip
