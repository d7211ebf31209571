-- Persons asked for, those with an address, pieces, names on them, and persons with an address and without a name.
SELECT
    (SELECT count(*) FROM persons),
    (SELECT count(*) FROM at_home),
    count(*),
    coalesce(sum(people), 0),
    (SELECT count(*) FROM at_home WHERE trim(coalesce(last_name, '')) = '')
FROM pieces
