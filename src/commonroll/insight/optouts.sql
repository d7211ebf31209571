-- Opt-outs among `read_lines`, as the table optouts has them.
SELECT
    event_id, owner, state_voter_id, lower(answer) AS channel, answered_on AS asked_on, gathered_by,
    loaded_at, source_file, source_line
FROM read_lines
WHERE refused IS NULL AND question = 'optout'
ORDER BY source_line
