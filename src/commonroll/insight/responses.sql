-- Answers among `read_lines`, as the table responses has them.
SELECT
    event_id, owner, state_voter_id, question, answer, 'told' AS kind, answered_on, channel, gathered_by,
    loaded_at, source_file, source_line
FROM read_lines
WHERE refused IS NULL AND question NOT IN ('optout', 'bounced', 'address')
ORDER BY source_line
