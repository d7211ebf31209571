-- The doors with the side of a border on which each is: that of its persons, who vote in one place. The name that begins
-- with a colon is the columns of the border.
WITH sides AS (
    SELECT address_key, min(concat_ws('|', :border)) AS within
    FROM door_persons
    JOIN persons USING (owner_no, voter_key)
    WHERE address_key IS NOT NULL
    GROUP BY address_key
)
SELECT doors_found.*, coalesce(within, '') AS within
FROM doors_found
LEFT JOIN sides USING (address_key)
ORDER BY door
