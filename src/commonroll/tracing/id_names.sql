SELECT
    count(*) FILTER (bare_line(people.last_name) = bare_line(known.last_name)),
    count(*) FILTER (people.last_name IS NOT NULL AND known.last_name IS NOT NULL)
FROM traced JOIN people USING (line) JOIN known USING (state_voter_id)
