-- Registrants of two members whose persons are to be settled together. Given: ledger (both tables `persons`),
-- pairs (sure pairs of the two rolls). A cluster is one person of each roll that pairs tie to one person of the
-- other, and to no second one.
WITH here AS (
    SELECT member, state_voter_id, person_id FROM ledger WHERE until IS NULL
),
tied AS (
    SELECT DISTINCT l.member AS member_l, l.person_id AS person_l, r.member AS member_r, r.person_id AS person_r
    FROM pairs AS p
    JOIN here AS l ON l.member = p.member_l AND l.state_voter_id = p.record_l
    JOIN here AS r ON r.member = p.member_r AND r.state_voter_id = p.record_r
),
single AS (
    FROM tied
    QUALIFY count(*) OVER (PARTITION BY person_l) = 1 AND count(*) OVER (PARTITION BY person_r) = 1
),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY person_l, person_r) AS cluster FROM single
),
clustered AS (
    SELECT member_l AS member, person_l AS person_id, cluster FROM numbered
    UNION ALL
    SELECT member_r, person_r, cluster FROM numbered
),
-- ids that stand in both ledgers were joined before; without a pair of today each roll's part is by itself
before AS (
    SELECT person_id FROM here GROUP BY person_id HAVING count(DISTINCT member) > 1
),
asked AS (
    SELECT h.*, c.cluster, count(*) OVER (PARTITION BY h.member, h.person_id) AS many
    FROM here AS h LEFT JOIN clustered AS c USING (member, person_id)
    WHERE c.cluster IS NOT NULL OR h.person_id IN (FROM before)
)
SELECT member, state_voter_id AS record, state_voter_id, CAST(NULL AS DATE) AS registered_on,
    CASE
        WHEN cluster IS NOT NULL THEN cluster
        WHEN many > 1 THEN (SELECT count(*) FROM numbered) + dense_rank() OVER (ORDER BY member, person_id)
    END AS cluster,
    false AS human
FROM asked
ORDER BY member, state_voter_id
