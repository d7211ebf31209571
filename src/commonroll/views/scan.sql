-- One scan over the files of some owners. A row's owner is decided by the file it lies in, never by its contents:
-- `owner_no` gives, for each file in order, the owner's number in this question.
SELECT CAST(:owner_no AS SMALLINT) AS owner_no
FROM read_parquet(:files)
