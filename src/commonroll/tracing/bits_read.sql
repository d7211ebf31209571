-- The leak's bits at the positions: of a voter who stands in it with different bits, none.
WITH read AS (
    SELECT state_voter_id, version, layer, bias,
        CASE layer WHEN 'point' THEN CAST(floor(value + 1e-9) AS BIGINT)
            ELSE CAST(floor(value * 10 + 0.5) AS BIGINT) END % 2 AS y
    FROM positions_said JOIN said USING (state_voter_id)
)
SELECT state_voter_id, version, layer, any_value(bias) AS bias, CAST(any_value(y) AS TINYINT) AS y
FROM read GROUP BY state_voter_id, version, layer HAVING min(y) = max(y)
ORDER BY layer, state_voter_id
