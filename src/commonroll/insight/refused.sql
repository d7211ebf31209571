-- Lines of `read_lines` that do not load, by reason.
SELECT refused, count(*) FROM read_lines WHERE refused IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1
