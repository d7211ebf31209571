-- Attempts that go on to their owner now: of $until or before, not there, and not taken back before they went;
-- and what takes back one that is there. `there`: event ids of the owner's vault.
-- Parameters: $files (attempts in the gatherer's vault), $owner, $gathered_by, $until, $now, $withdrawn.
WITH mine AS (
    SELECT * REPLACE ($now::TIMESTAMP AS loaded_at)
    FROM read_parquet($files)
    WHERE owner = $owner AND gathered_by = $gathered_by AND attempted_on <= $until::DATE
),
back AS (SELECT replaces AS event_id FROM mine WHERE result = $withdrawn)
SELECT * FROM mine
WHERE event_id NOT IN (SELECT event_id FROM there)
  AND CASE WHEN result = $withdrawn THEN replaces IN (SELECT event_id FROM there)
           ELSE event_id NOT IN (SELECT event_id FROM back) END
ORDER BY event_id
