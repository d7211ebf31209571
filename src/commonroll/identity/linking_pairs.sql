-- All scored pairs of today: those scored now, and of the last linking (`before`) those whose records are both
-- as they were.
WITH still AS (
    SELECT member, record FROM prints ANTI JOIN changed USING (member, record)
)
FROM scored
UNION ALL BY NAME
FROM before AS b
SEMI JOIN still AS l ON l.member = b.member_l AND l.record = b.record_l
SEMI JOIN still AS r ON r.member = b.member_r AND r.record = b.record_r
ORDER BY member_l, record_l, member_r, record_r
