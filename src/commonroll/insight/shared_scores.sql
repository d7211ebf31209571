-- Values with one decimal; one that is as it was keeps the version under which it became so.
SELECT
    new_values.state_voter_id,
    $score AS score,
    round(new_values.value, 1) AS value,
    CASE WHEN old_values.value = round(new_values.value, 1) THEN old_values.version ELSE $version END AS version
FROM new_values
LEFT JOIN old_values USING (state_voter_id)
WHERE new_values.value IS NOT NULL
ORDER BY new_values.state_voter_id
