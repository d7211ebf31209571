-- What a file says that was not known: voters without a word so far, and those of whom it says something else.
SELECT s.*
FROM said AS s
LEFT JOIN known AS k ON k.state_voter_id = s.state_voter_id
WHERE
    k.state_voter_id IS NULL
    OR s.status <> k.status
    OR s.doubtful <> k.doubtful
    OR s.requested_on IS DISTINCT FROM k.requested_on
    OR s.sent_on IS DISTINCT FROM k.sent_on
    OR s.returned_on IS DISTINCT FROM k.returned_on
    OR s.reason IS DISTINCT FROM k.reason
