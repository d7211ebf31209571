-- A recipient's bits (code.bit) at positions of the key's year, and by how many tenths a row moves for its bit: as its
-- anchor does (code.embed_tenth, code.embed_point).
WITH drawn AS (
    SELECT
        state_voter_id,
        layer,
        anchor,
        CAST(
            commonroll_u64(
                $inner, $outer, 'bit' || chr(0) || $recipient || chr(0) || $score || ':' || version, state_voter_id
            ) >> 32 < bias AS TINYINT
        ) AS bit
    FROM positions
    WHERE left(version, 4) = $year
)
SELECT state_voter_id, layer, bit,
    CASE
        WHEN layer = 'tenth' AND anchor < 1000 THEN bit - anchor % 2
        WHEN layer = 'tenth' THEN -bit
        WHEN anchor < 1000 THEN 10 * (bit - anchor // 10 % 2)
        ELSE -10 * bit
    END AS shift
FROM drawn
