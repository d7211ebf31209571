-- Every row of the attempts of some visits.
-- Parameters: $files (attempts of the gatherer's vault). `visits` holds their ids.
SELECT held.* FROM read_parquet($files) AS held SEMI JOIN visits USING (visit_id) ORDER BY event_id
