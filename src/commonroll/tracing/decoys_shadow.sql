-- A table's rows of the voters that are shadowed, under the decoys' ids.
SELECT :columns FROM (
    SELECT shadow.* REPLACE (present.state_voter_id AS state_voter_id)
    FROM read_parquet(:files) AS shadow JOIN present ON present.shadow_id = shadow.state_voter_id
)
