-- One key for each address, however it is spelt, as `places.sql` makes it. `lived` has line, unit_line, city and
-- zip5 beside whatever else; names that begin with a colon are texts of `address.py`. No key where the line fits no
-- form.
WITH parted AS (:parts)
SELECT * EXCLUDE (:dropped),
    CASE WHEN kind <> 'unread' THEN
        md5(concat_ws('|', kind, number, fraction, :street_key, coalesce(unit, ''), coalesce(zip5, city, '')))
    END AS address_key
FROM parted
