-- Values that more rows of `people` share than one person or home could: what, values, rows.
-- Parameters: $contacts, $addresses, $dates (rows at most), $share (of rows with a date, at most).
SELECT what, count(*) AS "values", sum(n)::BIGINT AS "rows"
FROM (
    SELECT 'phone' AS what, count(*) AS n FROM (SELECT unnest(phones) AS one FROM people) GROUP BY one
    HAVING n > $contacts
    UNION ALL
    SELECT 'email', count(*) AS n FROM (SELECT unnest(emails) AS one FROM people) GROUP BY one
    HAVING n > $contacts
    UNION ALL
    SELECT 'address', count(*) AS n FROM people WHERE residence_line1 IS NOT NULL
    GROUP BY residence_line1, residence_unit, residence_zip5
    HAVING n > $addresses
    UNION ALL
    SELECT 'date', count(*) AS n FROM people WHERE birth_date IS NOT NULL
    GROUP BY birth_date
    HAVING n > greatest($dates, $share * (SELECT count(birth_date) FROM people))
)
GROUP BY what
ORDER BY what
