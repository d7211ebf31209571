-- The leak's bits at the positions: of a voter who stands in it with different bits, none. A point is the nearer
-- of the two that the row can have, each moved as far as the leak moved unmarked rows of its tenth and parity
-- (rounding down, to the nearest, to the even): learnt without looking at anybody's bits. Neither nearer: none.
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
        state_voter_id, version, layer, bias, value, tenths % 10 AS tenth,
        CASE WHEN tenths < 1000 THEN tenths - tenths // 10 % 2 * 10 ELSE 1000 END / 10 AS zero,
        CASE WHEN tenths < 1000 THEN tenths - tenths // 10 % 2 * 10 + 10 ELSE 990 END / 10 AS one
    FROM positions_said JOIN held USING (state_voter_id)
),
nearest AS (
    SELECT
        pairs.*,
        abs(value - one - odd.far) - abs(value - zero - even.far) AS nearer_zero
    FROM pairs
    LEFT JOIN moved AS even ON even.tenth = pairs.tenth AND even.parity = 0
    LEFT JOIN moved AS odd ON odd.tenth = pairs.tenth AND odd.parity = 1
),
read AS (
    SELECT
        state_voter_id, version, layer, bias,
        CASE
            WHEN layer = 'tenth' THEN CAST(floor(value * 10 + 0.5) AS BIGINT) % 2
            WHEN nearer_zero > 1e-6 THEN 0
            WHEN nearer_zero < -1e-6 THEN 1
        END AS y
    FROM nearest
)
SELECT state_voter_id, version, layer, any_value(bias) AS bias, CAST(any_value(y) AS TINYINT) AS y
FROM read WHERE y IS NOT NULL
GROUP BY state_voter_id, version, layer HAVING min(y) = max(y)
ORDER BY layer, state_voter_id
