WITH seen AS (SELECT :column AS text FROM leaked WHERE nullif(trim(:column), '') IS NOT NULL)
SELECT avg((number_said(text) BETWEEN 0 AND 100)::INT), count(DISTINCT number_said(text)) FROM seen
