SELECT count(*) AS "matchedRows",
       count(*) FILTER (again) AS "duplicateRows",
       count(*) FILTER (outside) AS "outOfRange",
       count(*) FILTER (bad) AS "badValues",
       max(value) FILTER (counts) AS "maxValue",
       min(value) FILTER (counts) AS "minValue",
       avg(value) FILTER (counts) AS "averageValue",
       median(value) FILTER (counts) AS "medianValue"
FROM (SELECT *, NOT (again OR outside OR bad OR blank) AS counts FROM read_scores)
