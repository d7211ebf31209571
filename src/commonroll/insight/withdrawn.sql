-- Rows of found_out that take back those of one sheet, each once: the value names the event.
SELECT
    'withdrawn-' || event_id AS event_id, owner, state_voter_id, what, channel, $withdrawn || event_id AS value,
    $today::DATE AS found_on, gathered_by, $loaded_at::TIMESTAMP AS loaded_at, source_file, source_line
FROM read_parquet($files)
WHERE gathered_by = $gathered_by AND starts_with(event_id, $batch || '-')
ORDER BY event_id
