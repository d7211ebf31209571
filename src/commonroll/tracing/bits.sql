-- A recipient's bits (code.bit) at positions of the key's year.
SELECT
    state_voter_id,
    layer,
    CAST(
        commonroll_u64(
            $inner, $outer, 'bit' || chr(0) || $recipient || chr(0) || $score || ':' || version, state_voter_id
        ) >> 32 < bias AS TINYINT
    ) AS bit
FROM positions
WHERE left(version, 4) = $year
