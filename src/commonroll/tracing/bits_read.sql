-- The leak's bits at the positions: of a voter who stands in it with different bits, none. A point is the nearer
-- of the two that the row can have, each moved as far as the leak moved unmarked rows of its tenth and parity
-- (rounding down, to the nearest, to the even): learnt without looking at anybody's bits. Neither nearer: none. A row
-- that hardly moved since its version began can have those that its anchor's parities leave it.
WITH held AS (
    SELECT state_voter_id, said.value, CAST(round(scored_said.value * 10) AS BIGINT) AS tenths
    FROM said JOIN scored_said USING (state_voter_id)
),
moved AS (
    SELECT tenths % 10 AS tenth, tenths // 10 % 2 AS parity, median(value - tenths / 10) AS far
    FROM held ANTI JOIN positions_said USING (state_voter_id)
    GROUP BY ALL HAVING count(*) >= 3
),
pairs AS (
    SELECT
        state_voter_id, version, layer, bias, value, tenths, anchor,
        CASE WHEN anchor < 1000 THEN tenths - anchor // 10 % 2 * 10 ELSE tenths END AS zero,
        CASE WHEN anchor < 1000 THEN tenths - anchor // 10 % 2 * 10 + 10 ELSE tenths - 10 END AS one
    FROM positions_said JOIN held USING (state_voter_id)
),
nearest AS (
    SELECT
        pairs.*,
        abs(value - one / 10 - of_one.far) - abs(value - zero / 10 - of_zero.far) AS nearer_zero
    FROM pairs
    LEFT JOIN moved AS of_zero ON of_zero.tenth = zero % 10 AND of_zero.parity = zero // 10 % 2
    LEFT JOIN moved AS of_one ON of_one.tenth = one % 10 AND of_one.parity = one // 10 % 2
),
read AS (
    SELECT
        state_voter_id, version, layer, bias,
        CASE
            WHEN layer = 'tenth' THEN (CAST(floor(value * 10 + 0.5) AS BIGINT) + tenths + anchor) % 2
            WHEN nearer_zero > 1e-6 THEN 0
            WHEN nearer_zero < -1e-6 THEN 1
        END AS y
    FROM nearest
)
SELECT state_voter_id, version, layer, any_value(bias) AS bias, CAST(any_value(y) AS TINYINT) AS y
FROM read WHERE y IS NOT NULL
GROUP BY state_voter_id, version, layer HAVING min(y) = max(y)
ORDER BY layer, state_voter_id
