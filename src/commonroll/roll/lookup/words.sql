-- The words of one column of voters, with the places of the rows that have them, twice where a value has one twice; `{column}` is a name of texts.WORDED.
-- Parameters: $files, $starts (rows before each file).
SELECT
    list_extract($starts::BIGINT[], (file_index + 1)::BIGINT) + file_row_number AS place,
    unnest(regexp_extract_all(
        translate(
            upper(strip_accents(translate(
                replace(replace({column}, 'ß', 'ss'), 'ẞ', 'SS'), 'øØłŁđĐ', 'oOlLdD'
            ))),
            '''’`.', ''
        ),
        '[A-Z0-9]+'
    )) AS word
FROM read_parquet($files, file_row_number = true)
WHERE {column} IS NOT NULL
