-- One row per row of a list: what it was matched to, how surely, and if not, why not.
-- Relations: `people`; `by_id` (line, state_voter_id, agrees: of ids that may be believed); `scored` (line,
-- state_voter_id, weight, probability, gammas, verdict, reason); `homes` (line, voters, voter); `hidden`
-- (state_voter_id: whom no read shows). Parameters: $offered
-- (alternatives at most), $least (probability from which one is offered).
WITH ranked AS (
    SELECT
        scored.*,
        hidden.state_voter_id IS NOT NULL AS is_hidden,
        row_number() OVER (PARTITION BY line ORDER BY weight DESC, scored.state_voter_id) AS place
    FROM scored
    LEFT JOIN hidden ON hidden.state_voter_id = scored.state_voter_id
),
best AS (
    SELECT
        line,
        -- of a row's pairs one at most is sure
        arg_max(state_voter_id, (verdict = 'sure', weight)) AS state_voter_id,
        arg_max(weight, (verdict = 'sure', weight)) AS weight,
        arg_max(probability, (verdict = 'sure', weight)) AS probability,
        arg_max(is_hidden, (verdict = 'sure', weight)) AS is_hidden,
        bool_or(verdict = 'sure') AS sure,
        arg_max(reason, (verdict = 'unsure', weight)) FILTER (verdict = 'unsure') AS reason,
        list({voter: state_voter_id, weight: weight, probability: probability, gammas: gammas} ORDER BY place)
            FILTER (place <= $offered AND probability >= $least AND NOT is_hidden) AS alternatives
    FROM ranked
    GROUP BY line
),
decided AS (
    SELECT
        people.line,
        by_id.state_voter_id AS id_voter,
        by_id.agrees AS id_agrees,
        id_hidden.state_voter_id IS NOT NULL AS id_is_hidden,
        best.* EXCLUDE (line),
        homes.voters AS home_voters,
        homes.voter AS home_voter,
        people.organization,
        people.last_name IS NULL AND people.first_name IS NULL AND len(people.phones) = 0
            AND len(people.emails) = 0 AS nobody,
        -- an id that says one voter and a name that says another
        coalesce(NOT by_id.agrees, FALSE) AND best.state_voter_id IS DISTINCT FROM by_id.state_voter_id
            AS contradicted
    FROM people
    LEFT JOIN by_id USING (line)
    LEFT JOIN hidden AS id_hidden ON id_hidden.state_voter_id = by_id.state_voter_id
    LEFT JOIN best USING (line)
    LEFT JOIN homes USING (line)
),
judged AS (
    SELECT
        *,
        CASE
            WHEN id_is_hidden OR (is_hidden AND (sure OR reason IS NOT NULL))
                THEN 'left_out'
            WHEN id_agrees THEN 'sure'
            WHEN contradicted AND id_voter IS NOT NULL THEN 'unsure'
            -- a birth date at an address names nobody
            WHEN nobody THEN 'none'
            WHEN sure THEN 'sure'
            WHEN reason = 'household' THEN 'household'
            WHEN reason IS NOT NULL THEN 'unsure'
            WHEN home_voters > 0 THEN 'household'
            ELSE 'none'
        END AS verdict
    FROM decided
)
SELECT
    line,
    verdict,
    CASE WHEN verdict = 'sure' THEN CASE WHEN id_agrees THEN id_voter ELSE state_voter_id END END
        AS state_voter_id,
    CASE WHEN verdict = 'sure' THEN CASE WHEN id_agrees THEN 'id' ELSE 'score' END END AS way,
    CASE WHEN verdict <> 'left_out' AND NOT coalesce(id_agrees, FALSE) THEN weight END AS weight,
    CASE WHEN verdict <> 'left_out' THEN CASE WHEN id_agrees THEN 1.0 ELSE probability END END AS probability,
    CASE
        WHEN verdict IN ('sure', 'left_out') THEN NULL
        WHEN contradicted AND id_voter IS NOT NULL THEN 'id_contradicts'
        WHEN verdict = 'household' THEN 'household'
        WHEN verdict = 'unsure' THEN reason
        WHEN organization THEN 'organization'
        WHEN nobody THEN 'no_name'
        ELSE 'nobody_alike'
    END AS reason,
    CASE WHEN verdict = 'unsure' THEN CASE
        WHEN contradicted AND id_voter IS NOT NULL THEN list_prepend(
            {voter: id_voter, weight: NULL::DOUBLE, probability: NULL::DOUBLE, gammas: NULL}, coalesce(alternatives, [])
        )[:$offered]
        ELSE alternatives
    END END AS alternatives,
    CASE WHEN verdict IN ('household', 'unsure') THEN home_voters END AS home_voters,
    CASE WHEN verdict = 'household'
        THEN coalesce(home_voter, CASE WHEN reason = 'household' THEN state_voter_id END) END AS home_voter
FROM judged
