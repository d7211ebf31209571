-- Answers of one gatherer about one owner's voters: all, those that the owner lacks, those it lacks and are late,
-- and when the oldest that it lacks was loaded.
-- Parameters: $gathered (files), $owner, $gathered_by, $due. `with_owner` holds the owner's event ids.
SELECT count(*), count(*) FILTER (lacking), count(*) FILTER (lacking AND loaded_at < $due),
       (min(loaded_at) FILTER (lacking))::TIMESTAMP
FROM (
    SELECT loaded_at, event_id NOT IN (SELECT event_id FROM with_owner) AS lacking
    FROM read_parquet($gathered)
    WHERE owner = $owner AND gathered_by = $gathered_by
)
