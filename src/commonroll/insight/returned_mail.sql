-- Lines of a sheet of returned mail, each with the reason why it does not count, or none. `sheet`: the lines as texts;
-- `known`: code, mailed_on and how many persons each piece of one's own mail files was to; `before`: codes that came back
-- in earlier sheets.
WITH lines AS (
    SELECT source_line,
        commonroll_code(coalesce(code, '')) AS code,
        replace(replace(lower(trim(coalesce(reason, ''))), ' ', '_'), '-', '_') AS reason,
        try_cast(trim("date") AS DATE) AS found_on,
        trim(coalesce(new_address, '')) AS new_address
    FROM sheet
),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY code ORDER BY source_line) AS time
    FROM lines
)
SELECT placed.source_line, placed.code, placed.reason, placed.found_on, placed.new_address, CASE
    WHEN placed.code = '' THEN 'no code'
    WHEN NOT regexp_full_match(placed.code, $form)
        OR commonroll_check(left(placed.code, -1)) <> right(placed.code, 1) THEN 'a wrong character in the code'
    WHEN known.code IS NULL THEN 'no piece of yours has this code'
    WHEN before.code IS NOT NULL THEN 'the piece came back before'
    WHEN time > 1 THEN 'the code stands twice in the sheet'
    WHEN NOT list_contains($reasons, placed.reason)
        THEN 'the reason is none of ' || array_to_string($reasons, ', ')
    WHEN placed.found_on IS NULL THEN 'no date as YYYY-MM-DD'
    WHEN placed.found_on > $today::DATE THEN 'the date lies ahead'
    WHEN placed.found_on < known.mailed_on THEN 'the date is before the file was made'
    WHEN placed.reason = 'forwarded' AND placed.new_address = '' THEN 'a forwarded piece needs the new address'
    WHEN length(placed.new_address) > 200 THEN 'the new address is longer than 200 characters'
    WHEN placed.reason IN ('deceased', 'forwarded') AND known.persons > 1
        THEN 'the piece was to several persons: whose it is is not known'
END AS refused
FROM placed
LEFT JOIN known USING (code)
LEFT JOIN before USING (code)
