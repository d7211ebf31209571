-- What came back about one owner's voters, by who gathered it; the owner's own gathering is no return.
-- Parameters: $owner. `came` holds the events of the owner's vault.
SELECT gathered_by,
       count(*) FILTER (kind = 'responses') AS answers,
       count(*) FILTER (kind = 'optouts') AS optouts,
       max(loaded_at) AT TIME ZONE 'UTC' AS newest,
       count(*) FILTER (kind = 'bounces') AS bounces,
       count(*) FILTER (kind = 'addresses') AS addresses,
       count(*) FILTER (kind = 'attempts') AS attempts
FROM came
WHERE owner = $owner AND gathered_by <> $owner
GROUP BY gathered_by
ORDER BY gathered_by
