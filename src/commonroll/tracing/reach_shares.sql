-- In what share of a roll's rows a phone, an e-mail and a mailing address stand; whether addresses are written in
-- capitals. `?`: the roll's files.
SELECT avg((phone IS NOT NULL)::INT), avg((email IS NOT NULL)::INT), avg((mail_line1 IS NOT NULL)::INT),
    avg((mail_line1 = upper(mail_line1))::INT) FILTER (mail_line1 IS NOT NULL) > 0.5
FROM read_parquet(?)
