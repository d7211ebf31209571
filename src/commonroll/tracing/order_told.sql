-- How many pairs of rows that come after each other in the leak do so in each file's order (`orders`: place, seed), and
-- how many pairs there are; no row is in two. A row that stands twice counts where it stood first.
WITH rows AS (
    SELECT state_voter_id, min(line) AS line FROM traced GROUP BY state_voter_id ORDER BY hash(min(line)) LIMIT $rows
),
ranked AS (
    SELECT state_voter_id AS first, lead(state_voter_id) OVER by_line AS second, row_number() OVER by_line AS number
    FROM rows WINDOW by_line AS (ORDER BY line)
)
SELECT place, count(*) FILTER (hash(seed || first) < hash(seed || second)), count(*)
FROM ranked, orders
WHERE number % 2 = 1 AND second IS NOT NULL
GROUP BY place
