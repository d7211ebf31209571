-- What was found out about each person of a piece that came back, as the table found_out has it.
SELECT
    concat_ws('-', $batch, came.source_line, row_number() OVER (
        PARTITION BY came.source_line ORDER BY kept.owner, kept.state_voter_id
    )) AS event_id,
    kept.owner, kept.state_voter_id,
    CASE came.reason WHEN 'forwarded' THEN 'addresses' ELSE 'bounces' END AS what,
    'mail' AS channel,
    CASE came.reason WHEN 'forwarded' THEN came.new_address ELSE came.reason END AS value,
    came.found_on, $gathered_by AS gathered_by, $loaded_at::TIMESTAMP AS loaded_at,
    $file AS source_file, came.source_line
FROM came
JOIN kept USING (code)
WHERE came.refused IS NULL
ORDER BY came.source_line, kept.owner, kept.state_voter_id
