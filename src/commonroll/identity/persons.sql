-- The written rule of person ids, R1 to R5 (docs/guide/identity.md, docs/adr/0058). Statements run in order on
-- one cursor. Given: run(at, run, inner, outer), ledger (the table `persons` after the turns of the roll),
-- registrants(member, record, registered_on), grouped(member, record, cluster, human), apart (pairs judged
-- different: member_l, record_l, member_r, record_r).

-- Who is on the roll now, with what the ledger says of each. Who is new starts a line of its own there; an id
-- that other registrants had before counts one incarnation more.
CREATE OR REPLACE TEMP TABLE standing AS
SELECT r.member, r.record, r.registered_on,
    coalesce(g.cluster, -row_number() OVER ()) AS cluster, g.cluster IS NULL AS alone, coalesce(g.human, FALSE) AS human,
    coalesce(l.origin_id, r.record) AS origin_id,
    coalesce(l.incarnation, before.incarnation + 1, 0)::INTEGER AS incarnation,
    l.person_id AS claim, l.since, coalesce(l.founded, FALSE) AS founded, l.former_id
FROM registrants r
LEFT JOIN (FROM ledger WHERE until IS NULL) l ON l.member = r.member AND l.state_voter_id = r.record
LEFT JOIN grouped g ON g.member = r.member AND g.record = r.record
LEFT JOIN (
    SELECT member, origin_id, max(incarnation) AS incarnation FROM ledger
    WHERE until IS NOT NULL OR state_voter_id <> origin_id GROUP BY ALL -- others stand under their first id
) before ON before.member = r.member AND before.origin_id = r.record;

-- Who stands alone under an id that was made of it keeps it (R2): nothing can take it away. The rules are for
-- the others.
CREATE OR REPLACE TEMP TABLE touched AS FROM standing WHERE NOT (alone AND founded);

-- Ids that the clusters bring along.
CREATE OR REPLACE TEMP TABLE claims AS
SELECT claim AS person_id, cluster, count(*) AS many, min(since) AS since, min({'member': member, 'record': record}) AS least
FROM touched WHERE claim IS NOT NULL GROUP BY ALL;

-- R4: of several clusters the one with the id's founder keeps it, else the one with more of its registrants,
-- else the one with the smallest record.
CREATE OR REPLACE TEMP TABLE kept AS
WITH founders AS (
    SELECT claim AS person_id, cluster FROM standing
    WHERE founded AND claim IN (SELECT person_id FROM claims)
)
SELECT c.*
FROM claims c LEFT JOIN founders f USING (person_id)
QUALIFY CASE
    WHEN f.cluster IS NOT NULL THEN f.cluster = c.cluster
    ELSE row_number() OVER (PARTITION BY c.person_id ORDER BY c.many DESC, c.least) = 1
END;

-- R2, R3: a cluster's one id, or of several the one that is oldest, else the smallest. R4: a part that lost its
-- id gets back one that was made of its registrants before. R1: otherwise a new one of its anchor.
CREATE OR REPLACE TEMP TABLE chosen AS
WITH anchors AS (
    SELECT cluster,
        arg_min(
            {'member': member, 'origin_id': origin_id, 'incarnation': incarnation},
            (coalesce(registered_on, DATE '9999-12-31'), member, record)
        ) AS anchor,
        arg_min(former_id, (coalesce(registered_on, DATE '9999-12-31'), member, record))
            FILTER (former_id IS NOT NULL) AS former_id
    FROM touched GROUP BY cluster
),
oldest AS (
    SELECT cluster, arg_min(person_id, (since, person_id)) AS person_id FROM kept GROUP BY cluster
)
SELECT a.cluster, a.anchor, o.person_id IS NULL AND a.former_id IS NULL AS made,
    coalesce(o.person_id, a.former_id, left(sha256(run.outer_block || unhex(sha256(
        run.inner_block || encode(concat_ws('|', a.anchor.member, a.anchor.origin_id, a.anchor.incarnation))
    ))), 32)) AS person_id
FROM anchors a LEFT JOIN oldest o USING (cluster), run;

-- R3: ids that became aliases of another.
CREATE OR REPLACE TEMP TABLE aliases AS
SELECT k.person_id AS alias, c.person_id, s.human
FROM kept k JOIN chosen c USING (cluster)
JOIN (SELECT cluster, bool_or(human) AS human FROM touched GROUP BY cluster) s USING (cluster)
WHERE k.person_id <> c.person_id;

-- R4: parts that lost an id to another cluster, and whether people parted them.
CREATE OR REPLACE TEMP TABLE splits AS
WITH lost AS (
    SELECT person_id, cluster FROM claims ANTI JOIN kept USING (person_id, cluster)
),
holders AS (
    SELECT person_id, cluster FROM kept
    UNION
    SELECT claim, cluster FROM standing WHERE founded AND claim IN (SELECT person_id FROM lost)
),
parted AS (
    SELECT DISTINCT one.cluster AS cluster, other.cluster AS from_cluster
    FROM (FROM apart UNION ALL SELECT member_r, record_r, member_l, record_l FROM apart) a
    JOIN standing one ON one.member = a.member_l AND one.record = a.record_l
    JOIN standing other ON other.member = a.member_r AND other.record = a.record_r
)
SELECT l.person_id, c.person_id AS other_id, bool_or(p.cluster IS NOT NULL) AS human
FROM lost l
JOIN chosen c ON c.cluster = l.cluster
LEFT JOIN holders h ON h.person_id = l.person_id
LEFT JOIN parted p ON p.cluster = l.cluster AND p.from_cluster = h.cluster
GROUP BY ALL;

-- The ledger as it stands from now on. R5: who is not on the roll keeps its line, and follows an id that became
-- an alias.
CREATE OR REPLACE TEMP TABLE settled AS
WITH here AS (
    SELECT s.member, s.record AS state_voter_id, s.claim AS person_id, s.since, 'rule' AS "by",
        s.origin_id, s.incarnation, s.founded, s.former_id, CAST(NULL AS TIMESTAMPTZ) AS until
    FROM standing s WHERE s.alone AND s.founded
    UNION ALL
    SELECT t.member, t.record, c.person_id, CASE WHEN t.claim = c.person_id THEN t.since ELSE run.at END,
        CASE WHEN t.alone THEN 'rule' WHEN t.human THEN 'human' ELSE 'model' END,
        t.origin_id, t.incarnation,
        CASE
            WHEN c.made THEN c.anchor.origin_id = t.origin_id AND c.anchor.incarnation = t.incarnation
                AND c.anchor.member = t.member
            WHEN t.founded THEN t.claim = c.person_id
            ELSE coalesce(t.former_id = c.person_id, FALSE)
        END,
        nullif(CASE WHEN t.founded THEN t.claim ELSE t.former_id END, c.person_id),
        NULL
    FROM touched t JOIN chosen c USING (cluster), run
),
away AS (
    SELECT l.member, l.state_voter_id, coalesce(a.person_id, l.person_id) AS person_id,
        CASE WHEN a.alias IS NULL THEN l.since ELSE run.at END AS since, l."by",
        l.origin_id, l.incarnation,
        CASE WHEN a.alias IS NULL THEN l.founded ELSE coalesce(l.former_id = a.person_id, FALSE) END AS founded,
        CASE WHEN a.alias IS NOT NULL AND l.founded THEN l.person_id
            ELSE nullif(l.former_id, coalesce(a.person_id, l.person_id)) END AS former_id,
        l.until
    FROM ledger l ANTI JOIN standing s
        ON s.member = l.member AND s.origin_id = l.origin_id AND s.incarnation = l.incarnation
    LEFT JOIN aliases a ON a.alias = l.person_id, run
)
FROM here UNION ALL FROM away;

CREATE OR REPLACE TEMP TABLE turned AS
SELECT turn, person_id, other_id, state_voter_id, earlier_id, reason,
    sha256(concat_ws('|', run.run, turn, person_id, other_id, state_voter_id, earlier_id)) AS event_id,
    run.run, run.at
FROM (
    SELECT 'joined' AS turn, person_id, alias AS other_id, CAST(NULL AS VARCHAR) AS state_voter_id,
        CAST(NULL AS VARCHAR) AS earlier_id, CASE WHEN human THEN 'people' ELSE 'model' END AS reason
    FROM aliases
    UNION ALL
    SELECT 'split', person_id, other_id, NULL, NULL, CASE WHEN human THEN 'people' ELSE 'model' END FROM splits
    UNION ALL
    SELECT turn, person_id, NULL, state_voter_id, earlier_id, 'roll' FROM roll_turns
), run;
