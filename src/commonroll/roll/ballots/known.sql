-- What the files so far say of each voter's ballot for the election: the latest report, of two of a day the one
-- that came last.
SELECT
    state_voter_id,
    unnest(
        arg_max(
            {
                'requested_on': requested_on, 'sent_on': sent_on, 'returned_on': returned_on,
                'status': status, 'reason': reason, 'doubtful': doubtful, 'as_of': as_of
            },
            {'as_of': as_of, 'loaded_at': loaded_at}
        )
    )
FROM read_parquet(:events)
WHERE election_date = $election
GROUP BY state_voter_id
