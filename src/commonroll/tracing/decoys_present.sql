-- A decoy's unit is empty where its home has none, null in registers of before there were homes: then its shadow's.
-- Decoys that stand in a recipient's copy: those whose bit is 1.
CREATE OR REPLACE TEMP TABLE present AS
SELECT * FROM (
    SELECT * FROM register_rows UNION ALL BY NAME SELECT CAST(NULL AS VARCHAR) AS residence_unit WHERE false
)
WHERE commonroll_u64(
    $inner, $outer, 'bit' || chr(0) || $recipient || chr(0) || $layer, state_voter_id
) >> 32 < bias
