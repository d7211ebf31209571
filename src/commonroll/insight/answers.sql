-- Lines of an answers sheet, each with the first reason why it does not load, or null.
-- Parameters: $gathered_by, $file, $file_hash, $loaded_at, $today. `sheet` holds the lines as they came, `known`
-- owner, reference (the state's id or a pseudonym) and state_voter_id of every voter that the lines may speak of.
WITH lines AS (
    SELECT
        source_line,
        trim(owner) AS owner,
        coalesce(nullif(trim(state_voter_id), ''), nullif(trim(voter_ref), '')) AS reference,
        lower(trim(question)) AS question,
        trim(answer) AS answer,
        try_cast(trim("date") AS DATE) AS answered_on,
        lower(trim(channel)) AS channel
    FROM sheet
)
SELECT
    sha256(concat_ws('|', $gathered_by, $file_hash, source_line::VARCHAR)) AS event_id,
    lines.* EXCLUDE (reference),
    known.state_voter_id,
    $gathered_by AS gathered_by,
    $loaded_at::TIMESTAMP AS loaded_at,
    $file AS source_file,
    CASE
        WHEN coalesce(lines.owner, '') = '' THEN 'no owner'
        WHEN lines.reference IS NULL THEN 'no voter id'
        WHEN known.state_voter_id IS NULL THEN 'no voter of this owner has this id'
        WHEN coalesce(lines.question, '') = '' THEN 'no question'
        WHEN NOT regexp_full_match(lines.question, '[a-z0-9][a-z0-9_.-]{0,63}') THEN 'the question is no code'
        WHEN coalesce(lines.answer, '') = '' THEN 'no answer'
        WHEN length(lines.answer) > 200 THEN 'the answer is longer than 200 characters'
        WHEN lines.answered_on IS NULL THEN 'no date as YYYY-MM-DD'
        WHEN lines.answered_on > $today::DATE THEN 'the date lies ahead'
        WHEN lines.answered_on < DATE '2000-01-01' THEN 'the date is before 2000'
        WHEN lines.question = 'bounced' AND coalesce(lines.channel, '') NOT IN ('phone', 'text', 'mail', 'email')
            THEN 'what bounced is none of phone, text, mail, email'
        WHEN lines.question = 'bounced'
            AND lower(lines.answer) NOT IN ('bounced', 'wrong_person', 'disconnected')
            THEN 'a bounce says how: bounced, wrong_person, disconnected'
        WHEN lines.question <> 'bounced'
            AND coalesce(lines.channel, '') NOT IN ('door', 'phone', 'text', 'mail', 'event', 'other')
            THEN 'the channel is none of door, phone, text, mail, event, other'
        WHEN lines.question = 'optout'
            AND lower(lines.answer) NOT IN ('all', 'door', 'phone', 'text', 'mail', 'email')
            THEN 'an opt-out names its channel: all, door, phone, text, mail, email'
        WHEN lines.question = 'withdrawn' THEN 'an answer is taken back where it was given'
    END AS refused
FROM lines
LEFT JOIN known ON known.owner = lines.owner AND known.reference = lines.reference
