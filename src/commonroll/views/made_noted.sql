-- Whose rows stand in which line of a file: the ids that the rows carry.
SELECT persons.owner_no, :ids, stands.row_no
FROM stands
JOIN persons USING (owner_no, voter_key)
ORDER BY row_no
