-- two people, organizations, rows without a whole name, rows that say of nobody who it is, rows
SELECT
    count(*) FILTER (two_people),
    count(*) FILTER (organization),
    count(*) FILTER (first_name IS NULL OR last_name IS NULL),
    count(*) FILTER (
        (first_name IS NULL OR last_name IS NULL) AND voter_id IS NULL
        AND len(phones) = 0 AND len(emails) = 0 AND NOT two_people AND NOT organization
    ),
    count(*)
FROM people
