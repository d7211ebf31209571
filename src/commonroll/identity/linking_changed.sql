-- Of the records made anew (`fresh`) those that are new or differ from the last linking's (`records_before`).
FROM fresh
EXCEPT
SELECT * FROM records_before SEMI JOIN fresh USING (record)
