-- Rows of a score that carry a layer (code.selected), of versions of the key's year, and the 64 bits that their
-- bias follows from. Of a row that both layers choose, the point wins.
WITH drawn AS (
    SELECT
        state_voter_id,
        version,
        anchor,
        commonroll_u64(
            $inner, $outer, 'select' || chr(0) || 'point:' || $score || ':' || version, state_voter_id
        ) % 1000000 < $point AS point,
        commonroll_u64(
            $inner, $outer, 'select' || chr(0) || 'tenth:' || $score || ':' || version, state_voter_id
        ) % 1000000 < $tenth AS tenth
    FROM :scored
    WHERE left(version, 4) = $year
)
SELECT
    state_voter_id,
    version,
    CASE WHEN point THEN 'point' ELSE 'tenth' END AS layer,
    anchor,
    commonroll_u64($inner, $outer, 'bias', state_voter_id) AS drawn
FROM drawn
WHERE point OR tenth
ORDER BY state_voter_id
