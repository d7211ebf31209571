-- How a column's values go with a load's: rows in both, how many are the same, how far away, how they correlate.
SELECT count(*), avg((abs(said.value - held.value) < 0.051)::INT), avg(abs(said.value - held.value)),
    corr(said.value, held.value)
FROM said JOIN read_parquet($path) AS held USING (state_voter_id) WHERE held.value IS NOT NULL
