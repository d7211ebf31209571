-- One scan over the files of some owners. A row's owner is decided by the file it lies in, never by its contents:
-- `owners` holds, for each file in order, the owner's number in this question.
SELECT CAST(CAST(:owners AS SMALLINT[])[CAST(file_index AS BIGINT) + 1] AS SMALLINT) AS owner_no
FROM read_parquet(:files)
