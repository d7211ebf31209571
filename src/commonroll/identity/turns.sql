-- One load's turns of the roll, applied to the ledger: who stands under a new id, whose id is another's now.
-- Given: ledger, renumbered(earlier_id, state_voter_id), reused(state_voter_id), run, member(key).
CREATE OR REPLACE TEMP TABLE turned_ledger AS
WITH moved AS (
    SELECT l.*, r.state_voter_id AS new_id
    FROM ledger l LEFT JOIN renumbered r ON r.earlier_id = l.state_voter_id AND l.until IS NULL
)
SELECT member, coalesce(new_id, state_voter_id) AS state_voter_id, person_id, since, "by", origin_id, incarnation,
    founded, former_id,
    CASE
        WHEN until IS NOT NULL OR new_id IS NOT NULL THEN until
        -- its id is another registrant's now, who has it for the first time or brought it from elsewhere
        WHEN state_voter_id IN (SELECT state_voter_id FROM reused)
            OR state_voter_id IN (SELECT new_id FROM moved WHERE new_id IS NOT NULL) THEN (SELECT r.at FROM run r)
    END AS until,
    CASE WHEN new_id IS NOT NULL THEN state_voter_id END AS earlier_id
FROM moved;

INSERT INTO roll_turns
SELECT 'renumbered', person_id, state_voter_id, earlier_id FROM turned_ledger WHERE earlier_id IS NOT NULL
UNION ALL
SELECT 'reused', t.person_id, t.state_voter_id, NULL
FROM turned_ledger t JOIN ledger l USING (member, origin_id, incarnation)
WHERE t.until IS NOT NULL AND l.until IS NULL;

CREATE OR REPLACE TEMP TABLE ledger AS SELECT * EXCLUDE (earlier_id) FROM turned_ledger;
