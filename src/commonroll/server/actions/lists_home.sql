-- Who of an owner's voters stood on a list, as the table listings has them; `left_out`: whom no read shows.
-- Parameters: $file (the list's members), $key (the import), $owner, $list, $name, $day, $by, $now.
SELECT sha256($key || '|' || state_voter_id) AS event_id, owner, state_voter_id, $list AS list, $name AS name,
       $day::DATE AS listed_on, $key AS import_id, $by AS gathered_by, $now::TIMESTAMP AS loaded_at
FROM read_parquet($file)
WHERE owner = $owner AND state_voter_id NOT IN (SELECT state_voter_id FROM left_out)
ORDER BY state_voter_id
