-- Each recipient's score: the sum of what its own bit adds (score.weights) at positions of one key.
WITH bits AS (
    SELECT recipient, bias / 4294967296 AS p, y,
        commonroll_u64($inner, $outer, 'bit' || chr(0) || recipient || chr(0) || epoch, row_id) >> 32 < bias AS x
    FROM seen CROSS JOIN recipients
)
SELECT recipient,
    sum(CASE WHEN x AND y = 1 THEN sqrt((1 - p) / p) WHEN x THEN -sqrt((1 - p) / p)
        WHEN y = 1 THEN -sqrt(p / (1 - p)) ELSE sqrt(p / (1 - p)) END) AS score
FROM bits GROUP BY recipient ORDER BY recipient
