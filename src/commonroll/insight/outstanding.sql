-- What one gatherer has about one owner's voters, by kind: all, what the owner lacks, what it lacks and is late,
-- and when the oldest that it lacks was loaded.
-- Parameters: $owner, $gathered_by. `gathered` holds kind, event_id, owner, gathered_by, loaded_at of the
-- gatherer's vault, `with_owner` the owner's event ids, `due` by kind when it had to be there.
SELECT kind, count(*), count(*) FILTER (lacking), count(*) FILTER (lacking AND loaded_at < due.due),
       (min(loaded_at) FILTER (lacking))::TIMESTAMP
FROM (
    SELECT kind, loaded_at, event_id NOT IN (SELECT event_id FROM with_owner) AS lacking
    FROM gathered
    WHERE owner = $owner AND gathered_by = $gathered_by
)
JOIN due USING (kind)
GROUP BY kind
ORDER BY kind
