-- Pairs that may be worth a word, with the list's line and the voter on whichever side they stand. `found_pairs` as
-- `identity.link` writes them.
SELECT
    *,
    CASE WHEN starts_with(member_l, 'list:') THEN record_l ELSE record_r END AS line,
    CASE WHEN starts_with(member_l, 'list:') THEN record_r ELSE record_l END AS voter
FROM found_pairs
