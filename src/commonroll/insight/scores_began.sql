SELECT state_voter_id, version, value FROM read_parquet(?, filename = true)
WHERE ends_with(filename, '--' || version || '.parquet')
