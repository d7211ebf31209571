-- Among `read_lines` what was found out of how to reach voters, as the table found_out has it.
SELECT
    event_id, owner, state_voter_id, CASE question WHEN 'bounced' THEN 'bounces' ELSE 'addresses' END AS what,
    channel, CASE question WHEN 'bounced' THEN lower(answer) ELSE answer END AS value,
    answered_on AS found_on, gathered_by, loaded_at, source_file, source_line
FROM read_lines
WHERE refused IS NULL AND question IN ('bounced', 'address')
ORDER BY source_line
