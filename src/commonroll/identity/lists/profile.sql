-- What the filled cells of each column look like, one row per column and look.
-- Parameters: $states (codes and names, upper case). `cells` has "column" and cell (trimmed, upper case).
WITH looked AS (
    SELECT
        "column",
        cell,
        regexp_replace(cell, '[^0-9]', '', 'g') AS digits
    FROM cells
)
SELECT
    "column",
    count(*) AS filled,
    count(DISTINCT cell) AS different,
    avg((cell LIKE '%_@_%._%' AND NOT contains(cell, ' '))::INT) AS email,
    avg((
        regexp_full_match(cell, '[+]?[0-9() ./-]{9,20}( ?(X|EXT).*)?')
        AND length(digits) BETWEEN 10 AND 15
        AND regexp_matches(digits, '^1?[2-9][0-9]{2}[2-9][0-9]{6}')
    )::INT) AS phone,
    avg((regexp_full_match(cell, '[0-9]{5}(-?[0-9]{4}|-)?'))::INT) AS zip,
    avg((regexp_full_match(cell, '[0-9]{3,4}'))::INT) AS short_zip,
    avg(list_contains($states::VARCHAR[], cell)::INT) AS state,
    avg((
        regexp_full_match(cell, '[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}([ T].*)?')
        OR regexp_full_match(cell, '(19|20)[0-9]{2}(0[1-9]|1[0-2])([0-2][0-9]|3[01])')
        OR regexp_full_match(cell, '[A-Z]{3,9}[ .-]+[0-9]{1,2}(ST|ND|RD|TH)?[ ,-]+[0-9]{4}')
        OR regexp_full_match(cell, '[0-9]{1,2}[ -][A-Z]{3,9}[ -][0-9]{2,4}')
    )::INT) AS date,
    avg((regexp_full_match(cell, '[1-5][0-9]{4}([.]0)?'))::INT) AS serial,
    avg((regexp_full_match(cell, '(19|20)[0-9]{2}([.]0)?'))::INT) AS year,
    avg((try_cast(cell AS DOUBLE) BETWEEN 0 AND 115)::INT) AS age,
    avg((cell IN ('F', 'M', 'FEMALE', 'MALE', 'U', 'X', 'UNKNOWN', 'OTHER', 'W', 'MAN', 'WOMAN', 'NONBINARY'))::INT)
        AS sex,
    avg((
        regexp_matches(cell, '^[0-9]+[A-Z]?(-[0-9A-Z]+)?( 1/2)? .*[A-Z]')
        OR regexp_matches(cell, '^(P[ .]*O[ .]*BOX|RR|HC) ?#?[0-9]')
    )::INT) AS address,
    avg((regexp_matches(cell, '^.*[0-9A-Z].*[, ]+[A-Z .-]+[, ]+[A-Z]{2}[, ]+[0-9]{5}(-[0-9]{4})?$')
        AND regexp_matches(cell, '^[0-9]|BOX'))::INT) AS full_address,
    avg((regexp_full_match(cell, '[A-Z][A-Z .''-]+[, ]+[A-Z]{2}[, .]+[0-9]{5}(-[0-9]{4})?'))::INT) AS place,
    avg((regexp_full_match(cell, '[0-9]+[A-Z]?(-[0-9]+)?'))::INT) AS house_number,
    avg((regexp_full_match(cell, '(JR|SR|I{1,3}|IV|VI{0,3}|[2-5](ND|RD|TH))[.]?'))::INT) AS suffix,
    avg((regexp_full_match(cell, '[\p{L}][\p{L}\p{M}''’`.,& -]*'))::INT) AS words,
    avg((regexp_full_match(cell, '[\p{L}][\p{L}\p{M}''’`.&-]*(,? +[\p{L}(\"][\p{L}\p{M}''’`.&)\"-]*)+,?'))::INT) AS several_words,
    avg((says_yes(cell) IS NOT NULL)::INT) AS answer,
    avg((came_to(cell) IS NOT NULL)::INT) AS outcome,
    avg((contains(cell, ','))::INT) AS comma,
    avg((try_cast(replace(replace(cell, '$', ''), ',', '') AS DOUBLE) IS NOT NULL)::INT) AS number
FROM looked
GROUP BY "column"
