-- What a list's rows become in the vault's tables; four statements, parted by lines of hyphens.
-- Relations: `people`, `matched`, `said` (line, attribute, value, kind, of_household: cells kept as facts),
-- `lived` (state_voter_id, household_id).
-- Parameters: $owner, $import_id, $kind (of facts), $contact_kind, $source, $licence, $basis, $dated_on, $at, $file.

-- whom each row is about: a voter where the match is sure, else a contact; nobody where it names no person
CREATE OR REPLACE TEMP TABLE subjects AS
SELECT
    line,
    matched.state_voter_id,
    matched.home_voter,
    CASE WHEN matched.verdict IN ('unsure', 'household', 'none')
        AND matched.reason NOT IN ('organization', 'no_name')
        THEN sha256(concat_ws('|', $owner, people.first_name, people.middle_name, people.last_name,
            people.name_suffix, people.birth_date, people.birth_year, people.residence_line1,
            people.residence_unit, people.residence_zip5, people.phones, people.emails,
            -- who says nothing but a name stays apart from namesakes
            CASE WHEN people.residence_line1 IS NULL AND people.birth_date IS NULL AND len(people.phones) = 0
                AND len(people.emails) = 0 THEN $import_id || line END))[1:32]
    END AS contact_id
FROM matched JOIN people USING (line);
--------
SELECT
    sha256(concat_ws('|', $import_id, 'fact', said.line, said.attribute)) AS event_id,
    $owner AS owner,
    CASE WHEN NOT said.of_household THEN subjects.state_voter_id END AS state_voter_id,
    CASE WHEN NOT said.of_household THEN subjects.contact_id END AS contact_id,
    CASE WHEN said.of_household THEN lived.household_id END AS household_id,
    said.attribute,
    said.value,
    said.kind,
    $source AS source,
    $licence AS licence,
    $basis AS basis,
    $import_id AS import_id,
    NULL::VARCHAR AS replaces,
    $dated_on AS observed_on,
    NULL::DATE AS expires_on,
    $owner AS gathered_by,
    $at AS loaded_at,
    $file AS source_file,
    said.line AS source_line
FROM said
JOIN subjects USING (line)
-- of a row that is nobody's household nothing is kept of one
LEFT JOIN lived
    ON said.of_household AND lived.state_voter_id = coalesce(subjects.state_voter_id, subjects.home_voter)
WHERE CASE WHEN said.of_household THEN lived.household_id IS NOT NULL
    ELSE subjects.state_voter_id IS NOT NULL OR subjects.contact_id IS NOT NULL END
ORDER BY said.line, said.attribute
--------
SELECT
    sha256(concat_ws('|', $import_id, 'contact', contact_id)) AS event_id,
    contact_id,
    $owner AS owner,
    $contact_kind AS kind,
    NULL::VARCHAR AS person_id,
    NULL::VARCHAR AS state_voter_id,
    people.first_name,
    people.middle_name,
    people.last_name,
    people.name_suffix,
    people.birth_date,
    people.birth_year,
    people.residence_line1,
    people.residence_unit,
    people.residence_city,
    people.residence_state,
    people.residence_zip5,
    FALSE AS removed,
    $source AS source,
    $licence AS licence,
    $basis AS basis,
    $import_id AS import_id,
    $dated_on AS recorded_on,
    $owner AS gathered_by,
    $at AS loaded_at,
    $file AS source_file,
    line AS source_line
FROM subjects JOIN people USING (line)
WHERE contact_id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY contact_id ORDER BY line) = 1
ORDER BY line
--------
WITH numbers AS (
    SELECT
        line, 'phone' AS channel, unnest(phones) AS value,
        -- which of several numbers was dialed, the list does not say
        CASE WHEN len(phones) = 1 AND outcome IN ('works', 'wrong_person', 'disconnected') THEN outcome END AS status,
        list_has_any(optouts, ['all', 'phone']) AS asked
    FROM people
    UNION ALL
    SELECT
        line, 'email', unnest(emails), CASE WHEN len(emails) = 1 AND outcome = 'bounced' THEN outcome END,
        list_has_any(optouts, ['all', 'email'])
    FROM people
),
named AS (
    SELECT
        subjects.state_voter_id, subjects.contact_id, channel, value, min(line) AS line,
        coalesce(arg_max(status, line), 'unknown') AS status
    FROM numbers JOIN subjects USING (line)
    -- voters who ask to be left alone are; a contact who does leaves no number
    WHERE subjects.state_voter_id IS NOT NULL OR (subjects.contact_id IS NOT NULL AND NOT asked)
    GROUP BY ALL
)
SELECT
    sha256(concat_ws('|', $import_id, 'reach', coalesce(state_voter_id, contact_id), channel, value)) AS event_id,
    $owner AS owner,
    state_voter_id,
    contact_id,
    channel,
    value,
    'unknown' AS line_type,
    status,
    CASE WHEN status = 'unknown' THEN $kind ELSE 'seen' END AS kind,
    $source AS source,
    $licence AS licence,
    $basis AS basis,
    $import_id AS import_id,
    $dated_on AS observed_on,
    CASE WHEN status = 'works' THEN $dated_on::DATE END AS confirmed_on,
    $owner AS gathered_by,
    $at AS loaded_at,
    $file AS source_file,
    line AS source_line
FROM named
ORDER BY line, channel, value
