-- Whose rows stand in which line of the file: the ids that the rows carry.
SELECT persons.owner_no, :ids, pieces.piece AS row_no
FROM at_home
JOIN pieces USING (household)
JOIN persons USING (owner_no, voter_key)
ORDER BY row_no
