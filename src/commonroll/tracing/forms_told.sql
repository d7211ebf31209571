-- In what share of a column's texts two, and three, digits stand after the point, the last of them a zero.
SELECT avg(regexp_full_match(:column, '[0-9]{1,3}[.][0-9]0')::INT),
    avg(regexp_full_match(:column, '[0-9]{1,3}[.][0-9]00')::INT)
FROM leaked WHERE nullif(trim(:column), '') IS NOT NULL
