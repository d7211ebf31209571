-- Voters whose values are among the stops' hashes. `held` is a relation of voter and value. `tokens`: kind, token. $inner and $outer are
-- the blocks of the federation's key. A value is hashed once, however many have it.
WITH held AS (SELECT DISTINCT voter, value FROM :held),
hashed AS MATERIALIZED (
    SELECT value, commonroll_hmac($inner, $outer, $kind || '|' || value) AS token
    FROM (SELECT DISTINCT value FROM held)
)
SELECT DISTINCT held.voter, tokens.token
FROM tokens
JOIN hashed USING (token)
JOIN held USING (value)
