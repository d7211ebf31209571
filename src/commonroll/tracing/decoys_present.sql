-- Decoys that stand in a recipient's copy: those whose bit is 1.
CREATE OR REPLACE TEMP TABLE present AS
SELECT * FROM read_parquet($register)
WHERE commonroll_u64(
    $inner, $outer, 'bit' || chr(0) || $recipient || chr(0) || $layer, state_voter_id
) >> 32 < bias
