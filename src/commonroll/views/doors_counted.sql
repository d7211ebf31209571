-- Doors and their persons that can be walked to (`why` is null), and persons who cannot be, by reason.
SELECT why, count(*) AS doors, sum(people) AS people FROM doors_found GROUP BY why
UNION ALL
SELECT
    CASE WHEN coalesce(kind, 'unread') = 'unread' THEN 'the address could not be read'
        ELSE 'the address is none that can be walked to' END,
    0, count(*)
FROM door_persons
WHERE address_key IS NULL
GROUP BY ALL
ORDER BY why
