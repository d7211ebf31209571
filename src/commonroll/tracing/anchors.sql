-- Values of a score with, in tenths, the value under whose parities each is marked (`anchor`): the one that began its
-- version, which the file of that load has; its own where it began with it.
SELECT held.state_voter_id, held.version, held.value,
    CAST(round(coalesce(began.value, held.value) * 10) AS SMALLINT) AS anchor
FROM read_parquet($path) AS held
LEFT JOIN (
    SELECT state_voter_id, version, value FROM read_parquet($loads, filename = true)
    WHERE ends_with(filename, '--' || version || '.parquet')
) AS began USING (state_voter_id, version)
WHERE held.value IS NOT NULL
