-- How many voters live in homes of 1, 2, ... voters, and how many of them share their family name with another there.
WITH named AS (
    SELECT residence_line1, residence_unit, residence_zip5, last_name, count(*) AS alike
    FROM roll WHERE residence_line1 IS NOT NULL GROUP BY ALL
),
homes AS (
    SELECT sum(alike)::BIGINT AS voters, coalesce(sum(alike) FILTER (alike > 1), 0)::BIGINT AS related
    FROM named GROUP BY residence_line1, residence_unit, residence_zip5
)
SELECT voters, sum(voters)::BIGINT, sum(related)::BIGINT FROM homes GROUP BY voters ORDER BY voters
